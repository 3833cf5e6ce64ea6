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


def test_one_that_may_have_the_last_confirmed_write_is_waited_for() -> None:
    found = asked(sight("a", 100), sight("b", 0, answers=False), synchronous=("a", "b"))
    assert isinstance(found, Refusal)
    assert "b may have the last confirmed write" in found.why
