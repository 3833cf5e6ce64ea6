"""A verb waits a short time for an agent that is started again, and for no other."""

from collections.abc import Callable
from pathlib import Path

import pytest

from groundplan.agent.door import asking
from groundplan.agent.performing.refusals import Away
from groundplan.cli.asked.session import Session
from groundplan.cli.following.returning import answered
from groundplan.cli.terminal.screen import Screen
from groundplan.errors import TargetError

AWAY = Away(part="agent", doing="asking", why="the agent does not run", try_="", retry=True)
BUSY = TargetError(part="agent", doing="asking", why="its disk is full", try_="", retry=True)


def after(*refusals: TargetError) -> Callable[[], str]:
    """What is refused so often, and then answered."""
    left = list(refusals)

    def ask() -> str:
        if left:
            raise left.pop(0)
        return "an answer"

    return ask


def session() -> Session:
    return Session(screen=Screen(yes=True))


def test_an_agent_that_comes_back_is_waited_for_and_that_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = after(AWAY, AWAY)
    assert answered(session(), tmp_path, ask, comes_back=lambda _: True) == "an answer"
    assert capsys.readouterr().err.count("waits up to 10 s for the agent") == 1


def test_an_agent_that_nobody_starts_is_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The platform is down: it has no supervisor."""
    with pytest.raises(Away, match="does not run"):
        answered(session(), tmp_path, lambda: asking.newest(tmp_path))
    assert not capsys.readouterr().err


def test_the_wait_for_the_agent_has_a_bound(tmp_path: Path) -> None:
    ask = after(*[AWAY] * 99)
    with pytest.raises(Away):
        answered(session(), tmp_path, ask, comes_back=lambda _: True, seconds=0.3)


def test_what_may_have_begun_is_not_asked_for_again(tmp_path: Path) -> None:
    ask = after(BUSY)
    with pytest.raises(TargetError, match="disk is full"):
        answered(session(), tmp_path, ask, comes_back=lambda _: True)
    assert ask() == "an answer", "it was asked once"
