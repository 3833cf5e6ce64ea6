"""What the platform tells this process through environment variables, checked once at start.

Everything has a default: without a database or a cache the service starts and says so.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec

from mvlbim_api.validation import Flaw, flaws_of

Seconds = Annotated[float, msgspec.Meta(ge=0)]
Word = Annotated[str, msgspec.Meta(pattern=r"^[!-~]+$")]
"""Printable and without spaces, because it travels in headers and labels."""
DatabaseUrl = Annotated[str, msgspec.Meta(pattern=r"^(postgres(ql)?://.+)?$")]
RedisUrl = Annotated[str, msgspec.Meta(pattern=r"^(rediss?://.+)?$")]
HostPorts = Annotated[str, msgspec.Meta(pattern=r"^([^,:\s]+:\d+(,[^,:\s]+:\d+)*)?$")]


class Environment(msgspec.Struct, frozen=True, kw_only=True, rename="upper"):
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8080
    region: Word = "local"
    environment: Word = "development"
    service_name: Word = "mvlbim-api"
    service_version: Word = "0.0.0"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    database_url: DatabaseUrl = ""
    database_read_url: DatabaseUrl = ""
    database_pool_size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 4

    redis_url: RedisUrl = ""
    redis_sentinels: HostPorts = ""
    redis_master: str = ""
    redis_password: str = ""
    cache_ttl_seconds: Annotated[float, msgspec.Meta(gt=0, le=60)] = 5.0

    otel_exporter_otlp_endpoint: Annotated[str, msgspec.Meta(pattern=r"^(http://.+)?$")] = ""
    otel_resource_attributes: str = ""
    traces_sent_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    traces_kept_share: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    traces_slow_seconds: Seconds = 1.0

    drain_seconds: Seconds = 0.3
    fault_error_rate: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.0
    fault_latency_ms: Seconds = 0.0


def read_environment(variables: Mapping[str, str]) -> Environment | tuple[Flaw, ...]:
    """The environment, or every variable in it that is wrong."""
    known = {name: variables[name] for name in _names() if variables.get(name)}
    try:
        return msgspec.convert(known, Environment, strict=False)
    except msgspec.ValidationError:
        return flaws_of(known, Environment, strict=False)


def _names() -> tuple[str, ...]:
    return tuple(field.encode_name for field in msgspec.structs.fields(Environment))
