"""A service at one site, as a cluster is told of it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from groundplan.design.design import DEFAULT_ENVIRONMENT
from groundplan.design.notifications import Receiver, receivers
from groundplan.design.objectives import notified
from groundplan.spec.autoscaling import ContainerPolicy, HorizontalAutoscaler
from groundplan.spec.load import Source
from groundplan.spec.mesh import HttpRule, Mesh, Route
from groundplan.spec.platform import Platform
from groundplan.spec.prometheus import Prometheus
from groundplan.spec.services import Resources, SecretRef
from groundplan.spec.services import Service as Written
from groundplan.targets.cloud.design.release import (
    BlueGreen,
    Canary,
    Gate,
    Release,
    Rolling,
    release_of,
)
from groundplan.targets.cloud.design.sites import Site

ADDRESS, RELEASE = "POD_ADDRESS", "RELEASE"  # variables that others refer to
STORES_SECRET = "stores"
STORES_PORTS = {"database": 5432, "cache": 6379}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Every fact of a service in a cluster. Values of `variables` may refer to ADDRESS, RELEASE."""

    site: Site
    name: str
    written: Written
    container: str
    repository: str  # the image without its version
    version: str
    account: str  # service account
    config_name: str
    config: Mapping[str, str]
    variables: tuple[tuple[str, str], ...]
    secrets: tuple[tuple[str, SecretRef], ...]
    release: Release
    scaling: HorizontalAutoscaler | None
    bounds: ContainerPolicy | None
    mesh: Mesh | None
    rules: tuple[HttpRule, ...]
    hosts: tuple[str, ...]
    public_host: str | None  # None: it has no address outside of the cluster
    stores: tuple[str, ...]  # of the platform, that it may reach
    is_traced: bool
    availability: float | None
    scrape_interval: str
    slow: tuple[float, float] | None  # seconds, and the share that must be faster
    slow_queries: tuple[float, float] | None  # the same of its queries
    notified: Mapping[str, str]  # whom the file tells of what
    receivers: tuple[Receiver, ...] = ()

    @property
    def namespace(self) -> str:
        """Where all of the platform's services are."""
        return self.site.platform

    @property
    def labels(self) -> dict[str, str]:
        """What the objects of a service are found by, and what the file adds."""
        return {
            **{key: value for key, value in self.written.labels.items() if key != "version"},
            "app.kubernetes.io/name": self.name,
            "app.kubernetes.io/part-of": self.site.platform,
            "app.kubernetes.io/managed-by": "groundplan",
        }

    @property
    def selector(self) -> dict[str, str]:
        """What its pods are selected by: it may never change."""
        return {"app.kubernetes.io/name": self.name}

    @property
    def is_rollout(self) -> bool:
        """Whether Argo Rollouts changes its versions."""
        return not isinstance(self.release, Rolling)

    @property
    def kind(self) -> tuple[str, str]:
        """The API version and kind of what holds its pods."""
        return ("argoproj.io/v1alpha1", "Rollout") if self.is_rollout else ("apps/v1", "Deployment")

    @property
    def image(self) -> str:
        """The image of the file's version."""
        return f"{self.repository}:{self.version}"

    @property
    def splits_by_weight(self) -> bool:
        """Whether the mesh shares the traffic out between two versions."""
        if self.written.counters is not None:
            return False  # a worker takes jobs, as many as its share of the replicas
        weights = getattr(self.release, "weights", ())
        return self.mesh is not None and (isinstance(self.release, Canary) or bool(weights))

    @property
    def gates(self) -> tuple[Gate, ...]:
        """Those of its release that something measures: the mesh, or a worker's own counters."""
        written: tuple[Gate, ...] = getattr(self.release, "gates", ())
        if self.written.counters is not None:
            return tuple(gate for gate in written if gate.metric != "response_time")
        return written if self.mesh is not None else ()

    @property
    def is_public(self) -> bool:
        """Whether requests from outside of the cluster come to it."""
        return self.public_host is not None

    @property
    def config_digest(self) -> str:
        """Changes with the configuration, so that pods do too."""
        text = json.dumps(dict(self.config), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def workloads(source: Source, site: Site) -> Iterator[Workload]:
    """Every service that has an image, at one site."""
    for name, written in source.platform.services.items():
        if written.image:
            yield _workload(source, site, name, written)


def _workload(source: Source, site: Site, name: str, written: Written) -> Workload:
    platform = source.platform
    facts = {
        "address": f"$({ADDRESS})",
        "port": str(written.port),
        "region": site.region,
        "environment": site.environment,
        "version": f"$({RELEASE})",
    }
    known = {key: value for key, value in written.env.items() if isinstance(value, SecretRef)}
    routes = _routes(platform.mesh, name)
    repository, version = _image(written, site)
    return Workload(
        site=site,
        name=name,
        written=written,
        container=written.container or name,
        repository=repository,
        version=version,
        account=(written.security and written.security.service_account) or name,
        config_name=written.config_name or f"{name}-config",
        config=_config(written, {**facts, "version": version, "address": ""}),
        variables=_variables(written, facts),
        secrets=(*known.items(), *_store_secrets(source, site, set(written.env))),
        release=_possible(release_of(platform, name), platform.mesh, written),
        scaling=platform.autoscaling.horizontal_pod_autoscaler if platform.autoscaling else None,
        bounds=_bounds(source, written.container or name),
        mesh=platform.mesh,
        rules=tuple(rule for route in routes for rule in route.http if rule.route),
        hosts=tuple(dict.fromkeys(host for route in routes for host in route.hosts)),
        public_host=public_host(platform.cloud.domain, site) if routes else None,
        stores=tuple(_stores(platform)),
        is_traced=platform.jaeger is not None,
        availability=_availability(source),
        scrape_interval=_scrape_interval(source, name),
        slow=_slow(source, "api_response_time"),
        slow_queries=_slow(source, "database_query_time") if platform.primary_database else None,
        notified=notified(source),
        receivers=receivers(source),
    )


def _possible(release: Release, mesh: Mesh | None, written: Written) -> Release:
    """Where nobody shares traffic out, blue-green gives everybody the other side at once: Argo
    Rollouts refuses a new side that is whole beside shares that are numbers of pods."""
    if isinstance(release, BlueGreen) and (mesh is None or written.counters is not None):
        return replace(release, weights=(), pauses=())
    return release


def _image(written: Written, site: Site) -> tuple[str, str]:
    """The image's name and version; what is not told by the file's words stays as it is."""
    image = (written.image or "").replace("{region}", site.region)
    image = image.replace("{environment}", site.environment)
    name, colon, tag = image.rpartition(":")
    is_tagged = bool(colon) and "/" not in tag
    plain = not is_tagged or tag in ("{version}", "${VERSION}", "latest")
    return (name if is_tagged else image), (written.version if plain else tag)


def _store_secrets(source: Source, site: Site, taken: set[str]) -> Iterator[tuple[str, SecretRef]]:
    """How a service reaches the platform's own stores, where the file does not say it."""
    secret = f"{site.platform}-{STORES_SECRET}"
    wanted = []
    if source.platform.primary_database:
        wanted += ["DATABASE_URL", "DATABASE_READ_URL"]
    if source.platform.cache_layer:
        wanted += ["REDIS_URL"]
    for name in wanted:
        if name not in taken:
            yield name, SecretRef(secret=secret, key=name.lower().replace("_", "-"))


def _stores(platform: Platform) -> Iterator[str]:
    if platform.primary_database:
        yield "database"
    if platform.cache_layer:
        yield "cache"


def _variables(written: Written, facts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    plain = {key: value for key, value in written.env.items() if isinstance(value, str)}
    return tuple((key, _fill(value, facts)) for key, value in plain.items())


def _config(written: Written, facts: Mapping[str, str]) -> dict[str, str]:
    return {key: _fill(value, facts) for key, value in written.config.items()}


def _routes(mesh: Mesh | None, service: str) -> list[Route]:
    return [route for route in (mesh.routes if mesh else ()) if _leads_to(route.http, service)]


def _leads_to(rules: tuple[HttpRule, ...], service: str) -> bool:
    return any(item.destination.host == service for rule in rules for item in rule.route)


def _bounds(source: Source, container: str) -> ContainerPolicy | None:
    scaling = source.platform.autoscaling
    vertical = scaling.vertical_pod_autoscaler if scaling else None
    policies = vertical.resource_policy.container_policies if vertical else ()
    return next((policy for policy in policies if policy.container_name == container), None)


def _availability(source: Source) -> float | None:
    kpis = source.platform.kpis
    return kpis.availability.target.ratio if kpis and kpis.availability else None


def _scrape_interval(source: Source, service: str) -> str:
    """That of the job with the service among its targets, else the file's default."""
    written = source.platform.prometheus or Prometheus()
    for job in written.scrape_configs:
        targets = (target for static in job.static_configs for target in static.targets)
        if job.scrape_interval and any(t.rpartition(":")[0] == service for t in targets):
            return f"{round(job.scrape_interval.seconds)}s"
    return f"{round(written.global_.scrape_interval.seconds)}s"


def _slow(source: Source, name: str) -> tuple[float, float] | None:
    kpis = source.platform.kpis
    bound = getattr(kpis.performance, name) if kpis else None
    seconds = getattr(bound.limit, "seconds", None) if bound else None
    return (seconds, (bound.quantile or 0.95)) if bound and seconds else None


def _fill(text: str, facts: Mapping[str, str]) -> str:
    """Only the five known placeholders; any other brace is the user's own."""
    text = text.replace("$(", "$$(")
    for name, value in facts.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def public_host(domain: str | None, site: Site) -> str | None:
    """The name that users reach an environment by. The top of a zone cannot be steered by name."""
    if domain is None:
        return None
    own = "" if site.environment == DEFAULT_ENVIRONMENT else f"{site.environment}."
    return f"api.{own}{domain}"


def sidecar_of(workload: Workload) -> Resources:
    """What the proxy beside each replica takes."""
    return (workload.mesh.sidecar if workload.mesh else None) or Resources()
