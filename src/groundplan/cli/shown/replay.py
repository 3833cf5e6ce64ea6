"""`groundplan rollout replay`: a release decided anew from what it saw, beside what was decided."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from groundplan.cli.asked.options import FORMAT_VERSION
from groundplan.cli.terminal.screen import Screen, Tone
from groundplan.cli.terminal.table import Row, table
from groundplan.cli.terminal.words import counted, lasted, printable
from groundplan.operations.delivery.record import Decided, Difference, Record, Tick
from groundplan.ports.releases import Counts


def shown(record: Record, found: Difference | None, screen: Screen, output: str) -> str:
    """What changed, look by look, and whether it is decided alike."""
    if output == "json":
        return json.dumps(_as_json(record, found), indent=1)
    head = ("look", "time", "new: bad of all", "stable: bad of all", "decided", "because")
    rows: list[Row] = [head, *_changes(record)]
    told = table(rows, screen, indent=0) if len(rows) > 1 else "It made no decision yet."
    return "\n".join((told, *_verdict(record, found, screen)))


def _changes(record: Record) -> Iterator[Row]:
    """One row for each look in which something followed."""
    for number, tick in enumerate(record.ticks, start=1):
        changed = [each for each in tick.decided if not each.waits]
        if changed or number == len(record.ticks):
            last = (changed or list(tick.decided))[-1]
            passed = f"{tick.now - record.beginning.began:.0f} s"
            yield (
                str(number),
                passed,
                _sum(tick, is_canary=True),
                _sum(tick, is_canary=False),
                last.phase,
                printable(last.because),
            )


def _verdict(record: Record, found: Difference | None, screen: Screen) -> Iterator[str]:
    decisions = counted(sum(len(tick.decided) for tick in record.ticks), "decision")
    looks = counted(len(record.ticks), "look")
    name = record.beginning.rollout
    if found is None:
        same = screen.paint("the same", Tone.GOOD)
        yield (
            f"{name}: {decisions} in {looks} ({lasted(record.seconds)}),"
            f" decided anew from what was seen: {same}, each at its look"
        )
        return
    yield f"{name}: {screen.paint('decided otherwise', Tone.BAD)} from look {found.look} on"
    yield f"  then  {_sentence(found.then)}"
    yield f"  now   {_sentence(found.anew)}"


def _sentence(decided: Decided | None) -> str:
    if decided is None:
        return "nothing"
    shares = ", ".join(f"{percent} % in {region}" for region, percent in decided.weights.items())
    return printable(f"{decided.phase}, {shares}: {decided.because}")


def _sum(tick: Tick, *, is_canary: bool) -> str:
    sides: list[Counts] = [
        look.canary if is_canary else look.stable for look in tick.sight.looks.values() if look
    ]
    bad = zip(*(side.bad for side in sides), strict=True)
    return f"{'/'.join(str(sum(each)) for each in bad)} of {sum(s.requests for s in sides)}"


def _as_json(record: Record, found: Difference | None) -> dict[str, object]:
    return {
        "format_version": FORMAT_VERSION,
        "release": record.beginning.rollout,
        "service": record.beginning.plan.service,
        "seconds": record.seconds,
        "looks": len(record.ticks),
        "decisions": sum(len(tick.decided) for tick in record.ticks),
        "is_same": found is None,
        "difference": found and asdict(found),
        "ticks": [
            {
                "seconds": tick.now - record.beginning.began,
                "counts": {
                    region: look and asdict(look) for region, look in tick.sight.looks.items()
                },
                "decided": [asdict(each) for each in tick.decided],
            }
            for tick in record.ticks
        ],
    }
