"""docs/reference/cli.md is what the commands say; `pytest tests/cli --update` writes it anew."""

from collections.abc import Iterator
from pathlib import Path

from groundplan.cli.asked.options import EVERY_VERB, Verb
from groundplan.cli.index import VERBS, groundplan

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
WIDTH = 90
HEAD = """\
# The command line

Made from the commands themselves: `pytest tests/cli/test_reference.py --update` writes this file.
Data goes to stdout; progress, notes and errors go to stderr. `-o json` is versioned by
`format_version` and only ever gains fields. `--color` decides about
colour; else NO_COLOR, then FORCE_COLOR, then whether there is a terminal. Below, the options of
every verb are left out; `groundplan --help` lists them.
"""


def reference() -> str:
    return "\n".join((HEAD, *_sections()))


def _sections() -> Iterator[str]:
    root = groundplan.make_context("groundplan", [], resilient_parsing=True, terminal_width=WIDTH)
    yield f"```text\n{groundplan.get_help(root).rstrip()}\n```\n"
    for name in VERBS:
        verb = groundplan.get_command(root, name)
        assert isinstance(verb, Verb)
        context = verb.make_context(
            name, [], parent=root, resilient_parsing=True, terminal_width=WIDTH
        )
        told = verb.get_help(context)
        everywhere, found, rest = told.partition(f"{EVERY_VERB}:\n")
        assert found
        examples = rest.partition("Examples:\n")[2]
        yield f"## {name}\n\n```text\n{everywhere}Examples:\n{examples.rstrip()}\n```\n"


def test_the_reference_is_current(update: bool) -> None:
    if update:
        REFERENCE.parent.mkdir(parents=True, exist_ok=True)
        REFERENCE.write_text(reference(), encoding="utf-8")
    assert REFERENCE.read_text(encoding="utf-8") == reference()


def test_every_verb_is_documented_with_an_example() -> None:
    written = REFERENCE.read_text(encoding="utf-8")
    for name in VERBS:
        section = written.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
        assert f"Usage: groundplan {name}" in section
        assert f"groundplan {name}" in section.partition("Examples:")[2]
