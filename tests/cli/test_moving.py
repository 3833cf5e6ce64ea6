"""`switchover` and `failover` where nothing can be moved: each refusal says what to do."""

from dataclasses import replace

import pytest
from cli.doubles import DESIGN, Prompt

from groundplan.design.parts import Postgres, Role
from groundplan.targets.local.machine import SECRETS

SERVERS = tuple(
    Postgres(
        name=f"{site}/postgres-1",
        site=site,
        address=f"127.60.{number}.9",
        version="15",
        role=role,
        member=f"{site}_postgres_1",
        members=(),
        databases=("shop",),
    )
    for number, (site, role) in enumerate(
        (("north", Role.PRIMARY), ("south", Role.REPLICA)), start=1
    )
)
WITH_DATABASE = replace(DESIGN, parts=(*DESIGN.parts, *SERVERS))
BOTH = pytest.mark.parametrize("verb", ["switchover", "failover"])


def built(prompt: Prompt) -> None:
    """The platform is built, and none of its servers runs."""
    prompt.write()
    prompt.target.built = WITH_DATABASE
    secrets = prompt.target.folder / "secrets"
    secrets.mkdir(parents=True)
    for name in SECRETS:
        (secrets / name).write_text("guess")


@BOTH
def test_what_is_not_built_is_not_moved(prompt: Prompt, verb: str) -> None:
    prompt.write()
    told = prompt(verb, "south")
    assert told.code == 1
    assert "is not built here" in told.err


@BOTH
def test_a_region_that_nobody_knows_is_guessed(prompt: Prompt, verb: str) -> None:
    built(prompt)
    told = prompt(verb, "suoth")
    assert told.code == 1
    assert "runs in no region called suoth" in told.err
    assert "did you mean south?" in told.err


@BOTH
def test_a_region_without_a_replica_is_told_where_there_are_some(prompt: Prompt, verb: str) -> None:
    built(prompt)
    prompt.target.built = replace(WITH_DATABASE, parts=(*DESIGN.parts, SERVERS[0]))
    told = prompt(verb, "south")
    assert told.code == 1
    assert "south has no replica of the database; there are servers in north" in told.err
    assert "read_replicas.regions" in told.err


@BOTH
def test_a_region_that_has_the_primary_is_told_so(prompt: Prompt, verb: str) -> None:
    built(prompt)
    told = prompt(verb, "north")
    assert told.code == 1
    assert "the primary, north/postgres-1, is in north already" in told.err


def test_a_switchover_needs_a_primary_that_works(prompt: Prompt) -> None:
    built(prompt)
    told = prompt("switchover", "south")
    assert told.code == 1
    assert "does not answer as the primary" in told.err
    assert "try  groundplan failover south" in told.err


def test_a_failover_needs_a_replica_that_works(prompt: Prompt) -> None:
    built(prompt)
    told = prompt("failover", "south", "--yes")
    assert told.code == 1
    assert "no server of south can take over" in told.err
