"""What `groundplan backup list` shows: backups, copies, and what restores put aside."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from groundplan.agent.catalogue.copies import every, stored
from groundplan.agent.catalogue.recovery import aside_of, backups_of
from groundplan.cli.asked.options import FORMAT_VERSION
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.target import Chosen
from groundplan.cli.exits import Exit
from groundplan.cli.terminal.screen import Tone
from groundplan.cli.terminal.table import Cell, Row, table
from groundplan.operations.recovery.copy import What
from groundplan.operations.recovery.safety import told
from groundplan.operations.recovery.standing import Stored
from groundplan.ports.archive import Record
from groundplan.ports.aside import SafetyCopy


def show(session: Session, platform: Chosen, output: str) -> Exit:
    """Lists all of it; exits 1 when a repository cannot be read."""
    assert platform.built is not None
    folder, design = platform.target.folder, platform.built
    aside = aside_of(folder, design).all()
    copies = {what: stored(ports.shelf) for what, ports in every(folder, design)}
    records: tuple[Record, ...] = ()
    troubles: dict[str, str] = {}
    if design.backups.database is not None or not copies:
        records, troubles = backups_of(folder, design)
    for what, found in copies.items():
        troubles |= {f"{region} ({what})": why for region, why in found.unreadable.items()}
    for region, why in troubles.items():
        session.screen.error(f"the repository in {region} cannot be read: {why}")
    if output == "json":
        session.screen.data(
            json.dumps({**_as_json(records, copies, troubles), **_aside_as_json(aside)}, indent=1)
        )
        return Exit.BROKEN if troubles else Exit.FINE
    if not records and design.backups.database is not None:
        session.screen.data("There is no backup yet; `groundplan backup run` makes one.")
    elif records:
        rows: list[Row] = [("REPOSITORY", "BACKUP", "KIND", "MADE", "SIZE", "STORED", "PROVEN")]
        rows += [_row(record) for record in records]
        session.screen.data(table(rows, session.screen))
    if copies:
        _list_copies(session, copies)
    if aside:
        _list_aside(session, aside)
    return Exit.BROKEN if troubles else Exit.FINE


def _list_copies(session: Session, copies: Mapping[What, Stored]) -> None:
    """The caches' and the files', of which each was checked when it was made."""
    rows: list[Row] = [("COPIES OF", "REPOSITORY", "COPY", "MADE", "CHECKED")]
    for what, found in copies.items():
        for region, backups in found.backups.items():
            for backup in backups:
                is_good = not backup.faults
                tone = Tone.GOOD if is_good else Tone.BAD
                told = Cell("yes" if is_good else "; ".join(backup.faults), tone)
                rows.append((what, region, backup.label, _stamp(backup.ended), told))
            if not backups:
                rows.append((what, region, "none yet", "-", Cell("-", Tone.UNSURE)))
    session.screen.data("\n" + table(rows, session.screen))


def _list_aside(session: Session, aside: tuple[SafetyCopy, ...]) -> None:
    """What restores in place replaced."""
    rows: list[Row] = [("SAFETY COPY", "OF", "PUT ASIDE", "SIZE")]
    rows += [
        (copy.name, copy.of, _stamp(copy.at), f"{copy.bytes / 2**20:,.0f} MB") for copy in aside
    ]
    session.screen.data("\n" + table(rows, session.screen))
    session.screen.data(f"{told(aside)}; `groundplan backup forget --name NAME` deletes one.")


def _row(record: Record) -> Row:
    backup = record.backup
    if backup.faults:
        proof = Cell("; ".join(backup.faults), Tone.BAD)
    elif record.failed_at and record.failed_at > (record.proven_at or 0):
        proof = Cell(record.because, Tone.BAD)
    elif record.proven_at:
        proof = Cell(_stamp(record.proven_at), Tone.GOOD)
    else:
        proof = Cell("not yet", Tone.UNSURE)
    size = f"{backup.bytes / 2**20:,.0f} MB"
    stored = f"{backup.stored_bytes / 2**20:,.1f} MB"
    made = _stamp(backup.ended)
    return (backup.repository, backup.label, backup.kind.value, made, size, stored, proof)


def _as_json(
    records: tuple[Record, ...], copies: Mapping[What, Stored], troubles: dict[str, str]
) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "backups": [
            {
                "name": record.backup.name,
                "repository": record.backup.repository,
                "label": record.backup.label,
                "kind": record.backup.kind,
                "began": _stamp(record.backup.began),
                "ended": _stamp(record.backup.ended),
                "bytes": record.backup.bytes,
                "stored_bytes": record.backup.stored_bytes,
                "needs": list(record.backup.needs),
                "faults": list(record.backup.faults),
                "proven": _stamp(record.proven_at) if record.proven_at else None,
                "because": record.because,
            }
            for record in records
        ],
        "copies": [
            {
                "of": what,
                "repository": region,
                "label": backup.label,
                "made": _stamp(backup.ended),
                "faults": list(backup.faults),
            }
            for what, found in copies.items()
            for region, backups in found.backups.items()
            for backup in backups
        ],
        "troubles": troubles,
    }


def _aside_as_json(aside: tuple[SafetyCopy, ...]) -> dict[str, Any]:
    return {
        "safety_copies": [
            {
                "name": copy.name,
                "of": copy.of,
                "where": copy.where,
                "put_aside": _stamp(copy.at),
                "bytes": copy.bytes,
            }
            for copy in aside
        ]
    }


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
