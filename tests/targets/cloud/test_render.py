"""The whole tree: the same file gives the same bytes, and what is one platform's stays there."""

import re
from pathlib import Path

import pytest
from targets.cloud.rendering import (
    ATLAS,
    MVLBIM,
    PLATFORMS,
    ROOT,
    UNRELATED,
    rendered,
    sources,
    tree,
)

from groundplan.targets.cloud.render import render

GOLDEN = ROOT / "tests" / "golden" / "cloud"
SHOWN = [
    (PLATFORMS / "bakery.yaml", "bakery", ""),
    (PLATFORMS / "clinic.yaml", "clinic", r"live[-/]eu-north-1"),
    (MVLBIM, "mvlbim", r"production[-/]us-east-1"),
]


@pytest.mark.parametrize(("path", "name", "only"), SHOWN, ids=[name for _, name, _ in SHOWN])
def test_files_are_as_shown(path: Path, name: str, only: str, update: bool) -> None:
    """To look at a change of a renderer: pytest --update, then read the difference."""
    found = "".join(
        f"==> {file} <==\n{text}" for file, text in tree(path).items() if re.search(only, file)
    )
    golden = GOLDEN / f"{name}.txt"
    if update:
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(found)
    assert found == golden.read_text()


def test_the_same_file_gives_the_same_bytes() -> None:
    assert tuple(render(sources(MVLBIM), ATLAS)) == rendered(MVLBIM)


def test_no_path_is_written_twice() -> None:
    for path in (MVLBIM, *UNRELATED):
        assert len(tree(path)) == len(rendered(path))


def test_each_file_says_where_it_comes_from() -> None:
    for file in rendered(MVLBIM):
        first = file.text.partition("\n")[0]
        assert re.fullmatch(r"(#|//|<!--) From .+ of the platform file\.( -->)?", first), file.path


def test_one_environment_is_a_part_of_the_whole() -> None:
    some = tuple(render(sources(MVLBIM), ATLAS, "staging"))
    assert {file.environment for file in some} <= {"staging", None}
    assert set(some) < set(rendered(MVLBIM))


@pytest.mark.parametrize("path", UNRELATED, ids=lambda path: path.stem)
def test_nothing_of_one_platform_is_in_another(path: Path) -> None:
    text = "".join(f"{name}\n{text}" for name, text in tree(path).items())
    for word in ("mvlbim", "bim", "us-east-1", "ca-central-1", "123456789012", "construction"):
        assert not re.search(rf"\b{word}\b", text), word
    for other in UNRELATED:
        assert other == path or not re.search(rf"\b{other.stem}\b", text)


def test_a_change_in_the_file_changes_only_what_it_concerns(tmp_path: Path) -> None:
    written = (PLATFORMS / "clinic.yaml").read_text()
    changed = tmp_path / "clinic.yaml"
    changed.write_text(written.replace("requests: {cpu: 100m,", "requests: {cpu: 200m,"))
    before, after = tree(PLATFORMS / "clinic.yaml"), tree(changed)
    different = {path for path in before.keys() | after.keys() if before[path] != after[path]}
    assert different == {path for path in before if re.search("apps/letters/.*/workload", path)}


def test_what_a_platform_does_not_have_is_not_in_its_files() -> None:
    """The bakery has one service in one region. Modules are the same for everybody, and the first
    line of a file names sections that there might be."""
    lines = [
        f"{name}: {line}"
        for name, text in tree(PLATFORMS / "bakery.yaml").items()
        if not name.startswith("terraform/modules/")
        for line in text.splitlines()
        if not line.startswith("# From ")
    ]
    words = r"azure|istio|velero|jaeger|tracing|5432|6379|cloudflare"
    assert [line for line in lines if re.search(words, line, re.I)] == []


def test_nothing_empty_is_said() -> None:
    for name, text in tree(PLATFORMS / "bakery.yaml").items():
        if name.startswith("gitops/apps/"):
            empty = [line for line in text.splitlines() if line.endswith(("[]", "{}"))]
            assert {line.strip(" -") for line in empty} <= {"podSelector: {}"}, name
