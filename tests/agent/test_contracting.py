"""A contraction in its time: refused while another version runs, and then no way leads back."""

from dataclasses import replace
from pathlib import Path

import pytest
from data_plane import data_plane

from groundplan.agent.catalogue.contracting import perform_now
from groundplan.agent.catalogue.kept import Before, Rolling, keep, note
from groundplan.agent.catalogue.releasing import way_back
from groundplan.agent.performing.kinds import Here
from groundplan.design.design import Design, Job
from groundplan.design.parts import Process
from groundplan.design.release import release_of, started, without_canary
from groundplan.design.services import CONTRACT, job_name
from groundplan.errors import TargetError
from groundplan.operations.delivery.contract import Contract
from groundplan.ports.journal import Outcome, State
from groundplan.targets.local.delivery.schema import LocalSchema
from groundplan.targets.local.folder import Folder
from groundplan.twin.clock import VirtualClock
from groundplan.twin.journal import TwinJournal
from tests.agent.test_releasing import PLAN, Nobody

PROCESS = Process(command=("touch", "contracted"), workdir=".", environment=())
JOB = Job(name=job_name("shop", CONTRACT), service="shop", version="1.9", process=PROCESS, needs=())


def contracted(folder: Path, running: Design, *, version: str = "1.9") -> Outcome:
    """What comes of the contraction of that version while that design runs."""
    Folder(folder).create()
    Folder(folder).record(running)
    release = release_of(data_plane(), "shop")
    rolling = Rolling(
        plan=PLAN, release=replace(release, version=version, jobs=(JOB,)), source=str(folder)
    )
    asked = keep(folder, rolling)
    note(folder, Before(release=asked.release, left=asked.release))
    wanted = Contract(service="shop", version=version, release=asked.release, due=0.0)
    here = Here(folder=folder, design=running, operations=Nobody(), lent=Nobody())
    return perform_now(TwinJournal(clock=VirtualClock()), here, wanted)


def test_it_contracts_and_closes_the_way_back(tmp_path: Path) -> None:
    outcome = contracted(tmp_path, without_canary(data_plane(), "shop"))
    assert outcome.state is State.DONE, outcome.summary
    assert (tmp_path / "contracted").exists()
    with pytest.raises(TargetError, match=r"shop 1.9 has contracted the schema"):
        way_back(tmp_path)


def test_it_refuses_while_another_version_runs(tmp_path: Path) -> None:
    outcome = contracted(tmp_path, without_canary(data_plane(), "shop"), version="2.0")
    assert outcome.state is State.REFUSED
    assert "shop 1.9 runs (us-east-1/shop-1), not 2.0" in outcome.summary
    assert not (tmp_path / "contracted").exists()
    assert way_back(tmp_path).service == "shop"


def test_it_refuses_beside_a_release(tmp_path: Path) -> None:
    stable = without_canary(data_plane(), "shop")
    outcome = contracted(tmp_path, started(stable, release_of(stable, "shop"), ("us-east-1",)))
    assert outcome.state is State.REFUSED
    assert "a release of shop goes on" in outcome.summary


def test_a_service_that_is_gone_has_no_schema_to_contract(tmp_path: Path) -> None:
    Folder(tmp_path).create()
    Folder(tmp_path).record(replace(data_plane(), parts=()))
    release = release_of(data_plane(), "shop")
    schema = LocalSchema(folder=tmp_path, source=tmp_path, release=release)
    assert schema.refusal() == "shop does not run here any more"
