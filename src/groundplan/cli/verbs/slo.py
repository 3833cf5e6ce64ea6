"""`groundplan slo`: what is left of each error budget, and how fast it burns."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import click

from groundplan.agent.sampling.budgets import budgets
from groundplan.agent.sampling.seen import Away
from groundplan.cli.asked.options import (
    FORMAT_VERSION,
    Verb,
    environment_option,
    file_argument,
    output_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Cell, Row, table
from groundplan.cli.terminal.words import lasted
from groundplan.design.burn import PERIOD_DAYS
from groundplan.operations.observe.budget import Budget
from groundplan.promise.promise import Verdict

_HEAD = ("objective", "target", "requests", "bad", "budget left", "burn", "gone in", "verdict")
_TONES = {Verdict.KEPT: Tone.GOOD, Verdict.BROKEN: Tone.BAD, Verdict.UNKNOWN: Tone.UNSURE}


@click.command(
    "slo",
    cls=Verb,
    examples=(
        ("groundplan slo", "each error budget over 30 days, all regions together"),
        ("groundplan slo || stop-the-release", "exit 1 when a budget is spent"),
        ("groundplan slo -o json | jq '.objectives[].left'", "for a program"),
    ),
)
@file_argument
@environment_option
@output_option("json")
@click.pass_obj
def verb(session: Session, /, file: str | None, environment: str | None, output: str) -> Exit:
    """Show what is left of each error budget.

    Every region's Prometheus is asked now, and their requests add up. Burn is that of the last
    hour: 1 spends the budget exactly in 30 days. Exits 1 when a budget is spent.
    """
    platform = chosen(session, file, environment)
    design = platform.wanted()
    if design is None:
        session.screen.note(f"note: {platform} is not built here, so nothing was counted")
        return Exit.FINE
    found, away = budgets(design)
    if output == "json":
        session.screen.data(json.dumps(_as_json(found, away), indent=1))
    else:
        session.screen.data(_as_text(found, session.screen))
        for each in away:
            session.screen.note(f"note: without {each.name}: {each.why}")
    is_spent = any(each.verdict is Verdict.BROKEN for each in found)
    return Exit.BROKEN if is_spent else Exit.FINE


def _as_text(found: Sequence[Budget], screen: Screen) -> str:
    if not found:
        return "The file promises nothing that is counted in requests (kpis)."
    rows: list[Row] = [[Cell(word, Tone.FAINT) for word in _HEAD], *map(_row, found)]
    return table(rows, screen, indent=0)


def _row(each: Budget) -> Row:
    return (
        each.objective.name,
        _percent(each.objective.target),
        f"{each.period.total:,}",
        f"{each.period.bad:,}",
        "-" if each.left is None else _percent(each.left),
        "-" if each.burn is None else f"{each.burn:.2f}x",
        _rest(each),
        Cell(each.verdict.value, _TONES[each.verdict]),
    )


def _rest(each: Budget) -> str:
    if each.left is not None and each.left <= 0:
        return "is spent"
    seconds = each.exhausted_in_seconds
    if seconds is not None:
        return lasted(float(seconds))
    return "-" if each.burn is None else f"> {PERIOD_DAYS} d"


def _percent(share: Decimal) -> str:
    return f"{float(share * 100):.4g}%"


def _as_json(found: Sequence[Budget], away: Sequence[Away]) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "period_days": PERIOD_DAYS,
        "objectives": [
            {
                "name": each.objective.name,
                "promise": each.objective.promise,
                "statement": each.objective.statement,
                "target": float(each.objective.target),
                "total": int(each.period.total),
                "bad": int(each.period.bad),
                "left": _number(each.left),
                "burn": _number(each.burn),
                "exhausted_in_seconds": _number(each.exhausted_in_seconds),
                "verdict": each.verdict.value,
            }
            for each in found
        ],
        "away": [{"name": each.name, "why": each.why} for each in away],
    }


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
