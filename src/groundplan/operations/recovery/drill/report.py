"""What a drill leaves behind: a report for programs (JSON) and one for people (HTML)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from string import Template

from pydantic import TypeAdapter

from groundplan.operations.recovery.drill.measure import Loss, Seen
from groundplan.promise.promise import Verdict

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that happened, so many seconds after the fault (before it: less than zero)."""

    seconds: float
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One drill, told from its beginning to its end. Times are seconds since 1970."""

    drill: str
    title: str
    operation: str
    region: str
    fault_at: float
    verdict: Verdict
    because: str
    rto_seconds: float | None  # None: it was not served again while we watched
    rto_target_seconds: float | None
    rpo_seconds: float
    rpo_target_seconds: float | None
    seen: tuple[Seen, ...]
    loss: Loss
    moments: tuple[Moment, ...]
    format_version: str = FORMAT_VERSION


_ADAPTER = TypeAdapter(Report)


def to_json(report: Report) -> bytes:
    """The report as JSON."""
    return _ADAPTER.dump_json(report, indent=1)


def from_json(text: bytes) -> Report:
    """The report that `to_json` wrote; pydantic.ValidationError for anything else."""
    return _ADAPTER.validate_json(text)


def to_html(report: Report) -> str:
    """One page that needs nothing besides itself."""
    template = Template((files(__package__) / "report.html").read_text())
    return template.substitute(
        title=escape(report.title),
        verdict=report.verdict,
        because=escape(report.because),
        region=escape(report.region),
        operation=escape(report.operation),
        at=datetime.fromtimestamp(report.fault_at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        rto=_seconds(report.rto_seconds),
        rto_target=_seconds(report.rto_target_seconds, none="nothing"),
        rpo=_seconds(report.rpo_seconds),
        rpo_target=_seconds(report.rpo_target_seconds, none="nothing"),
        acknowledged=f"{report.loss.acknowledged:,}",
        lost=f"{report.loss.lost:,}",
        doubtful=f"{report.loss.doubtful:,}",
        seen="\n".join(_seen(report.seen)),
        moments="\n".join(_moments(report.moments)),
    )


def _seen(seen: Iterable[Seen]) -> Iterable[str]:
    for one in seen:
        cells = (one.sort, f"{one.attempts:,}", f"{one.failed:,}", _seconds(one.restored_seconds))
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _moments(moments: Iterable[Moment]) -> Iterable[str]:
    for moment in moments:
        yield f"<tr><td>{moment.seconds:+.2f} s</td><td>{escape(moment.what)}</td></tr>"


def _seconds(value: float | None, *, none: str = "not again") -> str:
    return none if value is None else f"{value:,.2f} s"
