"""The zones of the lake: what tells when their files move to cheaper places, and go."""

from dataclasses import dataclass

# Whose policies hold for a zone, by the key of the bucket; bad rows are raw rows.
BUCKETS = {
    "raw": "raw_data",
    "processed": "processed_data",
    "analytics": "analytics",
    "quarantine": "raw_data",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LakeZone:
    """After how many days the files of a zone move, and go (None: never); the promise of it."""

    name: str
    infrequent: int | None = None
    archive: int | None = None
    expire: int | None = None
    promise: str = ""  # the key's path in the file
