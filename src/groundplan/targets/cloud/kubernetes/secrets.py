"""ExternalSecret: which secrets are fetched for a service. No value is ever in a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.targets.cloud.design.sites import Site
from groundplan.targets.cloud.design.workload import STORES_SECRET, Workload
from groundplan.targets.cloud.kubernetes.objects import FIRST, Kind, Object, before, make

STORE = "aws-secrets-manager"


def objects(workload: Workload) -> Iterator[Object]:
    """One for each secret that the service names, owned by the service."""
    named = dict.fromkeys(ref.secret for _, ref in workload.secrets)
    for secret in named:
        keys = dict.fromkeys(ref.key for _, ref in workload.secrets if ref.secret == secret)
        remote = remote_name(workload, secret)
        yield fetched(
            f"{workload.name}-{secret}",
            workload.namespace,
            {key: Remote(secret=remote, value=key) for key in keys},
            labels=workload.labels,
            into=secret,
            owner="Orphan",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A value in the store: the secret that it is in, and its name there."""

    secret: str
    value: str


def fetched(
    name: str,
    namespace: str,
    values: Mapping[str, Remote],
    *,
    labels: Mapping[str, str] | None = None,
    wave: int | None = FIRST,
    into: str = "",
    owner: str = "Owner",
) -> Object:
    """A secret whose keys are fetched every hour; `into` where its name is another."""
    data = [
        {"secretKey": key, "remoteRef": {"key": remote.secret, "property": remote.value}}
        for key, remote in values.items()
    ]
    target = {"name": into or name, "creationPolicy": owner}
    return external(name, namespace, target, labels=labels, wave=wave, data=data)


def external(
    name: str,
    namespace: str,
    target: Mapping[str, Any],
    *,
    labels: Mapping[str, str] | None = None,
    wave: int | None = FIRST,
    **what: Any,
) -> Object:
    """An ExternalSecret of the one store that there is."""
    return make(
        ("external-secrets.io/v1", "ExternalSecret"),
        name,
        namespace,
        labels=labels,
        annotations=None if wave is None else before(wave),
        spec={
            "refreshInterval": "1h",
            "secretStoreRef": {"kind": "ClusterSecretStore", "name": STORE},
            "target": target,
            **what,
        },
    )


def remote_name(workload: Workload, secret: str) -> str:
    """Its name in the store; that of the stores' own addresses is written by Terraform."""
    own = f"{workload.site.platform}-{STORES_SECRET}"
    return environment_secret(workload.site, STORES_SECRET if secret == own else secret)


def environment_secret(site: Site, secret: str) -> str:
    """The name of a secret of the site's environment in the store."""
    return f"{site.platform}/{site.environment}/{secret}"


KIND = Kind(file="secrets.yaml", sections=("services",), objects=objects)
