"""The Databases port in memory: servers with logs, and faults that hit them.

It refuses what the real one refuses. A server that is hung or cut goes on as soon as it can, so
whatever could take a write twice does so here.
"""

from dataclasses import dataclass, field

from groundplan.errors import TargetError
from groundplan.ports.databases import Claim, Sight, Vantage
from groundplan.ports.journal import Json
from groundplan.twin.clock import VirtualClock

HERE = "here"
SHUTDOWN = -1  # the log's last entry of a server that was stopped in order


@dataclass(slots=True, kw_only=True)
class TwinServer:
    """One server. `log` holds the writes that it has, in order."""

    name: str
    region: str
    is_standby: bool = True  # what its data directory says
    follows: str = ""
    synchronous: tuple[str, ...] = ()
    log: list[int] = field(default_factory=list)
    timeline: int = 1
    runs: bool = True
    is_hung: bool = False
    is_cut: bool = False
    is_slow: bool = False  # a laggard: it receives nothing new
    caught_up_to: float | None = None

    @property
    def is_there(self) -> bool:
        """Whether it answers anybody."""
        return self.runs and not self.is_hung

    @property
    def is_reached(self) -> bool:
        """Whether it answers from elsewhere."""
        return self.is_there and not self.is_cut


@dataclass(slots=True, kw_only=True)
class TwinDatabases:
    """All servers; the first is the design's primary. `acknowledged`: every write a client was
    told to be safe."""

    servers: dict[str, TwinServer]
    named: Claim | None = None
    acknowledged: list[int] = field(default_factory=list)
    writes: int = 0
    home: str = ""
    clock: VirtualClock = field(default_factory=VirtualClock)
    carries: dict[str, list[int]] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """The design's own home."""
        return next(iter(self.servers.values())).region

    # What operations ask.

    def names(self) -> tuple[str, ...]:
        return tuple(self.servers)

    def region_of(self, name: str) -> str:
        return self.servers[name].region

    def claim(self) -> Claim:
        return self.named or Claim(name=next(iter(self.servers)), term=0)

    def look(self) -> tuple[Sight, ...]:
        self._replicate()
        return tuple(self._sight(server) for server in self.servers.values())

    def reach(self, region: str) -> tuple[Vantage, ...]:
        reached = tuple(
            s.name for s in self.servers.values() if s.region == region and s.is_reached
        )
        places = dict.fromkeys((HERE, *(s.region for s in self.servers.values())))
        return tuple(Vantage(place=at, reached=reached) for at in places if at != region)

    # What operations have done.

    def name_primary(self, claim: Claim) -> None:
        old = self.named
        if old is not None and old != claim and old.term >= claim.term:
            raise _refused(claim.name, f"{old.name} is the primary since term {old.term}")
        self.named = claim

    def fence(self, name: str) -> None:
        server = self.servers[name]
        server.runs = server.is_hung = False

    def shut_down(self, name: str) -> int:
        server = self.servers[name]
        if server.runs:
            if server.is_hung:
                raise _refused(name, "it does not stop")
            end = len(server.log)
            server.log.append(SHUTDOWN)
            self._replicate()
            server.runs = False
            return end
        if not server.log or server.log[-1] != SHUTDOWN:
            raise _refused(name, "its data says: in production")
        return len(server.log) - 1

    def start(self, name: str) -> None:
        if not self.revive(name):
            raise _refused(name, "it is fenced")

    def promote(self, name: str) -> None:
        server = self._there(name)
        if server.is_standby:
            server.is_standby, server.follows = False, ""
            server.timeline += 1

    def follow(self, name: str, primary: str) -> None:
        self._there(name).follows = primary
        self._replicate()

    def rejoin(self, name: str) -> str:
        primary, server = self._there(self.claim().name), self.servers[name]
        assert primary is not server, name
        self.fence(name)
        server.log, server.timeline = list(primary.log), primary.timeline
        server.is_standby, server.follows, server.runs = True, primary.name, True
        server.synchronous = ()
        return "rewound"

    def confirm_by(self, primary: str, names: tuple[str, ...]) -> None:
        self._there(primary).synchronous = tuple(names)

    def move_home(self, region: str) -> None:
        """The Regions port, for operations that need both."""
        self.home = region

    def carry(self, region: str) -> dict[str, list[int]]:
        before, after = self.carries, {region: [3, 6]} if region != self.first else {}
        self.carries = after
        return {} if before == after else after or {name: [6, 3] for name in before}

    # What the world does.

    def kill(self, name: str) -> None:
        """kill -9; a supervisor revives it unless somebody stopped it."""
        server = self.servers[name]
        server.runs = server.is_hung = False

    def revive(self, name: str) -> bool:
        """What start scripts do: a primary that is not the named one does not start."""
        server = self.servers[name]
        if not server.is_standby and self.named is not None and self.named.name != name:
            return False
        server.runs = True
        return True

    def write(self, name: str) -> bool:
        """A client inside the server's region writes there; whether it is told that it is safe."""
        server = self.servers[name]
        if not server.is_there or server.is_standby:
            return False
        self.writes += 1
        server.log.append(self.writes)
        self._replicate()
        confirmed = [self.servers[other] for other in server.synchronous]
        has_it = any(self._streams(one) and one.log == server.log for one in confirmed)
        if server.synchronous and not has_it:
            return False
        self.acknowledged.append(self.writes)
        return True

    def write_anywhere(self) -> tuple[str, ...]:
        """Who acknowledges a write now: more than one is a split brain."""
        return tuple(name for name in self.servers if self.write(name))

    def facts(self) -> dict[str, Json]:
        """For messages of failed tests."""
        return {s.name: f"{s.runs=} {s.is_standby=} {s.log=}" for s in self.servers.values()}

    def _there(self, name: str) -> TwinServer:
        server = self.servers[name]
        if not server.is_there:
            raise _refused(name, "it does not answer")
        return server

    def _streams(self, server: TwinServer) -> bool:
        upstream = self.servers.get(server.follows)
        return (
            upstream is not None
            and server.is_reached
            and upstream.is_reached
            and server.is_standby
            and upstream.log[: len(server.log)] == server.log
        )

    def _replicate(self) -> None:
        for server in self.servers.values():
            if self._streams(server) and not server.is_slow:
                upstream = self.servers[server.follows]
                server.log = list(upstream.log)
                server.timeline = upstream.timeline
                server.caught_up_to = self.clock.now

    def _sight(self, server: TwinServer) -> Sight:
        if not server.is_reached:
            why = "no answer in time" if server.runs else "connection refused"
            return Sight(
                name=server.name,
                region=server.region,
                answers=False,
                why=why,
                is_fenced=not server.is_standby and self.claim().name != server.name,
            )
        followers = [
            s.name for s in self.servers.values() if s.follows == server.name and self._streams(s)
        ]
        is_confirmed = not server.synchronous or any(
            name in server.synchronous and not self.servers[name].is_slow for name in followers
        )
        streams = self._streams(server)
        return Sight(
            name=server.name,
            region=server.region,
            answers=True,
            is_primary=not server.is_standby,
            received=len(server.log),
            replayed=len(server.log),
            timeline=server.timeline,
            follows=server.follows if streams else "",
            heard_seconds_ago=0.0 if streams else None,
            caught_up_to=server.caught_up_to if server.is_standby else self.clock.now,
            followers=() if server.is_standby else tuple(followers),
            synchronous=() if server.is_standby else server.synchronous,
            acknowledged=not server.is_standby and is_confirmed,
        )


def _refused(name: str, why: str) -> TargetError:
    return TargetError(part=name, doing="as it was told", why=why, try_="", retry=True)
