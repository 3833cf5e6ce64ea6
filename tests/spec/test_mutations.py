"""However the document is damaged, loading ends with a platform or with findings."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from groundplan.errors import SpecError
from groundplan.spec.load import Source, load

DOCUMENT = (
    Path(__file__).parent.parent.parent / "examples" / "mvlbim" / "platform.yaml"
).read_text()
LINES = DOCUMENT.splitlines(keepends=True)
WORDS = sorted(set(re.findall(r"[\w.%$/<-]+", DOCUMENT)))
ODD = ["", "~", "[]", "{}", "- x", ":", "&a", "*a", "<<", "!!x y", "'", '"', "|", "\t", "%", "@"]
ODD += [
    "-1",
    "true",
    "on",
    "012",
    "1_0",
    "12:30",
    ".nan",
    "9" * 5000,
    "é",
    "\u2028",
    "# ",
    "{{ x }}",
]
ODD += ["{{ x }}", "---", "...", "? a", "[" * 100, "\0", "\ufeff"]
AT_LINE = st.integers(0, len(LINES) - 1)

many = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mutated") / "platform.yaml"


def check(path: Path, text: str, environment: str | None = None) -> Source | None:
    """The source, or None after complete findings. Anything else that is raised fails the test."""
    path.write_bytes(text.encode("utf-8", "replace"))
    try:
        return load(path, environment)
    except SpecError as refused:
        lines = text.count("\n") + text.count("\r") + text.count("\u2028") + 2
        for finding in refused.findings:
            place = finding.place
            if not (finding.message and finding.why and finding.try_ and place):
                raise AssertionError(f"incomplete: {finding}") from refused
            if not (0 < place.line <= lines and place.column > 0):
                raise AssertionError(f"nowhere: {finding}") from refused
        return None


@many
@given(index=AT_LINE, count=st.integers(1, 20))
def test_lines_taken_out(path: Path, index: int, count: int) -> None:
    check(path, "".join(LINES[:index] + LINES[index + count :]))


@many
@given(start=AT_LINE, count=st.integers(1, 20), to=AT_LINE)
def test_lines_copied_elsewhere(path: Path, start: int, count: int, to: int) -> None:
    check(path, "".join(LINES[:to] + LINES[start : start + count] + LINES[to:]), "dev")


@many
@given(index=AT_LINE, spaces=st.integers(-4, 4))
def test_a_line_indented_otherwise(path: Path, index: int, spaces: int) -> None:
    line = LINES[index]
    moved = " " * spaces + line if spaces > 0 else line.removeprefix(" " * -spaces)
    check(path, "".join([*LINES[:index], moved, *LINES[index + 1 :]]))


@many
@given(index=AT_LINE, value=st.sampled_from(ODD + WORDS))
def test_a_value_replaced(path: Path, index: int, value: str) -> None:
    line = re.sub(r"(: |- )[^#\n]*", lambda found: found[1] + value, LINES[index], count=1)
    check(path, "".join([*LINES[:index], line, *LINES[index + 1 :]]), "staging")


@many
@given(index=AT_LINE, key=st.sampled_from(ODD + WORDS))
def test_a_key_replaced(path: Path, index: int, key: str) -> None:
    line = re.sub(r"[\w.-]+(?=:)", lambda _: key, LINES[index], count=1)
    check(path, "".join([*LINES[:index], line, *LINES[index + 1 :]]))


@many
@given(at=st.integers(0, len(DOCUMENT)), text=st.one_of(st.sampled_from(ODD), st.text(max_size=5)))
def test_characters_put_in(path: Path, at: int, text: str) -> None:
    check(path, DOCUMENT[:at] + text + DOCUMENT[at:])


@many
@given(at=st.integers(0, len(DOCUMENT)))
def test_the_end_cut_off(path: Path, at: int) -> None:
    check(path, DOCUMENT[:at])


@many
@given(data=st.binary(max_size=200))
def test_bytes_instead_of_a_file(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    try:
        load(path)
    except SpecError as refused:
        assert refused.findings  # noqa: PT017 (the property is that nothing else is raised)


def test_the_undamaged_file_loads(path: Path) -> None:
    assert check(path, DOCUMENT) is not None
