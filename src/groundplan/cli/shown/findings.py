"""Findings for people: place, message, the line with a caret, why, try."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.words import printable
from groundplan.errors import Finding, Place, Severity, SpecError
from groundplan.spec.reading import STANDARD_INPUT, bytes_of

LINE_MAX = 100  # of the file's line that is shown


def as_text(findings: Iterable[Finding], screen: Screen, *, err: bool = False) -> str:
    """All findings, several lines each, a blank line between."""
    files = _Files()
    return "\n\n".join("\n".join(_told(finding, files, screen, err)) for finding in findings)


def _told(finding: Finding, files: "_Files", screen: Screen, err: bool) -> list[str]:
    tone = Tone.BAD if finding.severity in (Severity.CRITICAL, Severity.HIGH) else Tone.UNSURE
    place = printable(str(finding.place)) if finding.place else ""
    where = [screen.paint(place, Tone.STRONG, err=err)] if place else []
    key = [printable(finding.path)] if finding.path else []
    rule = screen.paint(f"[{finding.rule}]", Tone.FAINT, err=err)
    lines = [
        "  ".join(
            (*where, *key, f"{screen.paint(printable(finding.message), tone, err=err)} {rule}")
        )
    ]
    lines += files.snippet(finding.place) if finding.place else []
    for other in finding.related:
        lines += [f"  also {printable(str(other))}", *files.snippet(other)]
    said = (("why", finding.why), ("try", finding.try_), ("src", finding.source))
    for word, sentence in (*said, *(("if ", assumed) for assumed in finding.assumes)):
        if not sentence:
            continue
        lines.append(f"  {screen.paint(word, Tone.FAINT, err=err)}  {printable(sentence)}")
    return lines


@dataclass(frozen=True, slots=True)
class _Files:
    """The lines of the files that findings are in, each file read once."""

    _lines: dict[str, list[str]] = field(default_factory=dict)

    def snippet(self, place: Place) -> list[str]:
        """The place's line and carets below what stands there; nothing when it cannot be shown."""
        lines = self._read(place.file)
        line = lines[place.line - 1].replace("\t", " ") if place.line <= len(lines) else ""
        if not line.strip() or not line.isprintable():
            return []
        start = max(0, place.column - LINE_MAX)
        shown = line[start : start + LINE_MAX]
        margin, before = " " * len(str(place.line)), place.column - 1 - start
        marks = "^" * max(1, min(_width(place, line), len(shown) - before))
        return [f"  {place.line} | {shown}", f"  {margin} | {' ' * before}{marks}"]

    def _read(self, file: str) -> list[str]:
        if file not in self._lines:
            try:
                # The standard input cannot be read a second time.
                data = b"" if Path(file) == STANDARD_INPUT else bytes_of(Path(file))
            except SpecError:  # what the finding may be about: a pipe, say, that never ends
                data = b""
            self._lines[file] = data.decode("utf-8", "replace").splitlines()
        return self._lines[file]


def _width(place: Place, line: str) -> int:
    """How many signs of its line a place holds."""
    if place.end is None:
        return 1
    last_line, column = place.end
    return (column if last_line == place.line else len(line) + 1) - place.column
