"""docs/reference/rules.md is made of the rules, their golden files and what they say about them;
`pytest tests/checks/test_rules_page.py --update` writes it anew."""

from collections.abc import Iterator
from pathlib import Path

from checks import harness

from groundplan.checks.kinds import EXPLANATIONS as KINDS
from groundplan.checks.reading import listed
from groundplan.checks.rule import Rule
from groundplan.design.findings import EXPLANATIONS as DESIGN_KINDS

PAGE = harness.ROOT / "docs" / "reference" / "rules.md"
TITLES = {
    "REC": ("Recovery", "what is left after a loss, and how soon"),
    "CAP": ("Capacity", "whether the promised load fits"),
    "CST": ("Cost", "whether the budgets hold, and whose they are"),
    "SEC": ("Security", "who reaches what, and what is out of support"),
    "DEL": ("Delivery", "how a release gets out, and back"),
    "OBS": ("Observability", "what is seen, kept and alerted on"),
    "DAT": ("Data", "where data lives, how long, and in what shape"),
    "REG": ("Regions and names", "whether the file agrees with itself and with the provider"),
}
HEAD = """\
# The rules

Made from the rules and their golden files: `pytest tests/checks/test_rules_page.py --update` writes
this page. `groundplan check` runs them all, `groundplan explain REC001` tells one of them.

Each rule is shown with a file that breaks it, what it then says, and a file that keeps it. A
finding that rests on a figure the file does not declare names that figure and is never critical.

A finding is set aside by a comment, at the end of its line or above its section, with a reason:
`# groundplan: ignore=REC001 reason="drilled by hand" until=2026-12-31`. A team's own rules are
written the same way: see [Adding things](../ADDING.md#a-rule-of-your-own).
"""


def page() -> str:
    """The whole page."""
    families = {prefix: harness.family(prefix) for prefix in TITLES}
    return "\n".join((HEAD, *_contents(families), *_families(families), *_others()))


def _contents(families: dict[str, tuple[Rule, ...]]) -> Iterator[str]:
    for prefix, rules in families.items():
        title, about = TITLES[prefix]
        yield f"- [{title}](#{_anchor(title)}), {len(rules)} rules: {about}"
    yield "- [Findings of no rule](#findings-of-no-rule)"
    yield ""


def _families(families: dict[str, tuple[Rule, ...]]) -> Iterator[str]:
    for prefix, rules in families.items():
        yield f"## {TITLES[prefix][0]}\n"
        yield "| rule | severity | nature | what must hold |\n|---|---|---|---|"
        for rule in rules:
            what = rule.statement.replace("|", "\\|")
            yield f"| [{rule.id}](#{rule.id.lower()}) | {rule.severity} | {rule.nature} | {what} |"
        yield ""
        for rule in rules:
            yield from _rule(rule)


def _others() -> Iterator[str]:
    yield "## Findings of no rule\n"
    yield "What keeps a file from loading is listed in [The platform file](platform-file.md).\n"
    yield "| finding | what it is about |\n|---|---|"
    for words in (KINDS, DESIGN_KINDS):
        yield from (f"| {kind} | {statement} |" for kind, statement in words.items())
    yield ""


def _rule(rule: Rule) -> Iterator[str]:
    failing, passing = (
        harness.GOLDEN / rule.id / f"{kind}.yaml" for kind in ("failing", "passing")
    )
    yield f"### {rule.id}\n"
    yield f"**{rule.severity}, {rule.nature}.** {rule.statement}\n"
    yield f"Otherwise: {_sentence(rule.why)} Source: {_sentence(rule.source)}\n"
    yield f"Fails:\n\n{_yaml(failing)}\n"
    for finding in rule.findings(harness.subject_at(failing)):
        places = [place.line for place in (finding.place, *finding.related) if place]
        lines = tuple(dict.fromkeys(str(line) for line in places))
        where = f"line{'s' if len(lines) > 1 else ''} {listed(lines)}"
        yield f"> {where}: {_sentence(finding.message)} Try: {_sentence(finding.try_)}\n"
    yield f"Passes:\n\n{_yaml(passing)}\n"


def _yaml(path: Path) -> str:
    return f"```yaml\n{path.read_text(encoding='utf-8').rstrip()}\n```"


def _sentence(words: str) -> str:
    return words if words.endswith((".", "?")) else f"{words}."


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def test_page_is_current(update: bool) -> None:
    if update:
        PAGE.write_text(page(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page()


def test_links_of_the_page_lead_to_its_headings() -> None:
    text = page()
    headings = {_anchor(line.lstrip("# ")) for line in text.splitlines() if line.startswith("##")}
    linked = {part.partition(")")[0] for part in text.split("](#")[1:]}
    assert linked == headings
