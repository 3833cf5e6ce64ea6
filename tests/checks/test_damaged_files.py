"""However a platform file is damaged: findings or success, and no rule breaks.

GROUNDPLAN_RUNS=10000 asks for that many files instead of a hundred.
"""

import os
import re
from pathlib import Path

import pytest
from checks import damage, harness
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from groundplan.checks.catalogue import catalogue
from groundplan.checks.proofs.prove import prove
from groundplan.checks.run import check
from groundplan.checks.sarif import sarif
from groundplan.design.build import build
from groundplan.errors import Finding, SpecError

SLIPS = re.compile(r"\b(None|nan|inf)\b|Decimal\(|object at")  # Python's words, not ours
NUMBER = re.compile(r"(?<![\w.\-/:])\d[\d,]*(\.\d+)?")  # where it begins a value or stands alone
RUNS = int(os.environ.get("GROUNDPLAN_RUNS", "100"))
FILES = (
    harness.DOCUMENT,
    harness.ROOT / "examples" / "mvlbim" / "platform.yaml",
    harness.GOLDEN / "whole.yaml",
    harness.ROOT / "src" / "groundplan" / "spec" / "reference.yaml",
)
TEXTS = tuple(path.read_text(encoding="utf-8") for path in FILES)
many = settings(max_examples=RUNS, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "platform.yaml"


def judged(path: Path, text: str) -> str:
    """Does all that `groundplan check` does. Whatever but SpecError is raised fails the test."""
    path.write_text(text, encoding="utf-8")
    try:
        subject = harness.subject_at(path)
        build(subject.source, regions="all")
    except SpecError as refused:
        for finding in refused.findings:
            whole(finding, text)
        return "refused"
    report = check(subject, catalogue(), text=text)
    assert [(crash.rule, crash.trace) for crash in report.crashes] == []
    for finding in report.findings:
        whole(finding, text)
    sarif(report, catalogue(), version="1", root=path.parent)
    prove(subject)
    return "checked"


def whole(finding: Finding, text: str) -> None:
    """A finding that a person can use, at a place that the file has."""
    lines = len(text.splitlines()) + 1
    assert finding.message, finding
    assert finding.why, finding
    assert finding.try_, finding
    assert finding.place, finding
    for place in (finding.place, *finding.related):
        assert 1 <= place.line <= lines, finding
        assert place.column >= 1, finding
        assert place.end is None or (place.line, place.column) <= place.end, finding
    words = f"{finding.message} {finding.try_}"
    for slip in SLIPS.finditer(words):  # which the file may have said itself, as in ".nan"
        assert re.search(rf"\b{re.escape(slip[0])}", text), words


@pytest.mark.timeout(max(300, RUNS // 2))  # half a second each, on a machine that has other work
@many
@given(file=st.sampled_from(range(len(FILES))), edits=damage.EDITS)
def test_a_damaged_file_gives_findings_or_success(
    path: Path, file: int, edits: list[damage.Edit]
) -> None:
    """The number and not the text, which would be too long to be told when it fails."""
    event(judged(path, damage.damaged(TEXTS[file], edits)))


@pytest.mark.parametrize("text", TEXTS, ids=[path.name for path in FILES])
def test_the_undamaged_files_are_checked(path: Path, text: str) -> None:
    assert judged(path, text) == "checked"
    assert judged(path, damage.damaged(text, [])) == "checked"


@pytest.mark.timeout(max(300, RUNS // 2))  # half a second each, on a machine that has other work
@pytest.mark.parametrize("extreme", ["0", "9" * 15])
def test_any_number_may_be_nothing_or_endless(path: Path, extreme: str) -> None:
    """Each number of each file in turn: nothing divides by it, and nothing counts up to it."""
    numbers = [(text, found) for text in TEXTS for found in NUMBER.finditer(text)]
    for text, found in numbers[:: max(1, 6000 // RUNS)]:
        judged(path, f"{text[: found.start()]}{extreme}{text[found.end() :]}")


def test_counts_without_end_are_told_at_once(path: Path) -> None:
    """These were counted up to, one by one."""
    text = FILES[-1].read_text(encoding="utf-8")
    for key in ("    count: 1", "    count: 2", "num_cache_clusters: 3"):
        assert text.count(f"{key} ") == 1
        assert judged(path, text.replace(key, f"{key}{'9' * 15}")) == "refused"
