"""A picture of each environment: well-formed, with every region, and nothing falls out of it."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from targets.cloud.rendering import MVLBIM, UNRELATED, tree

SVG = "{http://www.w3.org/2000/svg}"


def pictures(path: Path) -> dict[str, ElementTree.Element]:
    return {
        name: ElementTree.fromstring(text)
        for name, text in tree(path).items()
        if name.startswith("topology/")
    }


def test_each_environment_has_one() -> None:
    assert list(pictures(MVLBIM)) == [
        "topology/dev.svg",
        "topology/staging.svg",
        "topology/production.svg",
    ]


def test_production_shows_six_regions_who_writes_and_who_follows() -> None:
    found = pictures(MVLBIM)["topology/production.svg"]
    heads = [text.text or "" for text in found.iter(f"{SVG}text") if text.get("class") == "head"]
    assert [head for head in heads if ": " in head][:2] == [
        "us-east-1: writes",
        "ca-central-1: takes over",
    ]
    assert len(heads) == 8  # and the edge and the standby
    assert [rect.get("class") for rect in found.iter(f"{SVG}rect")].count("writes") == 1
    assert len(list(found.iter(f"{SVG}path"))) == 3 + 5  # from the edge, to the replicas


@pytest.mark.parametrize(
    "path", [MVLBIM, *UNRELATED], ids=lambda path: path.parent.name + path.stem
)
def test_nothing_falls_out_of_it(path: Path) -> None:
    for found in pictures(path).values():
        width, height = float(found.get("width", 0)), float(found.get("height", 0))
        for rect in found.iter(f"{SVG}rect"):
            x, y, w, h = (float(rect.get(key, 0)) for key in ("x", "y", "width", "height"))
            assert x >= 0
            assert y >= 0
            assert x + w <= width
            assert y + h <= height
        for path_ in found.iter(f"{SVG}path"):
            numbers = [float(n) for n in re.findall(r"-?\d+", path_.get("d", ""))]
            assert all(0 <= n <= max(width, height) for n in numbers)
