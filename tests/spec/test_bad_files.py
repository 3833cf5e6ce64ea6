"""Broken files and exactly what is said about each: tests/golden/spec/<theme>/<case>.bad.yaml."""

from pathlib import Path

import pytest

from groundplan.errors import SpecError
from groundplan.spec.load import load

CASES = sorted((Path(__file__).parent.parent / "golden" / "spec").glob("*/*.bad.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}/{case.name}")
def test_bad_file_gives_exactly_its_findings(
    case: Path, update: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(case.parent)
    with pytest.raises(SpecError) as refused:
        load(Path(case.name))
    said = f"{refused.value}\n".replace(case.name, "platform.yaml")
    answer = case.with_suffix(".txt")
    if update:
        answer.write_text(said)
    assert said == answer.read_text()


def test_there_are_two_hundred_bad_files() -> None:
    assert len(CASES) >= 200


def test_no_finding_speaks_of_the_library_behind_it() -> None:
    jargon = ("Input should", "pydantic", "validation error", "dictionary", "NoneType", "str ")
    for case in CASES:
        said = case.with_suffix(".txt").read_text()
        assert not [word for word in jargon if word in said], case


def test_each_finding_says_where_why_and_what_to_try() -> None:
    for case in CASES:
        said = case.with_suffix(".txt").read_text().splitlines()
        heads = [line for line in said if not line.startswith("  ")]
        assert heads, case
        assert all(line.startswith("platform.yaml:") for line in heads), case
        for word in ("  why  ", "  try  "):
            assert sum(line.startswith(word) for line in said) == len(heads), case
