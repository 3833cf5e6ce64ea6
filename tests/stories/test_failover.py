"""Servers and regions are lost under a write load, and no confirmed write is."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
from stories.harness import within
from stories.vault import (
    HOME,
    ONE,
    PER_SECOND,
    THREE,
    TWO,
    Vault,
    cut_off,
    slow_disk,
    vault_up,
    writes_again,
)

from groundplan.targets.local.processes.supervisor import Supervisor

pytestmark = [pytest.mark.stories, pytest.mark.faults, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def vault() -> Iterator[Vault]:
    with vault_up() as vault:
        yield vault


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
def test_a_lost_primary_is_replaced_without_a_lost_write(
    vault: Vault, number: signal.Signals
) -> None:
    old = vault.primary()
    with vault.written() as writers:
        vault.strike(old, number)
        writes_again(writers)
    assert writers.lost() == set()
    within(60, "the old one is back as a replica", vault.is_whole)
    if number is signal.SIGSTOP:
        assert vault.primary() != old


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("strace") is None,
    reason="slowing a disk down needs root and strace (apt-get install strace)",
)
def test_a_primary_whose_disk_is_too_slow_is_replaced(vault: Vault) -> None:
    within(60, "all is whole", vault.is_whole)
    old = vault.primary()
    with vault.written() as writers, slow_disk(vault.processes(old), seconds=20):
        within(60, "another one is the primary", lambda: vault.primary() != old)
        writes_again(writers)
    assert writers.lost() == set()
    assert "confirmed no write" in vault.groundplan("journal").out
    within(60, "the old one is back as a replica", vault.is_whole)


def test_without_its_standby_a_commit_waits_for_three_seconds_and_not_for_ever(
    vault: Vault,
) -> None:
    primary = vault.primary()
    standby = TWO if primary == ONE else ONE
    supervisor = Supervisor(vault.folder)
    with vault.written() as writers:
        supervisor.stop(standby)
        writes_again(writers)
    assert writers.lost() == set()
    assert vault.confirming() == set()
    assert "goes on alone" in vault.groundplan("operations").out
    supervisor.start(standby)
    within(60, "the standby confirms again", vault.is_whole)


def test_a_lost_region_is_left_and_come_back_to_and_its_old_primary_is_fenced(
    vault: Vault,
) -> None:
    within(60, "all is whole", vault.is_whole)
    old = vault.primary()
    with vault.written() as writers:
        vault.lose(HOME)
        within(60, "the partner has the primary", lambda: vault.primary() == THREE)
        writes_again(writers)
    lost = writers.lost()
    assert len(lost) <= PER_SECOND, "more than a second of writes"
    with suppress(Exception):
        Supervisor(vault.folder).start(old)
    part = vault.parts()[old]
    assert "fenced" in part["because"], part
    with pytest.raises(psycopg.OperationalError):
        vault.asked(old, "SELECT 1")
    told = vault.groundplan("up")
    assert told.code == 0, told.err
    with vault.written() as back:
        told = vault.groundplan("switchover", HOME)
        assert told.code == 0, told.err
        writes_again(back)
    assert back.lost() == set()
    assert vault.primary().startswith(HOME)
    within(60, "all is whole", vault.is_whole)


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("nft") is None,
    reason="cutting a region off needs root and nft (apt-get install nftables)",
)
def test_a_region_that_is_cut_off_acknowledges_nothing_once_another_took_over(
    vault: Vault,
) -> None:
    within(60, "all is whole", vault.is_whole)
    old = vault.primary()
    with vault.written() as writers:
        with cut_off("127.34.0.0/16"):
            within(60, "the partner has the primary", lambda: vault.primary() == THREE)
            writes_again(writers)
            with pytest.raises(psycopg.OperationalError):
                vault.asked(old, "SELECT pg_logical_emit_message(true, 'story', 'inside')")
        assert vault.primary() == THREE
    assert len(writers.lost()) <= PER_SECOND
    told = vault.groundplan("switchover", HOME)
    assert told.code == 0, told.err
    within(60, "all is whole", vault.is_whole)
