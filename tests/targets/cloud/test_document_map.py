"""The page of the document: it is current, and no value of the document is without an answer.

`--update` writes it.
"""

import re

import pytest
from targets.cloud.document_map import DOCUMENT, NOT_YET, PAGE, chapter, page, sections, told
from targets.cloud.rendering import MVLBIM
from targets.cloud.witness import leaves, witnesses

from groundplan.spec.nodes import dotted

# Which local parts are named may differ from release to release; that some are may not.
PARTS = re.compile(r"here: [^;|]*[^;| ]")
ROW = re.compile(r"^\| `(.+)` \| .* \| (.*) \|$", re.MULTILINE)


def told_apart(text: str) -> str:
    """A page without the names of local parts."""
    return PARTS.sub("here", text)


@pytest.mark.timeout(120)  # all sections at once, only when it is written
def test_the_page_can_be_written(update: bool) -> None:
    if update:
        PAGE.write_text(page())
    assert PAGE.exists()


@pytest.mark.parametrize("section", sections())
def test_the_page_is_current(section: str) -> None:
    assert told_apart(chapter(section)) in told_apart(PAGE.read_text()), "pytest --update"


def test_every_value_has_an_answer() -> None:
    rows = dict(ROW.findall(PAGE.read_text()))
    assert list(rows) == [dotted(keys) for keys in leaves(DOCUMENT)]
    assert [key for key, where in rows.items() if not where.strip()] == []
    open_ones = sum(NOT_YET in where for where in rows.values())
    assert f"{open_ones} are **{NOT_YET}**" in PAGE.read_text()


def test_nothing_is_told_of_keys_that_are_not_there() -> None:
    names = [dotted(keys) for keys in leaves(DOCUMENT)]
    assert [t.keys for t in told() if not any(re.fullmatch(t.keys, name) for name in names)] == []


@pytest.mark.parametrize(
    ("keys", "file"),
    [
        (("autoscaling", "horizontal_pod_autoscaler", "max_replicas"), "autoscaler.yaml"),
        (("cost_monitoring", "budgets", 0, "alerts", 2), "live/global/main.tf"),
        (("spot_instances", "percentage"), "machines.yaml"),
    ],
)
def test_a_changed_value_is_seen_where_it_is_rendered(
    keys: tuple[str | int, ...], file: str
) -> None:
    seen = witnesses(keys)
    assert seen is not None
    assert any(file in each for each in seen.files)


def test_a_value_that_nobody_reads_is_seen_to_be_so() -> None:
    keys = ("implementation_timeline", 0, "months")
    assert keys in leaves(MVLBIM)
    assert not witnesses(keys)
