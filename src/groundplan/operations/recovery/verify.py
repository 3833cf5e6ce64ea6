"""Proves a backup: reads its repository, restores it, compares every row with what was recorded."""

from dataclasses import dataclass, replace

from groundplan.errors import TargetError
from groundplan.operations.recovery.thread import kept, tried
from groundplan.ports.archive import (
    Archive,
    Copies,
    Fault,
    Fetched,
    Point,
    Proof,
    Record,
    Records,
    What,
)
from groundplan.ports.journal import Journal, Json, Outcome, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Which backup is to be proven: its name; empty: the newest one that can be compared."""

    backup: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyPorts:
    """Who does it. `folder`: where copies are built."""

    archive: Archive
    copies: Copies
    records: Records
    folder: str


def verify(journal: Journal, ports: VerifyPorts, arguments: Verify) -> Outcome:
    """Inspects every repository, then restores and compares until one backup is proven."""
    faults = _inspect(journal, ports)
    records = kept(journal, "read records", tuple[Record, ...], ports.records.all)
    order = candidates(records, ports.archive.repositories, arguments.backup)
    if not order:
        why = "there is no backup whose contents were recorded"
        return Outcome(state=State.REFUSED, summary=why, facts={"faults": _said(faults)})
    for record in order:
        journal.tell(f"restores {record.backup.name}", because="to compare it with its source")
        result = _prove(journal, ports, record)
        if isinstance(result, Outcome):
            return _with(result, faults)
        faults += result
        for fault in result:
            journal.tell(f"{record.backup.name} is not proven", because=str(fault))
    return Outcome(
        state=State.FAILED,
        summary=f"no backup could be proven: {'; '.join(map(str, _said(faults)))}",
        facts={"faults": _said(faults)},
    )


def candidates(
    records: tuple[Record, ...], repositories: tuple[str, ...], wanted: str
) -> tuple[Record, ...]:
    """The newest backup of each repository that can be compared: the one that was proven longest
    ago first, so that each has its turn."""
    usable = [r for r in records if r.contents and not r.deleted_at and not r.backup.faults]
    if wanted:
        return tuple(r for r in usable if wanted in (r.backup.name, r.backup.label))
    newest: list[Record] = []
    for region in repositories:
        here = [r for r in usable if r.backup.repository == region]
        if here:
            newest.append(max(here, key=lambda record: record.backup.ended))

    def proven_last(record: Record) -> float:
        region = record.backup.repository
        return max((r.proven_at or 0 for r in records if r.backup.repository == region), default=0)

    return tuple(sorted(newest, key=proven_last))


def _inspect(journal: Journal, ports: VerifyPorts) -> list[Fault]:
    found: list[Fault] = []
    for region in ports.archive.repositories:
        result = tried(
            journal,
            f"read all of {region}",
            tuple[Fault, ...],
            lambda: ports.archive.inspect(region),  # noqa: B023
        )
        if isinstance(result, TargetError):
            journal.tell(f"{region} cannot be read", because=result.why)
            continue
        for fault in result:
            journal.tell(f"{region} is damaged", because=str(fault))
        found += result
    return found


def _prove(journal: Journal, ports: VerifyPorts, record: Record) -> Outcome | list[Fault]:
    into = f"{ports.folder}/{journal.operation[:12]}-{record.backup.repository}"
    contents = record.contents
    assert contents is not None
    point = Point(backup=record.backup, lsn=contents.lsn, own_timeline=True)
    name = record.backup.name
    fetched = tried(journal, f"restore {name}", Fetched, lambda: ports.copies.fetch(point, into))
    proof: Proof | TargetError
    if isinstance(fetched, TargetError):
        proof = fetched
    else:
        proof = tried(journal, f"compare {name}", Proof, lambda: ports.copies.prove(into, contents))
    kept(journal, f"remove the copy of {name}", None, lambda: ports.copies.remove(into))
    at = journal.now()
    faults = (_fault(name, proof),) if isinstance(proof, TargetError) else proof.faults
    done = replace(
        record,
        proven_at=record.proven_at if faults else at,
        failed_at=at if faults else record.failed_at,
        because="; ".join(map(str, faults)),  # empty once it is proven
        restore_seconds=_seconds(fetched, proof),
    )
    kept(journal, f"write down {name}", None, lambda: ports.records.save(done))
    if faults:
        return list(faults)
    assert isinstance(fetched, Fetched)
    assert isinstance(proof, Proof)
    return _proven(record, fetched, proof, at)


def _proven(record: Record, fetched: Fetched, proof: Proof, at: float) -> Outcome:
    restore = fetched.seconds + proof.recover_seconds
    summary = (
        f"{record.backup.name} is proven: {proof.rows:,} rows of {proof.tables} tables are as they "
        f"were, restored in {restore:.1f} s"
    )
    facts: dict[str, Json] = {
        "backup": record.backup.name,
        "proven_at": at,
        "restore_seconds": restore,
        "check_seconds": proof.check_seconds,
        "bytes": fetched.bytes,
        "rows": proof.rows,
        "tables": proof.tables,
    }
    return Outcome(state=State.DONE, summary=summary, facts=facts)


def _seconds(fetched: Fetched | TargetError, proof: Proof | TargetError) -> float | None:
    """From nothing to a server that may be written to."""
    if isinstance(fetched, TargetError) or isinstance(proof, TargetError):
        return None
    return fetched.seconds + proof.recover_seconds


def _with(outcome: Outcome, faults: list[Fault]) -> Outcome:
    if not faults:
        return replace(outcome, facts={**outcome.facts, "faults": []})
    summary = f"{outcome.summary}; but {'; '.join(map(str, _said(faults)))}"
    return replace(outcome, summary=summary, facts={**outcome.facts, "faults": _said(faults)})


_WORDS = {
    "recovery ended before": What.MISSING_LOG,
    "checksum": What.DAMAGED,
    "no backup set found": What.MISSING,
}


def _fault(name: str, error: TargetError) -> Fault:
    """What kept a backup from being restored, as far as the tools' words tell it."""
    what = next((kind for words, kind in _WORDS.items() if words in error.why), What.UNREADABLE)
    return Fault(what=what, where=name, why=f"{error.doing}: {error.why}")


def _said(faults: list[Fault]) -> list[Json]:
    return list(dict.fromkeys(map(str, faults)))
