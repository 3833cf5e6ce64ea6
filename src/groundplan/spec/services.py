"""`services`: what the platform is for. The facts of a Kubernetes Deployment and its ConfigMap.

`command`, `directory`, `health`, `drain` and `migrate` say how a replica runs without a cluster;
`contract` and `revert` are the schema's way on and back, which a release takes on this machine.
Values of `env` may hold {address} {port} {region} {environment} {version}; who runs the replica
fills them in.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from groundplan.spec.section import (
    Command,
    Flag,
    Folder,
    Name,
    Port,
    Section,
    Shape,
    Text,
    UrlPath,
    Value,
    Variable,
    Whole,
    refuse,
)
from groundplan.units import CpuQuantity, Duration, MemoryQuantity


class SecretRef(Section):
    """A value that is kept elsewhere: a key of a named secret."""

    secret: Text
    key: Text


class Health(Section):
    """Where a replica says that it lives, and that it may have traffic."""

    live: UrlPath = "/healthz"
    ready: UrlPath = Field(default_factory=lambda seen: seen.get("live", "/healthz"))


class Amounts(Section):
    """Processor and memory."""

    cpu: CpuQuantity | None = None
    memory: MemoryQuantity | None = None


class Resources(Section):
    """What a replica is promised and what it may not exceed."""

    requests: Amounts = Amounts.unwritten()
    limits: Amounts = Amounts.unwritten()


class PodSecurity(Section):
    """What a replica may do besides its work; the keys of Kubernetes' security context."""

    run_as_non_root: Flag = False
    read_only_root: Flag = False
    seccomp: Literal["RuntimeDefault", "Localhost", "Unconfined"] = "Unconfined"
    service_account: Name | None = None


def _kind_of_value(value: object) -> str:
    return "(secret)" if isinstance(value, Mapping | SecretRef) else "(text)"


EnvValue = Annotated[
    Annotated[Value, Tag("(text)")] | Annotated[SecretRef, Tag("(secret)")],
    Discriminator(_kind_of_value),
]


_COUNTER = Shape(
    what="a counter of Prometheus",
    form='a name, maybe with labels: jobs_total{outcome="failed"}',
    example="jobs_total",
    pattern=r'[A-Za-z_:][A-Za-z0-9_:]*(?:\{[A-Za-z_][A-Za-z0-9_]*="[^"{}]*"'
    r'(?:, ?[A-Za-z_][A-Za-z0-9_]*="[^"{}]*")*\})?',
)
CounterName = Annotated[str, AfterValidator(_COUNTER), Field(json_schema_extra=_COUNTER.schema)]


class Counters(Section):
    """What a service without requests counts itself; a release of it is judged by that."""

    ended: CounterName  # jobs that ended, whatever came of them
    failed: CounterName  # those of them that failed


class Service(Section):
    """One service: a container image for a cluster, a command for this machine, or both."""

    port: Port
    image: Text | None = None
    container: Name | None = None
    replicas: Whole = 1
    version: Text = "1"
    command: Command | None = None
    directory: Folder = "."
    migrate: Command | None = None  # run once, before the first replica of a version starts
    contract: Command | None = None  # run once, when no replica of the version before is left
    contract_after: Duration = Duration.parse("1 hour")  # how long an undo is possible before that
    revert: Command | None = None  # takes back what migrate added, when its version is taken back
    # Whether the version before can work with the schema of this one.
    schema_changes: Literal["expand_contract", "offline"] | None = None
    env: Mapping[Variable, EnvValue] = Field(default_factory=dict)
    config_name: Name | None = None
    config: Mapping[Text, Value] = Field(default_factory=dict)
    health: Health = Health.unwritten()
    metrics_path: UrlPath | None = None
    counters: Counters | None = None  # of a worker; read at metrics_path
    drain: Duration = Duration.parse("10s")
    min_available: Whole | None = None  # replicas that stay while machines are emptied
    topology_spread: Literal["zone", "node"] | None = None  # what replicas are kept apart by
    resources: Resources = Resources.unwritten()
    security: PodSecurity | None = None
    labels: Mapping[Text, Value] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _counters_can_be_read(self) -> "Service":
        if self.counters is not None and self.metrics_path is None:
            raise refuse(
                "SPEC005",
                "its counters are read nowhere",
                "a worker tells what it counted at its metrics_path",
                "write one, for example metrics_path: /metrics",
                "counters",
            )
        return self
