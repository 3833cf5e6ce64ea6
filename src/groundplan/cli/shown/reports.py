"""A check's report for people: text grouped by severity, Markdown for a pull request, a change."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from groundplan.checks.change import Change
from groundplan.checks.run import Report
from groundplan.cli.asked import month
from groundplan.cli.asked.audit import Audit
from groundplan.cli.shown.findings import as_text
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.words import counted, printable
from groundplan.errors import Finding, Severity

_TONES = {
    Severity.CRITICAL: Tone.BAD,
    Severity.HIGH: Tone.BAD,
    Severity.MEDIUM: Tone.UNSURE,
    Severity.LOW: Tone.FAINT,
}
_HEAD = ("| severity | rule | where | finding | try |", "|---|---|---|---|---|")


def text(audit: Audit, screen: Screen) -> str:
    """The findings, worst first, under a heading for each severity; then one line of totals."""
    groups = []
    for severity in Severity:
        found = [f for f in audit.report.findings if f.severity is severity]
        if found:
            title = screen.paint(f"{severity} ({len(found)})", _TONES[severity])
            groups.append(f"{title}\n\n{as_text(found, screen)}")
    return "\n\n".join(groups)


def totals(audit: Audit) -> str:
    """One line: how many of what, what was set aside, how old the facts are."""
    report = audit.report
    counts = [f"{report.count(each)} {each}" for each in Severity if report.count(each)]
    head = counted(len(report.findings), "finding")
    words = [f"{head}: {', '.join(counts)}" if counts else head]
    if report.set_aside:
        words.append(f"{len(report.set_aside)} set aside in the file")
    if report.in_baseline:
        words.append(f"{len(report.in_baseline)} in the baseline")
    words.append(f"{len(audit.rules)} rules, facts as of {audit.facts.oldest()} or later")
    return "; ".join(words)


def markdown(audit: Audit) -> str:
    """A pull request's comment: the totals and a table, the worst first."""
    lines = [f"**groundplan check** {audit.source.path.name}: {totals(audit)}"]
    if audit.report.findings:
        lines += ["", *_HEAD, *map(_row, audit.report.findings)]
    for crash in audit.report.crashes:
        lines += ["", f"Rule {crash.rule} broke, and found nothing: {_cell(crash.error)}"]
    return "\n".join(lines)


def wrong_markdown(path: Path, findings: Sequence[Finding]) -> str:
    """The same for a file that does not load."""
    head = f"**groundplan check** {path.name}: the file cannot be used as it is"
    return "\n".join((head, "", *_HEAD, *map(_row, findings)))


def change_text(change: Change, old: Audit, new: Audit, screen: Screen) -> str:
    """What a change made worse and better, and what it costs."""
    parts = []
    for title, tone, found in (
        ("worse", Tone.BAD, change.worse),
        ("better", Tone.GOOD, change.better),
    ):
        if found:
            head = screen.paint(f"{title} ({len(found)})", tone)
            parts.append(f"{head}\n\n{as_text(found, screen)}")
    parts.append(change_totals(change, old, new))
    return "\n\n".join(parts)


def change_totals(change: Change, old: Audit, new: Audit) -> str:
    """One line: worse, better, same, and the difference in money."""
    return (
        f"{len(change.worse)} worse, {len(change.better)} better, {len(change.same)} as before; "
        f"{month.change(old.month, new.month)}"
    )


def change_markdown(change: Change, old: Audit, new: Audit) -> str:
    """A change as a pull request's comment."""
    lines = [f"**groundplan check --diff** {change_totals(change, old, new)}"]
    for title, found in (("worse", change.worse), ("better", change.better)):
        if found:
            lines += ["", f"### {title}", "", *_HEAD, *map(_row, found)]
    return "\n".join(lines)


def crashes(report: Report, screen: Screen, *, trace: bool) -> Iterable[str]:
    """What to say of rules that broke."""
    for crash in report.crashes:
        head = screen.paint(f"rule {crash.rule} broke", Tone.BAD, err=True)
        yield f"{head}: {crash.error}; this is a bug of the rule, the other rules ran"
        if trace:
            yield crash.trace


def _row(finding: Finding) -> str:
    where = "<br>".join(str(place) for place in (finding.place, *finding.related) if place)
    cells = (finding.severity, finding.rule, where, finding.message, finding.try_)
    return "| " + " | ".join(_cell(cell) for cell in cells) + " |"


def _cell(words: str) -> str:
    return printable(words).replace("|", "\\|")
