"""Plans for people (`+ ~ - ±`, by site) and for programs."""

import json
from collections import Counter

from groundplan.cli.asked.month import Month
from groundplan.cli.asked.options import FORMAT_VERSION
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Cell, Row, table
from groundplan.design.design import Design
from groundplan.design.plan import Action, Difference, Plan, Sign

_TONES = {
    Sign.CREATE: Tone.GOOD,
    Sign.UPDATE: Tone.UNSURE,
    Sign.DELETE: Tone.BAD,
    Sign.REPLACE: Tone.BAD,
}
_WORDS = {
    Sign.CREATE: "create",
    Sign.UPDATE: "update",
    Sign.DELETE: "delete",
    Sign.REPLACE: "replace",
}
VALUE_MAX = 60  # characters of an old or new value; -v and JSON have all of them


def as_text(plan: Plan, design: Design, screen: Screen) -> str:
    """All actions by site, then the sum."""
    if plan.is_empty:
        return f"No difference: {design.platform} ({design.environment}) runs as the file says."
    blocks = []
    for site in dict.fromkeys(action.site for action in plan.actions):
        rows = [row for action in plan.actions if action.site == site for row in _rows(action)]
        blocks.append(f"{screen.paint(site, Tone.STRONG)}\n{_drawn(rows, screen)}")
    return "\n\n".join((*blocks, summary(plan)))


def summary(plan: Plan) -> str:
    """Plan: 1 to add, 0 to change, 0 to remove."""
    count = Counter(action.sign for action in plan.actions)
    replaced = f", {count[Sign.REPLACE]} to replace" if count[Sign.REPLACE] else ""
    return (
        f"Plan: {count[Sign.CREATE]} to add, {count[Sign.UPDATE]} to change, "
        f"{count[Sign.DELETE]} to remove{replaced}."
    )


def as_json(plan: Plan, design: Design, old: Month | None, new: Month | None) -> str:
    """The shape of `plan -o json`."""
    count = Counter(action.sign for action in plan.actions)
    return json.dumps(
        {
            "format_version": FORMAT_VERSION,
            "platform": design.platform,
            "environment": design.environment,
            "actions": [_data(action) for action in plan.actions],
            "summary": {word: count[sign] for sign, word in _WORDS.items()},
            "usd_per_month": {
                "old": round(old.usd, 2) if old else None,
                "new": round(new.usd, 2) if new else None,
                "unpriced": new.unpriced if new else None,
            },
        },
        indent=1,
    )


def _data(action: Action) -> dict[str, object]:
    return {
        "action": _WORDS[action.sign],
        "sign": action.sign.value,
        "part": action.part,
        "kind": action.kind.value,
        "site": action.site,
        "changes": [
            {"field": change.field, "old": change.old, "new": change.new}
            for change in action.changes
        ],
        "because": action.because,
    }


def _rows(action: Action) -> list[Row | Difference]:
    name = action.part.removeprefix(f"{action.site}/")
    sign = Cell(action.sign.value, _TONES[action.sign])
    because = Cell(action.because, Tone.FAINT)
    return [(sign, name, action.kind.value, because), *action.changes]


def _drawn(rows: list[Row | Difference], screen: Screen) -> str:
    """Columns for the actions, each with its changed fields below."""
    lines = iter(
        table([row for row in rows if not isinstance(row, Difference)], screen).split("\n")
    )
    return "\n".join(
        _change(row, screen) if isinstance(row, Difference) else next(lines) for row in rows
    )


def _change(change: Difference, screen: Screen) -> str:
    limit = None if screen.verbose else VALUE_MAX
    return f"      {change.field}: {_cut(change.old, limit)} -> {_cut(change.new, limit)}"


def _cut(value: str, limit: int | None) -> str:
    return value if limit is None or len(value) <= limit else value[: limit - 1] + "…"
