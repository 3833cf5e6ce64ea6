"""Platforms and what is rendered from them, for the tests of the cloud target."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from groundplan.checks import facts
from groundplan.cli.asked.atlas import FactsAtlas
from groundplan.spec.load import Source, load
from groundplan.targets.cloud.files import File
from groundplan.targets.cloud.render import render

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
MVLBIM = ROOT / "examples" / "mvlbim" / "platform.yaml"
PLATFORMS = HERE / "platforms"
UNRELATED = sorted(PLATFORMS.glob("*.yaml"))
ATLAS = FactsAtlas(facts.load())


def sources(path: Path) -> tuple[Source, ...]:
    """A file for each of its environments."""
    first = load(path)
    names = tuple(first.platform.environments)
    return tuple(load(path, name) for name in names) or (first,)


@cache
def rendered(path: Path) -> tuple[File, ...]:
    """Everything that is rendered from a file."""
    return tuple(render(sources(path), ATLAS))


def tree(path: Path) -> dict[str, str]:
    """The same by path."""
    return {file.path: file.text for file in rendered(path)}


def objects(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every Kubernetes object with the file it is in; kustomizations and patches are none."""
    for file in rendered(path):
        is_object = file.path.startswith("gitops/") and not file.is_kept
        if is_object and not file.path.endswith("kustomization.yaml"):
            for item in yaml.load_all(file.text, Loader=yaml.CSafeLoader):
                yield file.path, item
