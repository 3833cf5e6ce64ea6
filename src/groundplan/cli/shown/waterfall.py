"""A trace as a waterfall: who called whom, when each began, how long it took. Pure."""

from collections.abc import Iterator, Sequence

from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.words import printable
from groundplan.operations.observe.traces.columns import Span

_EIGHTHS = " ▏▎▍▌▋▊▉█"
BAR_MIN = 10
_NAME_MAX = 52
_STATUS = ("http.response.status_code", "http.status_code")


def tree(spans: Sequence[Span]) -> Iterator[tuple[int, Span]]:
    """Each span and how deep it is. One whose parent is not here is a root; each comes once."""
    here = {span.span_id for span in spans}
    children: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda each: each.start):
        is_root = span.parent_id not in here or span.parent_id == span.span_id
        children.setdefault("" if is_root else span.parent_id, []).append(span)
    seen: set[str] = set()
    stack = [(0, span) for span in reversed(children.get("", []))]
    left = sorted(spans, key=lambda each: each.start)
    while stack or left:
        if not stack:  # a circle of parents has no root: any of it begins
            stack.append((0, left.pop(0)))
        depth, span = stack.pop()
        if span.span_id in seen:
            continue
        seen.add(span.span_id)
        yield depth, span
        stack += [(depth + 1, child) for child in reversed(children.get(span.span_id, []))]


def waterfall(spans: Sequence[Span], screen: Screen, width: int) -> str:
    """The lines; spans that failed are marked, and say why where they did."""
    begins, ends = min(s.start for s in spans), max(s.ends for s in spans)
    rows = [(depth, span, _name(depth, span)) for depth, span in tree(spans)]
    names = min(_NAME_MAX, max(len(name) for _, _, name in rows))
    bar = max(BAR_MIN, width - names - len("  100.00 ms  503") - 2)
    lines = []
    for _, span, name in rows:
        tone = Tone.BAD if span.status == "error" else Tone.GOOD
        shown = name if len(name) <= names else name[: names - 1] + "…"
        drawn = _bar(span, begins, ends, bar)
        words = [shown.ljust(names), screen.paint(drawn, tone), milliseconds(span.duration_ns)]
        status = next((str(span.attributes[k]) for k in _STATUS if k in span.attributes), "")
        failed = "error" if span.status == "error" else ""
        note = " ".join(word for word in (status, failed, printable(span.message)) if word)
        lines.append("  ".join([*words, screen.paint(note, tone)]).rstrip())
    return "\n".join(lines)


def milliseconds(duration_ns: int) -> str:
    """A length of time, right-aligned, as one compares them."""
    return f"{duration_ns / 1e6:>9.2f} ms"


def _name(depth: int, span: Span) -> str:
    place = span.resource.get("service.instance.id") or span.service
    return f"{'  ' * depth}{printable(str(place))}  {printable(span.name)}"


def _bar(span: Span, begins: float, ends: float, width: int) -> str:
    """Where in the whole it was, to an eighth of a character at its end."""
    whole = max(ends - begins, 1e-9)
    first = min(width - 1, int((span.start - begins) / whole * width))
    eighths = max(1, round(span.duration_ns / 1e9 / whole * width * 8))
    eighths = min(eighths, (width - first) * 8)
    drawn = _EIGHTHS[8] * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
    return (" " * first + drawn).ljust(width)
