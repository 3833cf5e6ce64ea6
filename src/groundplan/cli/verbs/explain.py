"""`groundplan explain ID`: a rule in words, or a promise with its proof line by line."""

import difflib
import json
import re
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from groundplan.checks.catalogue import catalogue
from groundplan.checks.own_rules import own_rules
from groundplan.checks.proofs.proof import Proof
from groundplan.checks.proofs.prove import prove
from groundplan.checks.rule import Rule
from groundplan.cli.asked.kinds import Kind, kinds
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    Verb,
    Word,
    environment_option,
    file_argument,
    output_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import DEFAULT, read
from groundplan.cli.asked.subject import subject_of
from groundplan.cli.shown.explanations import as_data, as_text, in_json, listed

_LIKE_A_RULE = re.compile(
    r"([A-Z]{3,})-?(\d{1,6})", re.IGNORECASE
)  # no promise has a name like that


def _complete(
    _ctx: click.Context, _parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    return [
        CompletionItem(each.id, help=each.statement)
        for each in _built_in()
        if each.id.startswith(incomplete.upper())
    ]


@click.command(
    "explain",
    cls=Verb,
    examples=(
        ("groundplan explain kpis.availability.target", "what proves or breaks that promise"),
        ("groundplan explain REC001", "what that rule is about, and where it comes from"),
        ("groundplan explain disaster_recovery.rpo -o json", "the proof for a program"),
        ("groundplan explain", "every rule, a line each"),
    ),
)
@click.argument(
    "name",
    cls=Word,
    told="A rule, such as REC001, or a promise, such as kpis.availability.target.",
    metavar="[ID]",
    required=False,
    shell_complete=_complete,
)
@file_argument
@environment_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    name: str | None,
    file: str | None,
    environment: str | None,
    output: str,
) -> None:
    """Tell what a rule means, or what proves a promise; without ID, list every rule.

    A rule is what stands in brackets behind a finding; a promise is a key of the file, as
    `groundplan promises` lists them.
    """
    _there(file)
    if name is None:
        known = (*_built_in(), *_own(file))
        text, data = listed(known, session.screen), [as_data(each) for each in known]
    else:
        found = _rule(name, file) or _promise(session, name, file, environment)
        text, data = as_text(found, session.screen), [as_data(found)]
    if output == "json":
        session.screen.data(json.dumps(in_json(data), indent=1))
    else:
        session.screen.data(text)


def _there(file: str | None) -> None:
    """Mistake when a file was named that is not there: a second ID, for one."""
    if file is None or _beside(file).exists():
        return
    is_id = _LIKE_A_RULE.fullmatch(file) is not None
    raise Mistake(
        f"there is no file '{file}'",
        try_=f"one at a time: groundplan explain {file}" if is_id else "the path of the file",
    )


def _built_in() -> tuple[Kind | Rule, ...]:
    return (*kinds(), *catalogue())


def _own(file: str | None) -> tuple[Rule, ...]:
    """The team's own rules, beside the file."""
    return own_rules(_beside(file), taken=[each.id for each in _built_in()])


def _rule(name: str, file: str | None) -> Kind | Rule | None:
    """The rule of that name; the team's own are only run when no other has it."""
    built_in = {each.id: each for each in _built_in()}
    return built_in.get(name.upper()) or {rule.id: rule for rule in _own(file)}.get(name)


def _promise(session: Session, name: str, file: str | None, environment: str | None) -> Proof:
    """The proof of that promise of the file; Mistake when there is none, with what is close."""
    rules = [each.id for each in (*_built_in(), *_own(file))]
    proofs: dict[str, Proof] = {}
    if _beside(file).exists() and not _LIKE_A_RULE.fullmatch(name):
        subject = subject_of(read(session, file, environment))
        proofs = {proof.promise.id: proof for proof in prove(subject)}
    if name in proofs:
        return proofs[name]
    close = (*_close_rules(name, rules), *_close(name, list(proofs)))
    hint = f", did you mean {close[0]}?" if close else ""
    raise Mistake(
        f"there is no rule and no promise '{name}'{hint}",
        try_="groundplan explain, to list them; groundplan promises, for those of the file",
    )


def _close_rules(name: str, rules: list[str]) -> list[str]:
    """The rule that was probably meant: REC001 for REC1."""
    if found := _LIKE_A_RULE.fullmatch(name):
        padded = f"{found[1].upper()}{int(found[2]):03}"
        if padded in rules:
            return [padded]
    return difflib.get_close_matches(name.upper(), rules, n=1)


def _close(name: str, promises: list[str]) -> list[str]:
    """The promise that was probably meant: most of its name, or its last words."""
    part = [each for each in promises if name and name.casefold() in each]
    return part[:1] or difflib.get_close_matches(name, promises, n=1)


def _beside(file: str | None) -> Path:
    """The platform file, whether it is there or not."""
    path = Path(file or DEFAULT)
    return path / DEFAULT if path.is_dir() else path
