"""What follows a break-in: regions are isolated and taken back, credentials are made anew."""

from dataclasses import dataclass, field

from groundplan.errors import TargetError
from groundplan.operations.recovery.isolation import Isolate, isolate, readmit
from groundplan.operations.recovery.rotation import rotate
from groundplan.ports.credentials import Credentials
from groundplan.ports.isolation import Isolation
from groundplan.ports.journal import Outcome, State
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import TwinJournal, killed_at_every_step

PARTS = ("us-east-1/api-1", "eu-west-1/api-1")
BREACH = Isolate(region="us-east-1", primary_region="eu-west-1", others=("eu-west-1",))


@dataclass
class Stores:
    """Credentials that are let in: numbers, the newest last."""

    admitted: list[int] = field(default_factory=lambda: [1])
    told: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PARTS, 1))
    made: int = 1
    counts: int = 1
    stubborn: int = 0  # how often the old ones seem to be let in still
    locked_out: list[str] = field(default_factory=list)

    def look(self) -> None:
        self.locked_out += [part for part, known in self.told.items() if known not in self.admitted]

    def prepare(self) -> None:
        self.made = self.counts + 1 if self.made == self.counts else self.made

    def admit(self) -> None:
        if self.made not in self.admitted:
            self.admitted.append(self.made)
        self.look()

    def switch(self) -> tuple[str, ...]:
        self.counts = self.made
        self.look()
        return PARTS

    def restart(self, part: str) -> None:
        self.told[part] = self.counts
        self.look()

    def retire(self) -> None:
        self.admitted = [self.counts]
        self.look()

    def still_admitted(self) -> tuple[str, ...]:
        self.stubborn -= 1
        return ("redis-1 still takes the former password",) if self.stubborn >= 0 else ()

    def forget(self) -> None:
        self.made = self.counts


@dataclass
class Region:
    """One region's door and parts."""

    is_open: bool = True
    runs: bool = True
    kept: list[str] = field(default_factory=list)
    refuses: bool = False

    def shut(self, region: str) -> None:
        self.is_open = False

    def freeze(self, region: str) -> tuple[str, ...]:
        assert not self.is_open, "requests would be lost"
        self.runs = False
        return ("us-east-1/gateway",)

    def keep_evidence(self, region: str, name: str) -> str:
        assert not self.runs, "what is copied would still change"
        self.kept = [name]
        return f"evidence/{region}-{name}"

    def thaw(self, region: str) -> None:
        if self.refuses:
            raise TargetError(part="x", doing="starting", why="no", try_="again")
        self.runs = True

    def open(self, region: str) -> None:
        assert self.runs, "nobody is there"
        self.is_open = True


def rotated(stores: Credentials) -> Outcome:
    return rotate(TwinJournal(clock=VirtualClock()), stores)


def test_nobody_is_locked_out_on_the_way_to_new_credentials() -> None:
    stores = Stores()
    outcome = rotated(stores)
    assert outcome.state is State.DONE
    assert (stores.admitted, set(stores.told.values())) == ([2], {2})
    assert stores.locked_out == []


def test_a_server_that_is_just_coming_back_is_asked_again() -> None:
    assert rotated(Stores(stubborn=2)).state is State.DONE


def test_old_credentials_that_stay_valid_are_a_failure_and_are_not_forgotten() -> None:
    stores = Stores(stubborn=99)
    outcome = rotated(stores)
    assert outcome.state is State.FAILED
    assert "still takes the former password" in outcome.summary


def test_killed_at_every_step_a_rotation_ends_with_one_set_for_all() -> None:
    worlds: list[Stores] = []

    def live(dies_at: int | None) -> tuple:
        worlds.append(Stores())
        stores = worlds[-1]
        return (lambda journal: rotate(journal, stores)), TwinJournal(
            clock=VirtualClock(), dies_at=dies_at
        )

    killed = list(killed_at_every_step(live))
    assert len(killed) > 6
    for number, outcome in killed:
        assert outcome.state is State.DONE, number
        stores = worlds[number]
        assert stores.locked_out == [], number
        assert stores.admitted == [stores.counts], number


def isolated(region: Isolation, breach: Isolate = BREACH) -> Outcome:
    return isolate(TwinJournal(clock=VirtualClock()), region, breach)


def test_a_region_is_shut_before_it_stops_and_opened_after_it_serves() -> None:
    region = Region()
    outcome = isolated(region)
    assert outcome.state is State.DONE
    assert outcome.facts["evidence"] == "evidence/us-east-1-twin"
    assert (region.is_open, region.runs) == (False, False)
    assert readmit(TwinJournal(clock=VirtualClock()), region, "us-east-1").state is State.DONE
    assert (region.is_open, region.runs) == (True, True)


def test_the_region_that_takes_the_writes_is_not_isolated() -> None:
    region = Region()
    breach = Isolate(region="us-east-1", primary_region="us-east-1", others=("eu-west-1",))
    outcome = isolated(region, breach)
    assert outcome.state is State.REFUSED
    assert "groundplan switchover eu-west-1" in outcome.summary
    assert region.is_open


def test_the_only_region_is_not_isolated() -> None:
    breach = Isolate(region="us-east-1", primary_region="", others=())
    assert isolated(Region(), breach).state is State.REFUSED
