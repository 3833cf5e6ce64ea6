"""Performs the operations of a platform: starts them, resumes them, tells and ends them.

Every start is in this order: the lock, the journal, the register, and only then the first step. Who
is killed in between goes on from the register, which may have what the engine has not yet.
"""

import hashlib
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from pydantic import ValidationError

from groundplan.agent.journal import Entry, Event, JournalFile
from groundplan.agent.performing import refusals
from groundplan.agent.performing.board import Board
from groundplan.agent.performing.gate import LifeEnded
from groundplan.agent.performing.holding import Holding
from groundplan.agent.performing.kinds import Here, Kind, Kinds
from groundplan.agent.performing.operation import Operation, Progress
from groundplan.agent.performing.register import Register, new_id
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.ports.folder import DESIGN, LEDGER, OPERATIONS
from groundplan.ports.journal import Journal, Json, Outcome, Signal, State
from groundplan.promise.ledger import Ledger

RETENTION_SECONDS = 30 * 86_400.0
GRACE_SECONDS = 5.0
AGENT = "agent"  # who starts what no person asked for


class Engine(Protocol):
    """What makes operations durable; see `durable`."""

    @property
    def lives(self) -> Mapping[str, bool]:
        """Those that this process performs, each with whether it waits."""

    def launch(self) -> None:
        """Resumes what a former process did not end."""

    def begin(self, operation: str, kind: str, arguments: str) -> None:
        """Performs one; one that was begun already is left alone."""

    def mend(self) -> None:
        """Performs anew what lost its life while this process lives."""

    def send(self, operation: str, signal: Signal) -> None:
        """Tells one of them."""

    def forget(self, operations: tuple[str, ...]) -> None:
        """Drops the steps of those that have ended."""

    def close(self, seconds: float) -> None:
        """Lets steps that are being done end, within a bound, and no further one begin."""


Perform = Callable[[str, str, Journal], None]
Tell = Callable[[str, int, str, str], None]
MakeEngine = Callable[[Path, Perform, Tell, Callable[[str], None]], Engine]


class Performer:
    """The operations of the platform in a folder."""

    def __init__(self, folder: Path, voice: Voice, kinds: Kinds, make_engine: MakeEngine) -> None:
        self.folder = folder
        self._voice = voice
        self._kinds = kinds
        self._holding = Holding(folder)
        self._register = Register(folder / OPERATIONS)
        self._queued: set[str] = set()  # who waits for the platform
        self._board = Board()
        self._ended: set[str] = set()  # whose steps nobody needs any more
        self._engine = make_engine(folder, self._perform, self._register.tell, self._trouble)
        self._engine.launch()
        for operation in self._register.open():
            self._begin(operation)

    def start(
        self,
        kind: str,
        arguments: Mapping[str, Json],
        *,
        who: str = AGENT,
        why: str = "",
        id_: str | None = None,
    ) -> str:
        """Starts an operation and returns its id. TargetError when it may not be started now."""
        known = self._kind(kind)
        operation = Operation(
            id=id_ or new_id(kind),
            kind=kind,
            arguments=dict(arguments),
            who=who,
            why=why,
            began=time.time(),
        )
        known.read(kind, operation.asked)
        if self._register.find(operation.id):
            return operation.id
        if known.holds_platform:
            self._holding.take(operation, known.lends_to)
        try:
            if known.holds_platform:
                self._leave_it_to_those_before(kind)
            self._write(operation, Event.BEGAN, f"{kind} {operation.asked}", who, why)
            self._register.add(operation)
            self._begin(operation)
        except BaseException:
            self._holding.let_go(operation.id)
            raise
        return operation.id

    def signal(self, operation: str, signal: Signal) -> None:
        """Tells an operation something. TargetError when it has ended or nobody knows it."""
        found = self._find(operation)
        if found.ended is not None:
            raise refusals.has_ended(found, signal.name)
        self._write(found, Event.SIGNALLED, signal.name, signal.who, signal.why)
        self._engine.send(operation, signal)

    def progress(self, operation: str, *, after: int = 0) -> Progress:
        """How an operation stands, and what it told after a line."""
        found = self._find(operation)  # before its lines, so that the end comes with the last one
        doing, share = self._board.doing(operation)
        shown = self._board.facts(operation)
        return Progress(
            operation=self._now(replace(found, facts=shown) if shown else found),
            lines=self._register.lines(operation, after=after),
            doing=doing,
            share=share,
        )

    def newest(self, limit: int) -> tuple[Operation, ...]:
        """The newest, and all that go on."""
        return tuple(map(self._now, self._register.newest(limit)))

    def told(self, *, since: float) -> tuple[tuple[float, str], ...]:
        """What all operations told since a moment."""
        return self._register.told(since=since)

    def outcome(self, operation: str) -> Outcome | None:
        """What came of an operation; None while it goes on."""
        found = self._find(operation)
        if found.ended is None:
            return None
        return Outcome(state=found.state, summary=found.summary, facts=found.facts)

    def tidy(self) -> None:
        """Mends what lost its life and drops what nobody needs; to be called now and then."""
        self._engine.mend()
        gone = tuple(self._ended - self._engine.lives.keys())
        if gone:
            self._engine.forget(gone)
            self._ended.difference_update(gone)
        self._register.forget(before=time.time() - RETENTION_SECONDS)

    def close(self) -> None:
        """Stops between two steps; the process has to end by `os._exit` then."""
        self._engine.close(GRACE_SECONDS)

    def _leave_it_to_those_before(self, kind: str) -> None:
        """What was begun and lost its life has the platform next, before anything new."""
        for each in self._register.open():
            known = self._kinds.get(each.kind)
            if known is not None and known.holds_platform and kind not in known.lends_to:
                raise refusals.goes_on_first(each)

    def _perform(self, kind: str, arguments: str, journal: Journal) -> None:
        """One life of an operation. What the disk refuses ends the life, not the operation."""
        operation = self._register.find(journal.operation)
        if operation is None or operation.ended is not None:
            self._ended.add(journal.operation)
            return
        known = self._kinds.get(kind)
        try:
            if known is not None and known.holds_platform:
                self._hold(operation, known.lends_to)
            self._end(operation, self._outcome(known, operation, journal), journal)
        except TargetError as error:
            self._trouble(f"{error.doing} failed: {error.why}")
            raise LifeEnded from error
        finally:
            self._board.clear(operation.id)
            self._holding.let_go(operation.id)

    def _hold(self, operation: Operation, lends_to: frozenset[str]) -> None:
        self._queued.add(operation.id)
        try:
            self._holding.wait_for(
                operation,
                lambda why: self._voice.say(f"{operation.id} waits for the platform: {why}"),
                lends_to,
            )
        finally:
            self._queued.discard(operation.id)

    def _outcome(self, known: Kind[Any] | None, operation: Operation, journal: Journal) -> Outcome:
        try:
            if known is None:
                raise refusals.no_kind(operation.kind, self._kinds)
            here = Here(
                folder=self.folder,
                design=_design(self.folder),
                operations=_Others(self, operation),
                lent=self._holding,
                share=lambda doing, share: self._board.share(operation.id, doing, share),
                show=lambda facts: self._board.show(operation.id, facts),
            )
            return known.perform(journal, here, known.read(operation.kind, operation.asked))
        except TargetError as error:
            facts: dict[str, Json] = {"part": error.part, "try": error.try_}
            summary = f"{error.doing} failed: {error.why}"
            return Outcome(state=State.FAILED, summary=summary, facts=facts)
        except Exception as error:
            self._voice.say(f"{operation.id}: {traceback.format_exc()}")
            summary = f"this is a bug in groundplan: {type(error).__name__}: {error}"
            return Outcome(state=State.FAILED, summary=summary)

    def _end(self, operation: Operation, outcome: Outcome, journal: Journal) -> None:
        if outcome.evidence:
            try:
                journal.step("evidence", lambda: self._record(outcome))
            except TargetError as error:
                journal.tell("its evidence is lost", because=error.why)
        self._write(operation, Event.ENDED, f"{outcome.state}: {outcome.summary}", AGENT)
        self._register.end(operation.id, outcome, at=time.time())
        self._ended.add(operation.id)

    def _record(self, outcome: Outcome) -> None:
        with Ledger(self.folder / LEDGER) as ledger:
            ledger.write(*outcome.evidence)

    def _write(
        self, operation: Operation, event: Event, what: str, who: str, why: str = ""
    ) -> None:
        """An entry of the journal; began and ended are written once, however often one dies."""
        entry = Entry(
            at=time.time(), operation=operation.id, event=event, what=what, who=who, why=why
        )
        with JournalFile(self.folder) as journal:
            if event is Event.SIGNALLED or not journal.has(operation.id, event):
                journal.append(entry)

    def _begin(self, operation: Operation) -> None:
        self._engine.begin(operation.id, operation.kind, operation.asked)

    def _kind(self, kind: str) -> Kind[Any]:
        if kind not in self._kinds:
            raise refusals.no_kind(kind, self._kinds)
        return self._kinds[kind]

    def _find(self, operation: str) -> Operation:
        found = self._register.find(operation)
        if found is None:
            raise refusals.NoOperation(operation)
        return found

    def _now(self, operation: Operation) -> Operation:
        """With what only this process knows: that it waits, for a signal or for the lock."""
        waits = operation.id in self._queued or self._engine.lives.get(operation.id, True)
        return (
            replace(operation, state=State.WAITING) if waits and not operation.ended else operation
        )

    def _trouble(self, why: str) -> None:
        self._voice.say(f"operations: {why}")


class _Others:
    """The other operations, for one of them."""

    def __init__(self, performer: Performer, mine: Operation) -> None:
        self._performer, self._mine = performer, mine

    def start(self, kind: str, arguments: Mapping[str, Json], *, why: str, key: str) -> str:
        id_ = f"{kind}-{hashlib.sha256(f'{self._mine.id}/{key}'.encode()).hexdigest()[:12]}"
        return self._performer.start(kind, arguments, who=self._mine.who, why=why, id_=id_)

    def outcome(self, operation: str) -> Outcome | None:
        return self._performer.outcome(operation)

    def told(self, *, since: float) -> tuple[tuple[float, str], ...]:
        return self._performer.told(since=since)


def _design(folder: Path) -> Design:
    try:
        return Design.from_json((folder / DESIGN).read_bytes())
    except (OSError, ValidationError) as error:
        raise refusals.no_design(folder, error) from error
