"""What loads of pages prove: the slowest counts, and what is not known is unknown."""

from dataclasses import replace
from pathlib import Path

import pytest
from promise.samples import PROMISE

from groundplan.agent.sampling.pages import ID, LOADS, Pages, evidence
from groundplan.agent.voice import Voice
from groundplan.design.design import Design
from groundplan.ports.folder import DESIGN, LEDGER
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Bound, EvidenceKind, Verdict

PAGE = replace(PROMISE, id=ID, limit=3.0, unit="s", bound=Bound.AT_MOST)
QUICK = [0.2] * LOADS


def test_the_slowest_page_counts() -> None:
    found = evidence(PAGE, {"/": QUICK, "/slow": [0.5] * 4 + [2.0]}, "", at=7.0)
    assert (found.verdict, found.value, found.samples) == (Verdict.KEPT, 2.0, 10)
    assert evidence(PAGE, {"/": [*QUICK, 3.1]}, "", at=7.0).verdict is Verdict.BROKEN


def test_one_of_twenty_loads_may_be_slow() -> None:
    assert evidence(PAGE, {"/": [0.2] * 19 + [9.0]}, "", at=7.0).value == 0.2


@pytest.mark.parametrize(
    ("times", "why", "because"),
    [
        ({}, "no page is named: kpis.pages", "no page is named"),
        ({"/": QUICK}, "it did not answer in time", "it did not answer in time"),
        ({"/": QUICK[1:]}, "", "too few loads yet"),
        ({"/": QUICK, "/b": []}, "", "too few loads yet"),
    ],
)
def test_what_is_not_known_is_unknown(
    times: dict[str, list[float]], why: str, because: str
) -> None:
    found = evidence(PAGE, times, why, at=7.0)
    assert (found.verdict, found.value) == (Verdict.UNKNOWN, None)
    assert because in found.because


def test_a_look_without_pages_writes_that_into_the_ledger(tmp_path: Path) -> None:
    design = Design(
        platform="shop", environment="x", entry="", regions=(), parts=(), promises=(PAGE,)
    )
    (tmp_path / DESIGN).write_bytes(design.to_json())
    Pages(tmp_path, Voice()).look(7.0)
    with Ledger(tmp_path / LEDGER) as ledger:
        found = ledger.latest(ID, EvidenceKind.MEASURED)
    assert found is not None
    assert found.because == "no page is named: kpis.pages"


def test_without_the_promise_nothing_is_written(tmp_path: Path) -> None:
    design = Design(platform="shop", environment="x", entry="", regions=(), parts=())
    (tmp_path / DESIGN).write_bytes(design.to_json())
    Pages(tmp_path, Voice()).look(7.0)
    assert not (tmp_path / LEDGER).exists()
