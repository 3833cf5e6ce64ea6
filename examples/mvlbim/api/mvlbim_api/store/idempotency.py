"""One Idempotency-Key, one effect: the key is claimed and answered in the write's transaction.

Only successes are kept: a refused write changed nothing, so repeating it is harmless.
"""

import hashlib
from dataclasses import dataclass

import asyncpg

from mvlbim_api.store.host import Connection
from mvlbim_api.web.problem import ProblemError

_LENGTH_MAX = 200

# A repeat also writes (its count), so its commit waits for the synchronous standby just as the
# first one's did: no answer is ever given on the word of one machine alone.
_CLAIM = """
insert into idempotency_keys as k (key, fingerprint) values ($1, $2)
on conflict (key) do update set repeats = k.repeats + 1
returning fingerprint, status, body, location, revision
"""
_ANSWER = """
update idempotency_keys set status = $2, body = $3, location = $4, revision = $5 where key = $1
"""
_FORGET = "delete from idempotency_keys where created_at < now() - interval '24 hours'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A successful write, in what its answer needs."""

    status: int
    body: bytes
    revision: int
    location: str = ""
    is_repeat: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyKey:
    key: str
    fingerprint: bytes

    @classmethod
    def of(cls, header: str | None, method: str, path: str, body: bytes) -> "IdempotencyKey | None":
        if header is None:
            return None
        if not 0 < len(header) <= _LENGTH_MAX or not header.isascii() or not header.isprintable():
            raise ProblemError(
                400, f"Idempotency-Key: 1 to {_LENGTH_MAX} printable ASCII characters"
            )
        digest = hashlib.sha256(b"\0".join((method.encode(), path.encode(), body)))
        return cls(key=header, fingerprint=digest.digest())

    async def claim(self, connection: Connection) -> Outcome | None:
        """The outcome of the first write with this key; None if this is the first.

        A concurrent first write is waited for, up to the lock timeout.
        """
        try:
            row = await connection.fetchrow(_CLAIM, self.key, self.fingerprint)
        except asyncpg.LockNotAvailableError:
            raise ProblemError(
                409,
                "a write with this Idempotency-Key is still under way",
                headers={"retry-after": "1"},
            ) from None
        if row["fingerprint"] != self.fingerprint:
            raise ProblemError(422, "this Idempotency-Key was used for a different request")
        if row["status"] is None:
            return None
        return Outcome(
            status=row["status"],
            body=row["body"],
            revision=row["revision"],
            location=row["location"],
            is_repeat=True,
        )

    async def answer(self, connection: Connection, outcome: Outcome) -> None:
        await connection.execute(
            _ANSWER,
            self.key,
            outcome.status,
            outcome.body,
            outcome.location,
            outcome.revision,
        )


async def forget_old_keys(connection: Connection) -> None:
    await connection.execute(_FORGET)
