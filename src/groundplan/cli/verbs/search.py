"""`groundplan search`: finds what any part wrote."""

import json
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

import click

from groundplan.cli.asked.options import Verb, Word, environment_option, output_option
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import Chosen, chosen
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.words import counted, printable
from groundplan.design.log_class import CLASSES
from groundplan.operations.observe.logs.audit import verify as verified
from groundplan.operations.observe.logs.question import Question, terms
from groundplan.operations.observe.logs.search import Search
from groundplan.parquet.manifest import NAME as MANIFEST
from groundplan.ports.records import logs_of
from groundplan.units import Duration

POLL_SECONDS = 0.5
_BAD = frozenset({"error", "critical", "fatal", "alert", "emergency", "panic"})


class Since(click.ParamType[float]):
    """A length of time before now."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Seconds."""
        try:
            return Duration.parse(str(value)).seconds
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command(
    "search",
    cls=Verb,
    examples=(
        ("groundplan search timeout", "the newest 100 records with that word"),
        ("groundplan search 'level:error \"connection reset\"'", "a field and a phrase"),
        ("groundplan search 'status:>=500 -healthz' --since 1h", "a number, and a word it lacks"),
        ("groundplan search 'part:eu-west-1/gateway' -f", "what one part writes, as it comes"),
        ("groundplan search trace:4bf92f3577b34da6 -o ndjson", "one record in each line, in ECS"),
        ("groundplan search --verify", "whether an audit record was changed; exit 1 if so"),
    ),
)
@click.argument(
    "query",
    cls=Word,
    default="",
    told='Words, "phrases", field:value, field:>=number; -term must not be there; word* begins so.',
)
@click.option("--class", "klass", type=click.Choice(CLASSES), help="Only this class of logs.")
@click.option("--since", type=Since(), metavar="TIME", help='How far back, for example "2 h".')
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=0),
    default=100,
    help="How many of the newest; 0 for all.  [default: 100]",
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes next.")
@click.option("--verify", is_flag=True, help="Look at all audit records for anything changed.")
@click.option(
    "--file",
    type=click.Path(),
    help="The platform file, or the folder it is in.  [default: ./platform.yaml]",
)
@environment_option
@output_option("ndjson")
@click.pass_obj
def verb(session: Session, /, query: str, **given: Any) -> Exit:
    """Search what the parts of the platform wrote.

    Everything has to be there: words (whatever their case), "phrases in quotes", fields such as
    level, service, part, region, trace, status or any field of ECS. The newest come last.

    Each audit record's hash builds on the one before it: --verify names those that were edited,
    deleted, added or moved. What retention let go is no problem.
    """
    return _searched(session, query, **given)


def _searched(
    session: Session,
    query: str,
    *,
    file: str | None,
    environment: str | None,
    klass: str | None,
    since: float | None,
    limit: int,
    follow: bool,
    verify: bool,
    output: str,
) -> Exit:
    if verify:
        return _verified(session, chosen(session, file, environment), output)
    now = time.time()
    question = Question(
        terms=terms(query),
        klass=klass or "",
        since=now - since if since else 0.0,
        limit=limit,
    )
    platform = chosen(session, file, environment)
    search = Search(logs_of(platform.target.folder))
    last = search.last_batch()
    if not last and not follow:
        session.screen.note(
            f"note: no logs of {platform} were collected yet (`logging` in the file)"
        )
        return Exit.FINE
    _show(reversed(list(search.newest(question))), session.screen, output)
    while follow and not session.screen.reader_is_gone:
        found, last = search.follow(question, last)
        _show(found, session.screen, output)
        time.sleep(POLL_SECONDS)
    return Exit.FINE


def _verified(session: Session, platform: Chosen, output: str) -> Exit:
    folder, screen = logs_of(platform.target.folder), session.screen
    if not (folder / MANIFEST).exists():
        screen.note(f"note: no logs of {platform} were collected yet (`logging` in the file)")
        return Exit.FINE
    seen = verified(folder)
    if output == "ndjson":
        screen.data(json.dumps({"is_whole": not seen.problems, **asdict(seen)}))
        return Exit.BROKEN if seen.problems else Exit.FINE
    for problem in seen.problems:
        screen.data(screen.paint(f"broken: {problem}", Tone.BAD))
    if not seen.problems:
        whole = f"{counted(seen.records, 'audit record')}, none changed"
        gone = f"; {seen.let_go:,} were let go by retention" if seen.let_go else ""
        screen.data(f"{screen.paint(whole, Tone.GOOD)}{gone}; the head is {seen.head}")
    return Exit.BROKEN if seen.problems else Exit.FINE


def _show(found: Iterable[dict[str, Any]], screen: Screen, output: str) -> None:
    for each in found:
        if screen.reader_is_gone:
            return
        screen.data(json.dumps(each) if output == "ndjson" else _line(each, screen))


def _line(each: dict[str, Any], screen: Screen) -> str:
    level = each.get("log.level", "-")
    tone = Tone.BAD if level in _BAD else Tone.UNSURE if level == "warning" else Tone.FAINT
    words = (
        f"{each['@timestamp'][:23]}Z",
        screen.paint(each["service.node.name"], Tone.FAINT),
        screen.paint(level, tone),
        printable(each.get("message", "") or _rest(each)),
    )
    return "  ".join(words)


def _rest(each: dict[str, Any]) -> str:
    """What a record without a message says: an access log's request and status, else all of it."""
    path = each.get("url.path") or each.get("path") or each.get("url.original")
    if path:
        method = each.get("http.request.method") or each.get("method") or "-"
        return f"{method} {path} {each.get('http.response.status_code', '-')}"
    known = {"@timestamp", "service.node.name", "service.name", "cloud.region", "class"}
    return " ".join(f"{name}={value}" for name, value in each.items() if name not in known)
