"""Items of a timeline: their words name sections and promises, and evidence moves them on."""

from pathlib import Path

import pytest

from groundplan.design.build import build
from groundplan.design.roadmap import SIGNS, Item, Stage, roadmap
from groundplan.promise.promise import Evidence, EvidenceKind, Verdict
from groundplan.promise.standing import Standing
from groundplan.spec.load import load

EXAMPLES = Path(__file__).parents[2] / "examples"
MVLBIM = load(EXAMPLES / "mvlbim" / "platform.yaml")
PROMISES = build(MVLBIM).promises


def standings(**verdicts: Verdict) -> tuple[Standing, ...]:
    """Every promise kept by measurement, save those that begin with a name."""

    def verdict(name: str) -> Verdict:
        return next((v for begin, v in verdicts.items() if name.startswith(begin)), Verdict.KEPT)

    return tuple(
        Standing(
            promise=promise,
            measured=Evidence(
                promise=promise.id,
                kind=EvidenceKind.MEASURED,
                verdict=verdict(promise.id),
                value=None,
                at=0,
                how="a test",
                because="it says so",
                samples=1,
            ),
        )
        for promise in PROMISES
    )


def stages(items: tuple[Item, ...]) -> dict[str, Stage]:
    return {item.task: item.stage for item in items}


def test_every_item_of_the_example_is_understood() -> None:
    found = roadmap(MVLBIM.platform, (), is_built=False)
    assert len(found) == 12
    assert {item.stage for item in found} == {Stage.WRITTEN}


def test_what_is_measured_is_kept_and_what_no_promise_tells_is_built() -> None:
    found = stages(roadmap(MVLBIM.platform, standings(), is_built=True))
    assert found["Disaster recovery implementation"] is Stage.KEPT
    assert found["Performance optimization"] is Stage.KEPT
    assert found["Security hardening"] is Stage.BUILT
    assert found["CI/CD pipeline implementation"] is Stage.WRITTEN  # nothing of it runs here
    assert found["Auto-scaling implementation"] is Stage.WRITTEN  # no number of replicas moves here
    local = MVLBIM.platform.local.model_copy(update={"max_replicas": 5})
    moving = MVLBIM.platform.model_copy(update={"local": local})
    found = stages(roadmap(moving, standings(), is_built=True))
    assert found["Auto-scaling implementation"] is Stage.BUILT


@pytest.mark.parametrize(
    ("verdict", "stage"), [(Verdict.UNKNOWN, Stage.BUILT), (Verdict.BROKEN, Stage.BROKEN)]
)
def test_one_promise_is_enough(verdict: Verdict, stage: Stage) -> None:
    found = roadmap(MVLBIM.platform, standings(disaster_recovery=verdict), is_built=True)
    item = next(item for item in found if item.task == "Disaster recovery implementation")
    assert item.stage is stage
    assert "disaster_recovery.rto" in item.because


def test_a_section_that_is_not_there_leaves_an_item_open() -> None:
    bare = MVLBIM.platform.model_copy(update={"autoscaling": None})
    item = next(i for i in roadmap(bare, (), is_built=True) if i.task.startswith("Auto"))
    assert (item.stage, item.because) == (Stage.OPEN, "the file has no autoscaling")


def test_words_that_nobody_knows_are_said_to_be_so() -> None:
    phase = MVLBIM.platform.implementation_timeline[0]
    timeline = (phase.model_copy(update={"tasks": ("Buy a boat",)}),)
    other = MVLBIM.platform.model_copy(update={"implementation_timeline": timeline})
    assert stages(roadmap(other, (), is_built=True)) == {"Buy a boat": Stage.UNTOLD}


def test_without_a_timeline_each_section_that_promises_is_an_item() -> None:
    bakery = load(EXAMPLES / "bakery" / "platform.yaml")
    written = tuple(Standing(promise=promise) for promise in build(bakery).promises)
    found = roadmap(bakery.platform, written, is_built=False)
    assert [item.task for item in found] == ["kpis", "prometheus"]
    assert all(item.promises for item in found)


def test_signs_name_sections_that_there_are() -> None:
    named = {section for sign in SIGNS for section in sign.sections}
    assert named <= set(type(MVLBIM.platform).model_fields)
