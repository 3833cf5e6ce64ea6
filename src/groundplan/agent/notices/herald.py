"""Tells those whom the file names of operations: reads the journal, writes letters, sends them.

Every notice stands in the outbox before it is sent, and is sent again until it is taken, for a day.
Where somebody is reached is read from a secret each time, and stands in no message.
"""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
from pydantic import ValidationError

from groundplan.agent.journal import Chained, Event, JournalFile
from groundplan.agent.notices.outbox import Outbox, Waiting
from groundplan.agent.performing.operation import Operation
from groundplan.agent.performing.performer import Performer
from groundplan.agent.performing.refusals import NoOperation
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.design.notifications import Receiver
from groundplan.errors import TargetError
from groundplan.operations.observe.notices import Notice, concerns, letter
from groundplan.ports.folder import DESIGN, JOURNAL, SECRETS
from groundplan.ports.journal import State
from groundplan.spec.notifications import Moment

EVERY_SECONDS = 1.0
SEND_SECONDS = 5.0
FIRST_SECONDS, LONGEST_SECONDS = 2.0, 300.0  # of the back-off, which doubles
KEEPS_TRYING_SECONDS = 86_400.0
KEPT_SECONDS = 30 * 86_400.0
FORGETS_SECONDS = 3600.0  # a deletion costs a write to the disk
SUBJECT = "notifications"
# What an operation tells first when only a person can go on.
ASKS = ("asking", "paused", "waits for approval")
APPROVAL = "waits for an approval"  # the reason of a release that may not begin yet


@dataclass(frozen=True, slots=True)
class _Why:
    """Why a notice was not taken, and whether that can change."""

    words: str
    is_final: bool = False
    after_seconds: float = 0.0


class Herald:
    """One thread runs it."""

    def __init__(
        self,
        folder: Path,
        voice: Voice,
        performer: Callable[[], Performer],
        *,
        first_seconds: float = FIRST_SECONDS,
    ) -> None:
        self._folder = folder
        self._voice = voice
        self._performer = performer
        self._first = first_seconds
        self._outbox: Outbox | None = None
        self._forgot = 0.0
        self._design: tuple[int, Design] | None = None
        self._client = httpx.Client(timeout=SEND_SECONDS, follow_redirects=False, trust_env=False)

    def run(self, stop: threading.Event) -> None:
        """Looks until told to stop."""
        while not stop.wait(EVERY_SECONDS):
            self.look(time.time())
        self.close()

    def close(self) -> None:
        """Lets go of the outbox."""
        self._client.close()
        if self._outbox is not None:
            self._outbox.close()
            self._outbox = None

    def begin(self) -> None:
        """From now on all is told; to be called before anything can be asked for."""
        try:
            self._opened(time.time())
        except (TargetError, OSError) as error:
            self._voice.trouble(SUBJECT, " ".join(str(error).split()))

    def look(self, now: float) -> None:
        """What happened since, and what is due."""
        try:
            design = self._opened(now)
            if design is None or self._outbox is None:
                return
            receivers = {each.name: each for each in design.told}
            for waiting in self._outbox.waiting():
                if waiting.due <= now:
                    self._send(self._outbox, receivers.get(waiting.receiver), waiting, now)
            if now - self._forgot >= FORGETS_SECONDS:
                self._forgot = now
                self._outbox.forget(before=now - KEPT_SECONDS)
        except (TargetError, OSError) as error:
            self._voice.trouble(SUBJECT, " ".join(str(error).split()))
        else:
            self._voice.trouble(SUBJECT, None)

    def _opened(self, now: float) -> Design | None:
        """The design and the outbox, with all that happened in it. Where nobody is named yet, how
        far the journal was read is kept all the same: who is named next hears of what comes then.
        """
        design = self._read_design()
        if design is not None:
            self._outbox = self._outbox or Outbox(self._folder)
            self._gather(design, self._outbox, now)
        return design

    def _read_design(self) -> Design | None:
        path = self._folder / DESIGN
        try:
            mark = path.stat().st_mtime_ns
            if self._design is None or self._design[0] != mark:
                self._design = mark, Design.from_json(path.read_bytes())
        except (OSError, ValidationError):
            return None  # the sampler tells
        return self._design[1]

    def _gather(self, design: Design, outbox: Outbox, now: float) -> None:
        """From where it was read last; whoever is told for the first time hears of no history."""
        before = outbox.read_until()
        if not (self._folder / JOURNAL).exists():
            if before is None:
                outbox.put((), read_until=0)
            return
        with JournalFile(self._folder, read_only=True) as journal:
            if before is None:
                newest = journal.newest(1)
                outbox.put((), read_until=newest[-1].number if newest else 0)
                return
            entries = journal.after(before)
        try:
            performer = self._performer()
        except TargetError:
            return  # whoever sets it up tells
        questions = _questions(performer, design, since=now - KEEPS_TRYING_SECONDS)
        letters = tuple(
            (receiver.name, notice)
            for notice in (*_from(entries, performer, design), *questions)
            for receiver in design.told
            if concerns(receiver, notice)
        )
        last = entries[-1].number if entries else before
        if letters or last != before:
            outbox.put(letters, read_until=last)

    def _send(
        self, outbox: Outbox, receiver: Receiver | None, waiting: Waiting, now: float
    ) -> None:
        if receiver is None:
            outbox.given_up(waiting.number, "the file does not name this receiver any more")
            return
        subject = f"{SUBJECT}: {receiver.name}"
        why = self._try(receiver, waiting.notice)
        if why is None:
            outbox.sent(waiting.number)
        elif why.is_final or now - waiting.notice.at > KEEPS_TRYING_SECONDS:
            outbox.given_up(waiting.number, why.words)
        else:
            wait = min(self._first * 2**waiting.tries, LONGEST_SECONDS)
            outbox.later(waiting.number, due=now + max(wait, why.after_seconds), why=why.words)
        self._voice.trouble(subject, why.words if why else None)

    def _try(self, receiver: Receiver, notice: Notice) -> _Why | None:
        """None when it was taken. The secret is in neither the reason nor the log."""
        try:
            secret = (self._folder / SECRETS / receiver.secret).read_text()
        except (OSError, UnicodeError):
            return _Why(f"{SECRETS}/{receiver.secret} is not there, or no text: nobody is told")
        try:
            sent = letter(receiver, notice, secret)
        except ValueError as error:
            return _Why(str(error))
        if sent is None:
            return None
        try:
            headers = {"Idempotency-Key": notice.id}
            answer = self._client.post(sent.url, json=sent.body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return _Why(f"it is not reached: {type(error).__name__}")
        if answer.is_success:
            return None
        may_repeat = answer.status_code == 429 or answer.status_code >= 500
        return _Why(
            f"it answers {answer.status_code}",
            is_final=not may_repeat,
            after_seconds=_seconds(answer.headers.get("Retry-After", "")),
        )


def _from(entries: tuple[Chained, ...], performer: Performer, design: Design) -> Iterator[Notice]:
    """Beginnings and ends from the journal; `up` and `down` are nobody's operations."""
    for each in entries:
        entry = each.entry
        if entry.event is Event.SIGNALLED:
            continue
        try:
            operation = performer.progress(entry.operation).operation
        except NoOperation:
            continue
        notice = _told(design, operation, id_=f"{operation.id}/{entry.event}", at=entry.at)
        if entry.event is Event.BEGAN:
            yield replace(notice, moment="began", what=operation.why)
        else:
            state, _, summary = entry.what.partition(": ")
            moment: Moment = "done" if state == State.DONE else "failed"
            yield replace(notice, moment=moment, what=summary)


def _questions(performer: Performer, design: Design, *, since: float) -> Iterator[Notice]:
    """What waits for a person, once for each time that it begins to wait. Old ones were told."""
    for operation in performer.newest(1):
        if operation.ended is not None:
            continue
        asked = False
        for line in performer.progress(operation.id).lines:
            asks = line.message.startswith(ASKS) or APPROVAL in line.because
            if asks and not asked and line.at >= since:
                id_ = f"{operation.id}/line-{line.number}"
                notice = _told(design, operation, id_=id_, at=line.at)
                yield replace(notice, what=line.because or line.message)
            asked = asks


def _told(design: Design, operation: Operation, *, id_: str, at: float) -> Notice:
    return Notice(
        id=id_,
        at=at,
        platform=design.platform,
        environment=design.environment,
        operation=operation.id,
        kind=operation.kind,
        moment="asks",
        what="",
        who=operation.who,
        why=operation.why,
    )


def _seconds(text: str) -> float:
    """Of a Retry-After; a date there is not understood, and the back-off stays."""
    return float(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0.0
