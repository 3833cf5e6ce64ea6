"""Who takes over, by what is left of the log."""

from groundplan.operations.recovery.choice import Choice, Question, Refusal, choose
from groundplan.ports.databases import Sight


def sight(name: str, received: int, **facts: object) -> Sight:
    facts = {"answers": True, "replayed": received} | facts
    return Sight(name=name, region="north", received=received, **facts)  # type: ignore[arg-type]


def asked(
    *sights: Sight, synchronous: tuple[str, ...] = (), written: int = 100
) -> Choice | Refusal:
    question = Question(old="old", region="north", synchronous=synchronous, written=written)
    return choose(question, sights)


def test_the_most_of_the_log_wins_and_not_the_most_replayed() -> None:
    found = asked(sight("a", 90, replayed=90), sight("b", 95, replayed=10))
    assert isinstance(found, Choice)
    assert (found.name, found.lost_bytes) == ("b", 5)


def test_of_equals_a_confirming_standby_wins() -> None:
    found = asked(sight("a", 100, replayed=100), sight("b", 100, replayed=99), synchronous=("b",))
    assert isinstance(found, Choice)
    assert (found.name, found.lost_bytes) == ("b", 0)


def test_the_old_one_and_others_that_are_primaries_are_not_asked() -> None:
    found = asked(sight("old", 100), sight("a", 100, is_primary=True))
    assert isinstance(found, Refusal)
    assert "a: says that it is the primary" in found.why


def test_the_loss_in_seconds_ends_with_the_last_look_that_saw_a_confirmed_write() -> None:
    question = Question(old="old", region="north", synchronous=(), written=100, alive_at=50.0)
    late = choose(question, (sight("a", 90, caught_up_to=46.5),))
    assert isinstance(late, Choice)
    assert (late.lost_bytes, late.lost_seconds) == (10, 3.5)
    assert late.loss == "10 bytes and 3.5 s of writes are lost"
    ahead = choose(question, (sight("a", 100, caught_up_to=49.8),))
    assert isinstance(ahead, Choice)
    assert (ahead.lost_seconds, ahead.loss) == (0.0, "no write is lost")
    blind = choose(question, (sight("a", 90),))
    assert isinstance(blind, Choice)
    assert blind.lost_seconds is None
    assert "nobody knows" in blind.loss


def test_a_standby_that_confirmed_every_write_loses_none_whatever_clocks_say() -> None:
    question = Question(old="old", region="north", synchronous=("a",), written=100, alive_at=50.0)
    found = choose(question, (sight("a", 100, caught_up_to=46.5),))
    assert isinstance(found, Choice)
    assert found.lost_seconds == 0


def test_one_that_may_have_the_last_confirmed_write_is_waited_for() -> None:
    found = asked(sight("a", 100), sight("b", 0, answers=False), synchronous=("a", "b"))
    assert isinstance(found, Refusal)
    assert "b may have the last confirmed write" in found.why
