"""What a drill measures, from attempts that are written down."""

from pathlib import Path

import pytest

from groundplan.design.build import build
from groundplan.design.drills import drills
from groundplan.operations.recovery.drill.evidence import evidence
from groundplan.operations.recovery.drill.measure import Loss, Seen, is_calm, judged, loss, seen
from groundplan.operations.recovery.drill.report import (
    Moment,
    Report,
    from_json,
    to_html,
    to_json,
)
from groundplan.operations.recovery.drill.victims import victims
from groundplan.ports.witness import Attempt, Sort
from groundplan.promise.promise import Verdict
from groundplan.spec.load import load

PLATFORM = Path(__file__).parents[3] / "examples" / "mvlbim" / "platform.yaml"


def attempt(ended: float, *, ok: bool = True, sort: Sort = Sort.WRITE, key: str = "") -> Attempt:
    return Attempt(
        sort=sort, sent=ended - 0.1, ended=ended, is_served=ok, key=key or f"key-{ended:g}"
    )


def test_served_again_means_after_the_last_failure() -> None:
    attempts = [
        attempt(9.0, ok=False),  # before the fault
        attempt(10.5, ok=False),
        attempt(11.0),
        attempt(12.0, ok=False),
        attempt(13.5),
        attempt(14.0),
    ]
    found = seen(Sort.WRITE, attempts, fault=10.0)
    assert found == Seen(sort=Sort.WRITE, attempts=5, failed=2, restored_seconds=3.5)
    assert found.was_hurt


def test_what_still_fails_is_not_restored() -> None:
    found = seen(Sort.WRITE, [attempt(11.0), attempt(12.0, ok=False)], fault=10.0)
    assert found.restored_seconds is None


def test_what_never_failed_was_never_away() -> None:
    found = seen(Sort.READ, [attempt(11.0, sort=Sort.READ)], fault=10.0)
    assert found.restored_seconds == 0.0
    assert not found.was_hurt


def test_lost_is_what_was_acknowledged_and_is_gone() -> None:
    attempts = [
        attempt(8.0, key="a"),
        attempt(9.2, key="b"),
        attempt(9.9, key="c"),
        attempt(10.4, ok=False, key="d"),
        attempt(10.5, ok=False, key="e"),
        attempt(12.0, key="f"),
    ]
    found = loss(attempts, frozenset({"a", "d", "f"}), fault=10.0)
    assert found == Loss(acknowledged=4, lost=2, doubtful=1, lost_seconds=pytest.approx(0.8))


def test_calm_needs_both_sorts_and_no_failure() -> None:
    read, write = attempt(9.5, sort=Sort.READ), attempt(9.6)
    assert is_calm([read, write], now=10.0, seconds=1.0)
    assert not is_calm([read], now=10.0, seconds=1.0)
    assert not is_calm([read, write, attempt(9.7, ok=False)], now=10.0, seconds=1.0)
    assert is_calm([attempt(8.0, ok=False), read, write], now=10.0, seconds=1.0)


@pytest.mark.parametrize(
    ("rto", "lost", "verdict"),
    [
        (5.0, 0.0, Verdict.KEPT),
        (5.0, 2.0, Verdict.KEPT),
        (11.0, 0.0, Verdict.BROKEN),
        (5.0, 4.0, Verdict.BROKEN),
        (None, 0.0, Verdict.BROKEN),
    ],
)
def test_a_drill_is_judged_by_both_targets(
    rto: float | None, lost: float, verdict: Verdict
) -> None:
    gone = Loss(acknowledged=100, lost=int(lost > 0), doubtful=0, lost_seconds=lost)
    found, because = judged(rto, gone, rto_target=10.0, rpo_target=3.0)
    assert found is verdict
    assert because


def test_without_a_promise_any_loss_is_a_loss() -> None:
    gone = Loss(acknowledged=100, lost=1, doubtful=0, lost_seconds=0.5)
    assert judged(1.0, gone, rto_target=None, rpo_target=None)[0] is Verdict.BROKEN


def report(name: str, *, rto: float | None, verdict: Verdict = Verdict.KEPT) -> Report:
    return Report(
        drill=name,
        title=f"<{name}>",
        operation="op-1",
        region="us-east-1",
        fault_at=1_767_225_600.0,
        verdict=verdict,
        because="so it was",
        rto_seconds=rto,
        rto_target_seconds=60.0,
        rpo_seconds=0.5,
        rpo_target_seconds=60.0,
        seen=(Seen(sort=Sort.READ, attempts=10, failed=1, restored_seconds=rto),),
        loss=Loss(acknowledged=10, lost=0, doubtful=0, lost_seconds=0.0),
        moments=(Moment(seconds=0.0, what="the <edge> is killed"),),
    )


def test_the_worst_drill_counts_and_all_are_named() -> None:
    reports = [
        report("regional-outage", rto=6.0),
        report("corruption", rto=None, verdict=Verdict.BROKEN),
    ]
    rto, rpo = evidence(map(to_json, reports), at=5.0)
    assert (rto.verdict, rto.value, rto.samples) == (Verdict.BROKEN, None, 2)
    assert rto.because.startswith("<corruption>")
    assert "corruption, regional-outage" in rto.how
    assert rpo.promise == "disaster_recovery.rpo"
    assert evidence([], at=5.0) == ()


def test_a_report_comes_back_as_it_was_and_its_page_runs_nothing() -> None:
    told = report("edge", rto=2.0)
    assert from_json(to_json(told)) == told
    page = to_html(told)
    assert "the &lt;edge&gt; is killed" in page
    assert "<edge>" not in page
    assert "$" not in page


def test_each_drill_breaks_what_it_is_about_and_no_more() -> None:
    source = load(PLATFORM, None)
    design = build(source)
    broken = {
        drill.name: victims(design, drill, region="us-east-1", primary="us-east-1/postgres-1")
        for drill in drills(source)
    }
    assert broken["regional-outage"] == tuple(part.name for part in design.at("us-east-1"))
    assert broken["edge-loss"] == ("global/edge",)
    kinds = {design.part(name).kind for name in broken["cache-loss"]}
    assert kinds == {"redis", "sentinel"}
    (laggard,) = broken["replica-lag"]
    assert design.part(laggard).site != "us-east-1"
    assert broken["database-corruption"] == broken["security-breach"] == ()
