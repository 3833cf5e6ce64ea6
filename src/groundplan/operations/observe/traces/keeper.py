"""Takes batches of spans, keeps what is to be kept, once, whatever is killed.

Acknowledged is what is in the spool. A round decides the traces that are due and puts them into the
store; only then their segments go. After a kill the spool is read again, and what is in the store
already is not put there twice.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from groundplan.design.sampling import Sampling
from groundplan.operations.observe.traces.columns import PREFIX, partition_of, tables
from groundplan.operations.observe.traces.pending import Group, Pending
from groundplan.operations.observe.traces.sampling import Why
from groundplan.operations.observe.traces.spool import Spool
from groundplan.parquet.keep import Expiry, Keep, expired
from groundplan.parquet.query import connection, rows, scan
from groundplan.parquet.store import Store
from groundplan.units import Duration

SPANS_MAX = 200_000  # in memory: with their batches some 2 kB each
ROOM = SPANS_MAX // 2  # beyond it traces are decided before their time
CROWDED = 1.1  # times the room; then many are decided with one look
SPOOL = "spool"
HOUR = 3600


class Keeper:
    """The spans of one platform.

    `take`, `decide`, `make_room` and `wrote` belong to one thread, `append` to another, the rest to
    the store's.
    """

    def __init__(self, store: Store, sampling: Sampling, keep: str, *, room: int = ROOM) -> None:
        self._store = store
        self._spool = Spool(store.folder / SPOOL)
        self._pending = Pending(sampling)
        self._keep = keep
        self._room = room
        self._unwritten: list[Group] = []

    def append(self, bodies: Sequence[bytes], at: float) -> int:
        """Puts batches on the disk; the segment they are in. TargetError when that fails."""
        return self._spool.append(bodies, at)

    def take(self, request: ExportTraceServiceRequest, segment: int, at: float) -> int:
        """Takes a batch that is on the disk; how many of its spans are not valid."""
        return self._pending.take(request, segment, at)

    @property
    def is_full(self) -> bool:
        """Whether nothing more can be taken until something was written."""
        return self._waiting >= SPANS_MAX

    @property
    def counts(self) -> dict[str, int]:
        """Traces by what was decided, spans that were refused, spans that wait."""
        return {**self._pending.counts, "waiting": self._waiting}

    @property
    def _waiting(self) -> int:
        return self._pending.spans + self._unwritten_spans

    @property
    def _unwritten_spans(self) -> int:
        return sum(len(group.spans) for group in self._unwritten)

    def recover(self) -> int:
        """Takes what the spool holds since a kill; how many batches."""
        found: list[tuple[int, float, ExportTraceServiceRequest]] = []
        for segment in self._spool.segments():
            for at, body in self._spool.read(segment):
                request = ExportTraceServiceRequest()
                request.ParseFromString(body)
                found.append((segment, at, request))
        self._remember_stored(found)
        for segment, at, request in found:
            self._pending.take(request, segment, at)
        return len(found)

    def decide(self, now: float) -> int:
        """Decides what is due, and more when memory fills; how many spans are to be written."""
        self._unwritten += self._pending.due(now, room=self._room)
        return self._unwritten_spans

    def make_room(self, now: float) -> None:
        """Decides between two rounds: a flood fills all memory in half a second."""
        if self._pending.spans > self._room * CROWDED:
            self.decide(now)

    def unwritten(self) -> tuple[Group, ...]:
        """What is to be written."""
        return tuple(self._unwritten)

    def write(self, groups: Sequence[Group]) -> int:
        """Writes them; how many spans. TargetError when the disk is full: try it again then."""
        if not groups:
            return 0
        ids = sorted(group.trace_id + span_id for group in groups for span_id in group.ids)
        batch = f"spans-{hashlib.sha256(b''.join(ids)).hexdigest()[:32]}"
        self._store.commit(batch, tables(groups))
        return len(ids)

    def wrote(self, count: int) -> None:
        """The first of what was unwritten is in the store: what of the spool was for them goes."""
        del self._unwritten[:count]
        segments = [group.segment for group in self._unwritten]
        oldest = self._pending.oldest_segment
        if oldest is not None:
            segments.append(oldest)
        self._spool.drop_below(min(segments, default=self._spool.writing))

    def tidy(self, now: float) -> tuple[Expiry, ...]:
        """Lets go what is old, merges what is small."""
        keeps = {PREFIX: Keep.of(Duration.parse(self._keep))} if self._keep else {}
        due = expired(self._store.manifest.partitions(), keeps, datetime.fromtimestamp(now, UTC))
        self._store.expire(due)
        self._store.compact(before=now - HOUR)
        return due

    def close(self) -> None:
        """Lets go of spool and store; what waits is read again by the next."""
        self._spool.close()
        self._store.close()

    def _remember_stored(
        self, found: Sequence[tuple[int, float, ExportTraceServiceRequest]]
    ) -> None:
        """Which spans of the spool are in the store already."""
        wanted: set[str] = set()
        places = set()
        for _, at, request in found:
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        wanted.add(span.trace_id.hex())
                        places.add(partition_of(span, at).path)
        files = [f for f in self._store.manifest.files() if f.partition.path in places]
        if not files:
            return
        stored: dict[bytes, tuple[str, set[bytes]]] = {}
        with connection(self._store.folder) as database:
            database.register("wanted", pa.table({"trace_id": sorted(wanted)}))
            sql = (
                f"SELECT trace_id, span_id, kept FROM {scan(self._store.folder, files)}"
                " WHERE trace_id IN (SELECT trace_id FROM wanted)"
            )
            for batch in rows(database, sql):
                for row in batch.to_pylist():
                    _, ids = stored.setdefault(bytes.fromhex(row["trace_id"]), (row["kept"], set()))
                    ids.add(bytes.fromhex(row["span_id"]))
        for trace_id, (why, ids) in stored.items():
            self._pending.known(trace_id, Why(why), frozenset(ids))
