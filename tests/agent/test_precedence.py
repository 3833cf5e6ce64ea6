"""A failover does not wait for a rollout."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from groundplan.agent.operation import Operation
from groundplan.agent.precedence import Precedence
from groundplan.errors import TargetError
from groundplan.ports.journal import Json, Signal


def operation(kind: str, *, ended: float | None = None) -> Operation:
    return Operation(id=f"{kind}-1", kind=kind, who="ada", why="", began=1.0, ended=ended)


@dataclass
class Performer:
    held_by: Operation | None
    told: list[tuple[str, str]] = field(default_factory=list)

    def start(self, kind: str, arguments: Mapping[str, Json], *, why: str) -> str:
        if self.held_by is not None:
            raise TargetError(part="lock", doing="starting", why="held", try_="wait", retry=True)
        return f"{kind}-2"

    def newest(self, limit: int) -> tuple[Operation, ...]:
        return (self.held_by,) if self.held_by else ()

    def signal(self, operation: str, signal: Signal) -> None:
        self.told.append((operation, signal.name))


def test_a_rollout_is_told_once_to_go_back_when_the_primary_is_replaced() -> None:
    performer, precedence = Performer(operation("release")), Precedence()
    for _ in range(3):
        with pytest.raises(TargetError, match="held"):
            precedence.start(performer, "replace-primary", {}, "it is down")
    assert performer.told == [("release-1", "abort")]
    performer.held_by = None
    assert precedence.start(performer, "replace-primary", {}, "down") == "replace-primary-2"


@pytest.mark.parametrize(
    ("kind", "holder"),
    [
        ("mend", operation("release")),
        ("replace-primary", operation("restore")),
        ("replace-primary", operation("release", ended=2.0)),
    ],
)
def test_nothing_else_makes_way(kind: str, holder: Operation) -> None:
    performer = Performer(holder)
    with pytest.raises(TargetError, match="held"):
        Precedence().start(performer, kind, {}, "")
    assert performer.told == []
