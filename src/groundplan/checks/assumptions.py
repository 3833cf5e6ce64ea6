"""Figures that rules need and few files declare: the file's own, or a default that is named.

A default is a round middle value with its reason, never a best or worst case.
"""

from dataclasses import dataclass

from groundplan.spec.assumptions import Assumptions
from groundplan.units import Bytes, Count, Duration, Percent, Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure in base units. `assumed` is empty when the file declares it, else says what it is
    ("500 bytes per log line"); put it into a Problem's `assumes`."""

    value: float
    assumed: str

    @property
    def assumes(self) -> tuple[str, ...]:
        """What to give a Problem as `assumes`."""
        return (self.assumed,) if self.assumed else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures of a platform."""

    cpu_per_request: Figure  # seconds
    database_time_per_query: Figure  # seconds
    queries_per_request: Figure
    request_bytes: Figure
    response_bytes: Figure
    log_lines_per_request: Figure
    bytes_per_log_line: Figure
    spans_per_trace: Figure
    bytes_per_span: Figure
    users_per_address: Figure
    node_start: Figure  # seconds
    restore_throughput: Figure  # bytes per second
    backup_throughput: Figure  # bytes per second
    lake_tables: Figure
    night_traffic: Figure  # ratio of the peak
    write_share: Figure  # ratio of the requests
    connections_per_replica: Figure


def figures(declared: Assumptions) -> Figures:
    """The declared figures, the rest by default.

    Sources: a small Python service answers a database read in 3 ms of processor time; ECS JSON
    lines and spans were measured at 421 and 280-500 bytes; EC2 starts to joined nodes take 1-3
    minutes; gp3's baseline is 125 MiB/s.
    """
    a, mib = declared, 2.0**20
    return Figures(
        cpu_per_request=_figure(a.cpu_per_request, 0.003, "3 ms of CPU per request"),
        database_time_per_query=_figure(
            a.database_time_per_query, 0.0003, "0.3 ms of database CPU per query"
        ),
        queries_per_request=_figure(a.queries_per_request, 2, "2 queries per request"),
        request_bytes=_figure(a.request_bytes, 1_000, "1 KB per request"),
        response_bytes=_figure(a.response_bytes, 10_000, "10 KB per response"),
        log_lines_per_request=_figure(a.log_lines_per_request, 1, "1 log line per request"),
        bytes_per_log_line=_figure(a.bytes_per_log_line, 500, "500 bytes per log line"),
        spans_per_trace=_figure(a.spans_per_trace, 10, "10 spans per trace"),
        bytes_per_span=_figure(a.bytes_per_span, 500, "500 bytes per span"),
        users_per_address=_figure(a.users_per_address, 200, "200 users behind one address"),
        node_start=_figure(a.node_start, 150, "150 s until a new node serves"),
        restore_throughput=_figure(a.restore_throughput, 125 * mib, "restores at 125 MiB/s"),
        backup_throughput=_figure(a.backup_throughput, 125 * mib, "backups at 125 MiB/s"),
        lake_tables=_figure(a.lake_tables, 10, "10 tables in the lake"),
        night_traffic=_figure(a.night_traffic, 0.02, "2 % of the peak in the quietest hour"),
        write_share=_figure(a.write_share, 0.1, "that 1 request in 10 writes"),
        connections_per_replica=_figure(
            a.connections_per_replica, 10, "10 database connections per replica of a service"
        ),
    )


def _figure(declared: object, default: float, words: str) -> Figure:
    if declared is None:
        return Figure(value=default, assumed=f"assuming {words}")
    return Figure(value=_in_base_units(declared), assumed="")


def _in_base_units(declared: object) -> float:
    match declared:
        case Duration():
            return declared.seconds
        case Bytes():
            return float(declared.bytes)
        case Rate():
            return declared.per_second
        case Percent():
            return float(declared.percent) / 100
        case Count():
            return float(declared.value)
        case int() | float():
            return float(declared)
    raise AssertionError(declared)
