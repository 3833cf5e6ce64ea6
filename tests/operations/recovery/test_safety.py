"""What restores put aside: which of it stays, and that people can forget it."""

from operations.recovery.world import World, interrupted

from groundplan.operations.recovery.safety import Forget, forget, surplus, told
from groundplan.ports.aside import SafetyCopy
from groundplan.ports.journal import Journal, Outcome, State
from groundplan.twin.archive import TwinAside


def copy(name: str, at: float) -> SafetyCopy:
    return SafetyCopy(name=name, of="primary", where=f"/{name}", at=at, bytes=3 * 2**20)


def test_the_oldest_go_first_and_the_newest_never() -> None:
    copies = (copy("c", 3), copy("a", 1), copy("b", 2))
    assert surplus(copies, keep=2) == ("a",)
    assert surplus(copies, keep=0) == ("a", "b")
    assert surplus(copies[:1], keep=0) == ()
    assert surplus((), keep=3) == ()


def test_they_are_counted() -> None:
    assert told((copy("a", 1), copy("b", 2))) == "2 safety copies, 6 MB"
    assert told((copy("a", 1),)) == "1 safety copy, 3 MB"


def with_copies() -> World:
    world = World()
    world.place.aside = {"one": "old", "two": "older"}
    return world


def forgetting(*names: str):  # type: ignore[no-untyped-def]
    def operation(world: World, journal: Journal) -> Outcome:
        return forget(journal, TwinAside(place=world.place), Forget(names=names))

    return operation


def test_killed_anywhere_the_named_ones_are_gone_and_no_other() -> None:
    lives = interrupted(with_copies, forgetting("one"))
    assert len(lives) >= 2
    for world, outcome in lives:
        assert outcome.state is State.DONE
        assert outcome.summary == "forgot 1 safety copy, 1 MB"
        assert list(world.place.aside) == ["two"]


def test_a_name_that_nobody_knows_keeps_all_of_them() -> None:
    for names in (("one", "three"), ()):
        world = with_copies()
        outcome = forgetting(*names)(world, world.journal())
        assert outcome.state is State.REFUSED
        assert len(world.place.aside) == 2
