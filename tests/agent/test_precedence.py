"""A failover does not wait for a rollout, only for what it is building."""

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from groundplan.agent.performing.operation import Operation
from groundplan.agent.performing.precedence import start
from groundplan.errors import TargetError
from groundplan.ports.journal import Json


def operation(kind: str, *, ended: float | None = None) -> Operation:
    return Operation(id=f"{kind}-1", kind=kind, who="ada", why="", began=1.0, ended=ended)


@dataclass
class Performer:
    held_by: Operation
    refuses: int  # so many times
    part: str = "lock"
    asked: int = 0

    def start(self, kind: str, arguments: Mapping[str, Json], *, why: str) -> str:
        self.asked += 1
        if self.asked <= self.refuses:
            raise TargetError(part=self.part, doing="starting", why="held", try_="wait", retry=True)
        return f"{kind}-2"

    def newest(self, limit: int) -> tuple[Operation, ...]:
        return (self.held_by,)


def test_what_a_rollout_builds_is_waited_for() -> None:
    performer = Performer(operation("release"), refuses=1)
    assert start(performer, "replace-primary", {}, "it is down") == "replace-primary-2"


def test_it_is_not_waited_for_without_an_end() -> None:
    performer = Performer(operation("release"), refuses=99)
    with pytest.raises(TargetError, match="held"):
        start(performer, "replace-primary", {}, "it is down", seconds=0)
    assert performer.asked == 1


@pytest.mark.parametrize(
    ("kind", "performer"),
    [
        ("mend", Performer(operation("release"), refuses=1)),
        ("replace-primary", Performer(operation("restore"), refuses=1)),
        ("replace-primary", Performer(operation("release", ended=2.0), refuses=1)),
        ("replace-primary", Performer(operation("release"), refuses=1, part="journal")),
    ],
)
def test_nothing_else_is_waited_for(kind: str, performer: Performer) -> None:
    with pytest.raises(TargetError, match="held"):
        start(performer, kind, {}, "")
    assert performer.asked == 1
