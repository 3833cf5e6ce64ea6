"""`groundplan explain ID`: a rule in words."""

import difflib

import click
from click.shell_completion import CompletionItem

from groundplan.cli.mistake import Mistake
from groundplan.cli.options import Verb, Word
from groundplan.cli.screen import Tone
from groundplan.cli.session import Session
from groundplan.cli.table import Cell, table
from groundplan.spec.rules import EXPLANATIONS, Rule


def _complete(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return [
        CompletionItem(rule.value, help=EXPLANATIONS[rule])
        for rule in Rule
        if rule.value.startswith(incomplete.upper())
    ]


@click.command(
    "explain",
    cls=Verb,
    examples=(
        ("groundplan explain SPEC009", "what that rule is about"),
        ("groundplan explain", "every rule, a line each"),
    ),
)
@click.argument(
    "rule",
    cls=Word,
    told="A rule, such as SPEC009: what stands in brackets behind a finding.",
    metavar="[ID]",
    required=False,
    shell_complete=_complete,
)
@click.pass_obj
def verb(session: Session, /, rule: str | None) -> None:
    """Tell what a rule means; without ID, list every rule."""
    screen = session.screen
    if rule is None:
        rows = [(Cell(each.value, Tone.STRONG), EXPLANATIONS[each]) for each in Rule]
        screen.data(table(rows, screen, indent=0))
        return
    if rule.upper() not in list(Rule):
        close = difflib.get_close_matches(rule.upper(), list(Rule), n=1)
        hint = f", did you mean {close[0]}?" if close else ""
        raise Mistake(f"there is no rule '{rule}'{hint}", try_="groundplan explain, to list them")
    known = Rule(rule.upper())
    title = f"{known.value}  {known.name.replace('_', ' ').lower()}"
    screen.data(f"{screen.paint(title, Tone.STRONG)}\n  {EXPLANATIONS[known]}")
