"""A platform's databases on the twin: two servers at home, one in each of two other regions."""

from collections.abc import Callable
from dataclasses import dataclass, field

from groundplan.design.recovery import Recovery
from groundplan.operations.recovery.failover import Failover, failover
from groundplan.operations.recovery.moving import Confirmation, Ports
from groundplan.operations.recovery.pulse import Pulse
from groundplan.operations.recovery.standbys import Confirm, Mend, confirm, mend
from groundplan.operations.recovery.watch import Action, Kind, Look, Watched, watch
from groundplan.ports.databases import Claim
from groundplan.ports.journal import Outcome
from groundplan.twin.clock import VirtualClock
from groundplan.twin.databases import TwinDatabases, TwinServer
from groundplan.twin.journal import Killed, TwinJournal

HOME, PARTNER, FAR = "us-east-1", "ca-central-1", "eu-west-1"
ONE, TWO, THREE, FOUR = f"{HOME}/1", f"{HOME}/2", f"{PARTNER}/1", f"{FAR}/1"
SURE = Confirmation(is_wanted=True, may_be_none=False)
RECOVERY = Recovery(
    is_automatic=True,
    after_seconds=2.0,
    is_synchronous=True,
    alone_after_seconds=None,
    regions=(HOME, PARTNER, FAR),
)


def databases() -> TwinDatabases:
    """All is well, and three writes are confirmed."""
    servers = [
        TwinServer(name=ONE, region=HOME, is_standby=False, synchronous=(TWO,)),
        TwinServer(name=TWO, region=HOME, follows=ONE),
        TwinServer(name=THREE, region=PARTNER, follows=ONE),
        TwinServer(name=FOUR, region=FAR, follows=ONE),
    ]
    found = TwinDatabases(servers={server.name: server for server in servers}, home=HOME)
    for _ in range(3):
        assert found.write_anywhere() == (ONE,)
    return found


def primaries(world: TwinDatabases) -> list[str]:
    """Who runs as a primary."""
    return [s.name for s in world.servers.values() if s.runs and not s.is_standby]


def ports(world: TwinDatabases) -> Ports:
    return Ports(databases=world, regions=world)


def given_up(name: str, region: str, **more: object) -> Failover:
    """The arguments of a failover."""
    facts: dict[str, object] = {"synchronous": (TWO,), "written": 0, "confirmation": SURE} | more
    return Failover(primary=name, region=region, because="a test", **facts)  # type: ignore[arg-type]


def has_all_acknowledged(world: TwinDatabases, name: str) -> bool:
    return set(world.acknowledged) <= set(world.servers[name].log)


@dataclass(slots=True, kw_only=True)
class Watching:
    """The watch and what it starts, on the twin's clock; `dies_at` kills the operations there."""

    world: TwinDatabases = field(default_factory=databases)
    recovery: Recovery = RECOVERY
    clock: VirtualClock = field(default_factory=VirtualClock)
    after_each: Callable[[], None] = lambda: None
    dies_at: int | None = None
    done: list[Action] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    watched: Watched = field(
        default_factory=lambda: Watched(pulse=Pulse(claim=Claim(name=ONE, term=0)))
    )

    def __post_init__(self) -> None:
        self.world.clock = self.clock

    def look(self) -> Action | None:
        """One look, and whatever follows from it."""
        self.clock.advance(0.5)
        claim = self.world.claim()
        look = Look(
            at=self.clock.now,
            claim=claim,
            sights=self.world.look(),
            vantages=self.world.reach(self.world.region_of(claim.name)),
        )
        self.watched, action = watch(self.watched, look, self.recovery)
        if action is not None:
            self.done.append(action)
            self.outcomes.append(self._perform(action))
        self.after_each()
        return action

    def looks(self, count: int) -> None:
        for _ in range(count):
            self.look()

    def _perform(self, action: Action) -> Outcome:
        journal = TwinJournal(clock=self.clock, dies_at=self.dies_at)
        try:
            return self._run(action, journal)
        except Killed:
            self.after_each()
            again = TwinJournal(clock=self.clock, record=journal.record)
            return self._run(action, again)

    def _run(self, action: Action, journal: TwinJournal) -> Outcome:
        match action.kind:
            case Kind.FAILOVER:
                pulse = self.watched.pulse
                arguments = given_up(
                    action.names[0],
                    action.region,
                    synchronous=pulse.synchronous or (),
                    written=pulse.written,
                    alive_at=pulse.alive_at,
                    may_lose=action.may_lose,
                    is_named=action.is_named,
                    confirmation=Confirmation(
                        is_wanted=True, may_be_none=self.recovery.alone_after_seconds is not None
                    ),
                )
                return failover(journal, ports(self.world), arguments)
            case Kind.GO_ALONE | Kind.CONFIRM:
                wanted = Confirm(
                    primary=action.names[0], standbys=action.names[1:], because=action.because
                )
                return confirm(journal, ports(self.world), wanted)
            case Kind.MEND:
                wish = Mend(name=action.names[0], because=action.because)
                return mend(journal, ports(self.world), wish)
