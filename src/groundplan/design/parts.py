"""The parts of a platform: every process a region consists of, with nothing left to decide.

A part says what it is, where it runs and whom it needs. It holds no secrets and no absolute paths.
"""

from dataclasses import dataclass
from typing import Literal

from groundplan.design.backups import Archiving
from groundplan.design.lake_zone import LakeZone
from groundplan.design.log_class import LogClass
from groundplan.design.log_sink import LogSink
from groundplan.design.part import Part as Part
from groundplan.design.part import PartKind as PartKind
from groundplan.design.part import Role as Role
from groundplan.design.routes import Route, Upstream
from groundplan.design.sampling import Sampling


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A region as the edge sees it: its name and its gateway's listening socket."""

    region: str
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waf:
    """What the edge inspects. `rate_requests` per `rate_seconds` and client; 0 = no limit."""

    sqli: bool = False
    xss: bool = False
    rate_requests: int = 0
    rate_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge(Part):
    """The one door: picks a region for each request and inspects it."""

    kind: Literal[PartKind.EDGE] = PartKind.EDGE
    port: int
    gates: tuple[Gate, ...]  # in the order of preference; the first is the default
    waf: Waf = Waf()


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceLink:
    """Where spans are sent (OTLP over HTTP), and of which requests: a share, chosen by the trace's
    id, and of the others those that fail or take `slow_seconds` or more."""

    address: str
    port: int
    share: float
    kept_share: float = 1.0  # of the service's own traces, up to its cap
    slow_seconds: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway(Part):
    """The region's Envoy: weights, health, outlier ejection, retries."""

    kind: Literal[PartKind.GATEWAY] = PartKind.GATEWAY
    port: int = 8080
    admin_port: int = 9901
    upstreams: tuple[Upstream, ...]
    routes: tuple[Route, ...]  # most specific prefix first
    time_edges_ms: tuple[float, ...] = ()  # response times that a promise names
    traces: TraceLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseLink:
    """How a service reaches PostgreSQL. Hosts are addresses in the order of preference."""

    name: str
    user: str
    port: int
    write_hosts: tuple[str, ...]
    read_hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheLink:
    """How a service reaches its region's Redis, through the Sentinels."""

    master_name: str
    sentinels: tuple[str, ...]  # addresses
    sentinel_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A command of the user's: where it runs (relative to the file) and what it is told."""

    command: tuple[str, ...]
    workdir: str
    environment: tuple[tuple[str, str], ...]  # plain values; links become variables in the target
    database: DatabaseLink | None = None
    cache: CacheLink | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Part):
    """One replica of a service of the file."""

    kind: Literal[PartKind.SERVICE] = PartKind.SERVICE
    service: str
    subset: str
    version: str
    port: int
    process: Process
    live_path: str
    ready_path: str
    metrics_path: str | None
    drain_seconds: float
    traces: TraceLink | None = None
    is_additional: bool = False  # beyond the file's number: for a load that is not its region's own
    is_leased: bool = False  # works only as long as its lease is renewed


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres(Part):
    """One PostgreSQL server."""

    kind: Literal[PartKind.POSTGRES] = PartKind.POSTGRES
    port: int = 5432
    version: str  # major, "15"
    role: Role
    upstream: str | None = None  # address it follows when it is first built; None for the primary
    member: str  # its application_name and slot name, for example us_east_1_postgres_2
    members: tuple[str, ...]  # every other server's member name: each gets a slot
    synchronous: tuple[str, ...] = ()  # members of which any one must confirm a commit
    databases: tuple[str, ...]
    max_connections: int = 200
    shared_buffers_mb: int = 32
    archiving: Archiving | None = None  # where its log goes while it is the primary


@dataclass(frozen=True, slots=True, kw_only=True)
class Redis(Part):
    """One Redis server of a region's group."""

    kind: Literal[PartKind.REDIS] = PartKind.REDIS
    port: int = 6379
    role: Role
    master_name: str
    upstream: str | None = None  # address of the first primary
    sentinels: tuple[str, ...]  # addresses
    sentinel_port: int = 26379
    maxmemory_mb: int = 256
    eviction: str = "allkeys-lru"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinel(Part):
    """One Redis Sentinel of a region's group."""

    kind: Literal[PartKind.SENTINEL] = PartKind.SENTINEL
    port: int = 26379
    master_name: str
    primary: str  # address it watches first
    primary_port: int = 6379
    quorum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapeJob:
    """One Prometheus job. `parts` are part names; `extra` are host:port taken as written."""

    name: str
    metrics_path: str
    interval_seconds: float
    parts: tuple[str, ...]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus(Part):
    """The region's metrics. Its jobs' targets are asked of the Design (they are live)."""

    kind: Literal[PartKind.PROMETHEUS] = PartKind.PROMETHEUS
    port: int = 9090
    scrape_seconds: float
    evaluation_seconds: float
    retention_days: int
    jobs: tuple[str, ...]  # names; see Design.scrape_jobs
    alertmanagers: tuple[str, ...]  # host:port


@dataclass(frozen=True, slots=True, kw_only=True)
class Alertmanager(Part):
    """Routes what fires."""

    kind: Literal[PartKind.ALERTMANAGER] = PartKind.ALERTMANAGER
    port: int = 9093
    told: tuple[str, ...] = ()  # whom the file names


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresExporter(Part):
    """Metrics of one PostgreSQL server."""

    kind: Literal[PartKind.POSTGRES_EXPORTER] = PartKind.POSTGRES_EXPORTER
    port: int = 9187
    server: str  # address
    server_port: int = 5432


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisExporter(Part):
    """Metrics of one Redis server."""

    kind: Literal[PartKind.REDIS_EXPORTER] = PartKind.REDIS_EXPORTER
    port: int = 9121
    server: str
    server_port: int = 6379


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector(Part):
    """Reads what every part writes, and keeps it as long as promised."""

    kind: Literal[PartKind.COLLECTOR] = PartKind.COLLECTOR
    classes: tuple[LogClass, ...]
    hot_hours: int  # what the fast index holds
    sinks: tuple[LogSink, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracer(Part):
    """Takes spans in, keeps whole traces, and answers as Jaeger does. `keep`: "" is for ever."""

    kind: Literal[PartKind.TRACER] = PartKind.TRACER
    port: int = 4318
    grpc_port: int = 4317
    query_port: int = 16686
    sampling: Sampling
    keep: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake(Part):
    """Takes rows in over HTTP, merges files, lets them age; keeps the services' own events."""

    kind: Literal[PartKind.LAKE] = PartKind.LAKE
    port: int = 8070
    depth: int  # how far its folders are cut: 1 is years, 4 is hours
    compression: str
    zones: tuple[LakeZone, ...]
    told_by: tuple[str, ...]  # the services whose events it keeps
    buckets: tuple[tuple[str, str], ...] = ()  # of S3, for each zone; none: a folder here


AGENT_PART = "global/agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Part):
    """groundplan's own long-running process: samples promises, keeps the ledger."""

    kind: Literal[PartKind.AGENT] = PartKind.AGENT
    port: int = 0  # of its metrics


AnyPart = (
    Edge
    | Gateway
    | Service
    | Postgres
    | Redis
    | Sentinel
    | Prometheus
    | Alertmanager
    | PostgresExporter
    | RedisExporter
    | Collector
    | Tracer
    | Lake
    | Agent
)
