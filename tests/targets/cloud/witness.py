"""What a key of the file decides: change its value, and look at which rendered lines and which
local parts are different then. Nobody has to say where a key is honoured, and nobody can forget."""

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import ValidationError
from targets.cloud.rendering import ATLAS, MVLBIM

from groundplan.design.build import build
from groundplan.errors import SpecError
from groundplan.spec.compose import compose
from groundplan.spec.load import Source, load, value_of
from groundplan.spec.nodes import Entry, Listing, Scalar, Table, find, walk
from groundplan.spec.nodes import Path as Keys
from groundplan.spec.overlay import merge, overlays
from groundplan.spec.places import Places
from groundplan.spec.platform import Platform
from groundplan.targets.cloud.design.cluster import Cluster, cluster
from groundplan.targets.cloud.design.sites import sites
from groundplan.targets.cloud.kubernetes import tree as kubernetes
from groundplan.targets.cloud.pipelines import tree as pipelines
from groundplan.targets.cloud.terraform import tree as terraform

# Sites enough to see a primary, its partner, and every environment.
SEEN = ("dev/us-east-1", "staging/us-east-1", "production/us-east-1", "production/ca-central-1")
LITERALS = re.compile(r"'([^']+)'")


@dataclass(frozen=True, slots=True)
class Seen:
    """What was different: "file:line" of rendered files, names of local parts and promises."""

    files: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.files or self.parts)


def root_of(path: Path) -> Table:
    """The tree of a file."""
    return compose(path.read_text(), str(path))[0]


@cache
def base() -> Source:
    return load(MVLBIM)


def sources_of(root: Table) -> tuple[Source, ...]:
    """As `load` makes them, for every environment and the file itself; ValidationError."""
    places = Places(str(MVLBIM), root)

    def source(tree: Table, name: str | None) -> Source:
        platform = Platform.model_validate(value_of(tree))
        return replace(base(), platform=platform, places=places, environment=name)

    found = [source(merge(root, change), name) for name, change in overlays(root)]
    named = {each.environment for each in found}
    rest = [name for name in ("dev", "staging", "production") if name not in named]
    return (*found, *(source(root, name) for name in rest), source(root, None))


def files_of(sources: tuple[Source, ...]) -> dict[str, str]:
    """The rendered files of the sites that are looked at."""
    clusters: list[Cluster] = []
    for number, source in enumerate(sources[:-1]):
        for site in sites(source, number, ATLAS):
            if f"{site.environment}/{site.region}" in SEEN or site.role == "primary":
                last = number == len(sources) - 2
                clusters.append(cluster(source, site, ATLAS, has_users=last))
    every = tuple(clusters)
    found = [file for each in every for file in kubernetes.files(each)]
    found += [*terraform.files(every, None), *pipelines.files(every)]
    return {file.path: file.text for file in found}


def local_of(source: Source) -> dict[str, str]:
    """The local design, by part and promise."""
    data = json.loads(build(source, regions="all").to_json())
    parts = {f"{part['kind']}": "" for part in data["parts"]}
    for part in data["parts"]:
        parts[part["kind"]] += json.dumps(part)
    for job in data["jobs"]:
        parts["migration"] = json.dumps(job)
    for promise in data["promises"]:
        said = {key: promise[key] for key in ("id", "target", "limit", "bound", "statement")}
        parts[f"promise {promise['id']}"] = json.dumps(said)
    return {**parts, "regions": json.dumps(data["regions"]), "entry": json.dumps(data["entry"])}


@cache
def plain() -> tuple[dict[str, str], dict[str, str]]:
    sources = sources_of(root_of(MVLBIM))
    return files_of(sources), local_of(sources[-1])


def witnesses(keys: Keys) -> Seen | None:
    """What a changed value changes; None when no other value could be put there."""
    root = root_of(MVLBIM)
    node = find(root, keys)
    assert isinstance(node, Scalar)
    is_valid, seen = False, Seen()
    for text in _others(root, keys, node):
        _put(root, keys, replace(node, text=text))
        try:
            sources = sources_of(root)
            found = _difference(files_of(sources), local_of(sources[-1]))
        except (ValidationError, SpecError):
            continue
        is_valid = True
        seen = Seen((*seen.files, *found.files), (*seen.parts, *found.parts))
        if seen:
            return seen
    return seen if is_valid else None


def _difference(files: dict[str, str], local: dict[str, str]) -> Seen:
    before, before_local = plain()
    lines = [
        f"{path}:{line}"
        for path, text in before.items()
        if files.get(path) != text
        for line in _first_line(text, files.get(path, ""))
    ]
    gone = {path for path in files if path not in before}
    parts = [name for name, text in before_local.items() if local.get(name) != text]
    return Seen((*lines, *(f"{path}:1" for path in sorted(gone) if not lines)), tuple(parts))


def _first_line(before: str, after: str) -> Iterator[int]:
    matcher = difflib.SequenceMatcher(a=before.splitlines(), b=after.splitlines(), autojunk=False)
    for tag, start, *_ in matcher.get_opcodes():
        if tag != "equal":
            yield start + 1
            return


def _others(root: Table, keys: Keys, node: Scalar) -> Iterator[str]:
    """Other values that might stand there: numbers one larger, the choices that there are."""
    text = node.text
    if text in ("true", "false"):
        yield {"true": "false", "false": "true"}[text]
        return
    for found in re.finditer(r"\d+", text):
        for number in (int(found[0]) + 1, int(found[0]) - 1, int(found[0]) * 2, int(found[0]) // 2):
            yield f"{text[: found.start()]}{number:0{len(found[0])}d}{text[found.end() :]}"
    yield from _choices(root, keys, node)
    yield from (f"{text}x", f"x{text}", f"{text}/hour", "every 2h", "weekly")


def _choices(root: Table, keys: Keys, node: Scalar) -> Iterator[str]:
    _put(root, keys, replace(node, text="no such choice"))
    try:
        Platform.model_validate(value_of(root))
    except ValidationError as error:
        for each in error.errors():
            yield from LITERALS.findall(str(each.get("ctx", {}).get("expected", "")))


def _put(root: Table, keys: Keys, node: Scalar) -> None:
    holder = find(root, keys[:-1])
    if isinstance(holder, Table):
        key = str(keys[-1])
        holder.entries[key] = Entry(key=holder.entries[key].key, value=node)
    elif isinstance(holder, Listing):
        holder.items[int(keys[-1])] = node


def leaves(path: Path) -> dict[Keys, Scalar]:
    """Every value of a file with its keys."""
    return {keys: node for keys, node in walk(root_of(path)) if isinstance(node, Scalar)}
