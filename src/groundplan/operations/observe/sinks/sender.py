"""Sends what waits in a spool to one sink: again until it is taken, in the order it came.

How far it is stands in a file after each letter. A kill in between sends that letter once more,
with the same ids. What a sink refuses for good is put aside with its reason, and counted.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from groundplan.errors import TargetError
from groundplan.operations.observe.logs.columns import record_of
from groundplan.operations.observe.logs.spool import Entry, Spool
from groundplan.operations.observe.sinks.form import Answer, Doc, Form, Letter, Said

DOCS_MAX = 1000
BYTES_MAX = 4_000_000
FIRST_SECONDS, LONGEST_SECONDS = 1.0, 120.0  # of the back-off, which doubles
RECEIPT_SECONDS, RECEIPT_TRIES = 1.0, 30  # an indexer has that long to keep what was taken
REFUSED_IN_A_ROW = 20  # more: not the documents are wrong, but the sink
REFUSED_BYTES = 64_000_000  # of what is put aside; the older half goes then
REFUSED, PROGRESS = "refused.ndjson", "progress.json"
Post = Callable[[Letter], Said]


class AwayError(Exception):
    """Nobody answers there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far it is: rows of the oldest entry that are done, and what was done in all."""

    entry: str = ""
    rows: int = 0
    sent: int = 0
    refused: int = 0


class Sender:
    """One thread uses it. `post` raises AwayError."""

    def __init__(self, spool: Spool, form: Form, post: Post, chance: random.Random) -> None:
        self._spool = spool
        self._form = form
        self._post = post
        self._chance = chance
        self._tries = 0
        self._refusals = 0
        self._most = DOCS_MAX
        self._receipt: tuple[str, int] | None = None
        self._docs: list[Doc] = []
        self._queue: list[Entry] = []
        self._taken = 0  # rows of the letter that is on its way
        self._reading: tuple[Entry, Iterator[Doc]] | None = None
        self.progress = _read(spool.folder / PROGRESS)
        self.trouble = ""

    def step(self) -> float | None:
        """One letter, or one question for a receipt; after how many seconds the next. None: nothing
        waits. TargetError when the disk is full."""
        if not self._docs and not self._gather():
            return None
        try:
            if self._receipt is not None:
                return self._inquire(*self._receipt)
            docs = self._docs[: self._most]
            answer = self._form.understood(self._post(self._form.letter(docs)), docs)
        except AwayError as error:
            return self._later(str(error))
        return self._heard(answer, docs)

    def _heard(self, answer: Answer, docs: list[Doc]) -> float:
        if answer.halve and len(docs) > 1:
            self._most = max(len(docs) // 2, 1)
            return 0.0
        bad = [(docs[n], why) for n, why in answer.bad]
        if answer.halve:
            bad = [(docs[0], answer.why)]
        if bad:
            self._put_aside(bad)
        again = [docs[n] for n in answer.again]
        if answer.receipt:
            self._receipt = answer.receipt, 0
            return RECEIPT_SECONDS
        sent = len(docs) - len(again) - len(bad) - answer.lost
        self._taken_are(sent, len(bad) + answer.lost)
        self._docs = again + self._docs[len(docs) :]
        if not self._docs:
            self._done()
        if answer.why and again:
            return self._later(answer.why, at_least=answer.wait_seconds)
        self._refusals = 0 if sent else self._refusals + len(bad)
        if bad and self._refusals >= REFUSED_IN_A_ROW:
            return self._later(f"it refuses everything: {bad[0][1]}")
        self._fine()
        return 0.0

    def _inquire(self, receipt: str, tries: int) -> float:
        if self._form.is_kept(self._post(self._form.inquiry(receipt)), receipt):
            self._receipt = None
            count = min(self._most, len(self._docs))
            return self._heard(Answer(), self._docs[:count])
        if tries + 1 < RECEIPT_TRIES:
            self._receipt = receipt, tries + 1
            return RECEIPT_SECONDS
        self._receipt = None
        return self._later(f"it took a letter and has not kept it after {RECEIPT_TRIES} s")

    def _gather(self) -> bool:
        """The next documents of the oldest entry; False when nothing waits."""
        while not self._docs:
            if self._reading is None:
                self._queue = self._queue or [*self._spool.entries()][::-1]
                if not self._queue:
                    return False
                entry = self._queue.pop()
                skip = self.progress.rows if self.progress.entry == entry.name else 0
                self._note(replace(self.progress, entry=entry.name, rows=skip))
                self._reading = entry, islice(docs_of(self._spool.path(entry), entry), skip, None)
            entry, reading = self._reading
            try:
                self._docs = _letterful(reading)
            except FileNotFoundError:
                pass  # it was dropped for others
            except (OSError, pa.ArrowException) as error:
                self.trouble = f"{entry.name} cannot be read and is left out: {error}"
                self._note(replace(self.progress, refused=self.progress.refused + entry.rows))
            self._taken = len(self._docs)
            if not self._docs:
                self._spool.done(entry)
                self._reading = None
        return True

    def _taken_are(self, sent: int, refused: int) -> None:
        now = self.progress
        self.progress = replace(now, sent=now.sent + sent, refused=now.refused + refused)

    def _done(self) -> None:
        """All of a letterful is taken, or put aside."""
        self._note(replace(self.progress, rows=self.progress.rows + self._taken))

    def _note(self, progress: Progress) -> None:
        path = self._spool.folder / PROGRESS
        part = path.with_suffix(".part")
        try:
            part.write_bytes(orjson.dumps(progress))
            part.replace(path)
        except OSError as error:
            raise _full(path, error) from error
        self.progress = progress

    def _put_aside(self, bad: Sequence[tuple[Doc, str]]) -> None:
        path = self._spool.folder / REFUSED
        try:
            if path.exists() and path.stat().st_size > REFUSED_BYTES // 2:
                path.replace(path.with_suffix(".1.ndjson"))
            with path.open("ab") as stream:
                for doc, why in bad:
                    stream.write(orjson.dumps({"id": doc.id, "why": why, "record": doc.ecs}))
                    stream.write(b"\n")
        except OSError as error:
            raise _full(path, error) from error

    def _later(self, why: str, *, at_least: float = 0.0) -> float:
        """Twice as long each time, and not all sinks at the same moment."""
        self.trouble = why
        longest = min(FIRST_SECONDS * 2**self._tries, LONGEST_SECONDS)
        self._tries = min(self._tries + 1, 20)
        return max(self._chance.uniform(longest / 2, longest), at_least)

    def _fine(self) -> None:
        self.trouble = ""
        self._tries = 0
        self._most = min(self._most * 2, DOCS_MAX)


def docs_of(path: Path, entry: Entry) -> Iterator[Doc]:
    """The records of a file, each with the id that it always has."""
    number = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(DOCS_MAX):
            for row in batch.to_pylist():
                record = record_of(row | {"class": entry.klass})
                yield Doc(
                    id=f"{entry.batch}-{entry.klass}-{entry.hour}-{number}",
                    at=record.at,
                    klass=entry.klass,
                    ecs=record.as_ecs(),
                )
                number += 1


def _letterful(docs: Iterator[Doc]) -> list[Doc]:
    found: list[Doc] = []
    size = 0
    for doc in docs:
        found.append(doc)
        size += len(str(doc.ecs.get("message", ""))) + 400
        if len(found) == DOCS_MAX or size > BYTES_MAX:
            break
    return found


def _read(path: Path) -> Progress:
    try:
        return Progress(**orjson.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return Progress()


def _full(path: Path, error: OSError) -> TargetError:
    return TargetError(
        part="spool",
        doing="writing down how far it is",
        why=f"{path}: {error.strerror or error}",
        try_="make room on the disk; nothing is lost, it goes on by itself",
        retry=True,
    )
