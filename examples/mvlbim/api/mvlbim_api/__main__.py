"""`python -m mvlbim_api` serves; with `migrate [--expand-only]` it prepares the schema."""

import asyncio
import os
import sys
import time

from mvlbim_api.environment import Environment, read_environment
from mvlbim_api.logs import start_logging
from mvlbim_api.server import serve
from mvlbim_api.store.address import addresses_of
from mvlbim_api.store.schema import (
    MIGRATIONS,
    SchemaError,
    find_primary,
    migrate,
    migrations_in,
)

_USAGE = "usage: python -m mvlbim_api [migrate [--expand-only]]"
_WRONG, _REFUSED = 3, 4
_PRIMARY_WAIT_SECONDS = 30.0
_PRIMARY_PAUSE_SECONDS = 0.3


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["migrate"], ["migrate", "--expand-only"]):
        return _complain(_USAGE, _WRONG)
    environment = read_environment(os.environ)
    if not isinstance(environment, Environment):
        lines = [f"{flaw.field}: {flaw.detail}" for flaw in environment]
        return _complain("\n".join(lines), _WRONG)
    if arguments:
        return asyncio.run(_migrate(environment, expand_only="--expand-only" in arguments))
    log, writer = start_logging(environment)
    try:
        serve(environment, log)
    finally:
        writer.close()
    return 0


async def _migrate(environment: Environment, *, expand_only: bool) -> int:
    addresses = addresses_of(environment.database_url)
    if not addresses:
        return _complain("migrate: set DATABASE_URL to the database to prepare", _WRONG)
    deadline = time.monotonic() + _PRIMARY_WAIT_SECONDS
    while True:
        try:
            connection = await find_primary(addresses)
            break
        except ConnectionError as absent:
            if time.monotonic() >= deadline:
                return _complain(f"migrate: no primary database: {absent}", _REFUSED)
            await asyncio.sleep(_PRIMARY_PAUSE_SECONDS)
    try:
        steps = migrations_in(MIGRATIONS)
        count = await migrate(connection, steps, expand_only=expand_only, say=_say)
    except SchemaError as refused:
        return _complain(f"migrate: {refused}", _REFUSED)
    finally:
        connection.terminate()
    _say(f"schema is at {len(steps)}, {count} applied now" if count else "nothing to do")
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _complain(text: str, code: int) -> int:
    print(text, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
