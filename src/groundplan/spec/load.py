"""From a path to a Source: the Platform with the place of everything. All findings at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from groundplan.errors import Finding, Place, SpecError
from groundplan.spec.compose import compose
from groundplan.spec.emptiness import empty_values
from groundplan.spec.guess import close_to
from groundplan.spec.nodes import Node, Path, Scalar, Table, dotted, step
from groundplan.spec.overlay import FIXED, merge, overlays
from groundplan.spec.places import Places
from groundplan.spec.platform import Platform
from groundplan.spec.reading import read
from groundplan.spec.rules import Rule
from groundplan.spec.scalars import resolve
from groundplan.spec.wording import findings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A platform file that was read, for one environment or as it stands."""

    platform: Platform
    places: Places
    path: FilePath
    environment: str | None
    digest: str  # SHA-256 of the file

    def place(self, path: str | Path) -> Place:
        """Where a key is written; its nearest parent's place when it is left to the default."""
        return self.places(path)


def load(path: FilePath, environment: str | None = None) -> Source:
    """Reads the file. The overlays of all environments are checked, one or none is applied."""
    data, text = read(path)
    root, notes = compose(text, str(path))
    variants: dict[str | None, Table] = {None: root}
    variants |= {name: merge(root, change) for name, change in overlays(root)}
    places = Places(str(path), root)
    findings = [*notes, *empty_values(root, places), *_wrong_overlays(root, places, environment)]
    platforms: dict[str | None, Platform] = {}
    for name, tree in variants.items():
        try:
            platforms[name] = Platform.model_validate(value_of(tree))
        except ValidationError as error:
            findings += findings_of(error, Places(str(path), tree), Platform)
    if findings:
        raise SpecError(_in_order(findings))
    chosen = environment if environment in platforms else None
    return Source(
        platform=platforms[chosen],
        places=Places(str(path), variants[chosen]),
        path=path,
        environment=environment,
        digest=sha256(data).hexdigest(),
    )


def value_of(node: Node) -> Any:
    """The plain values of a tree."""
    if isinstance(node, Table):
        return {key: value_of(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Scalar):
        return resolve(node.text) if node.plain else node.text
    return [value_of(item) for item in node.items]


def _wrong_overlays(root: Table, places: Places, environment: str | None) -> Iterator[Finding]:
    environments = step(root, "environments")
    names = (
        environments.value.entries if environments and isinstance(environments.value, Table) else {}
    )
    if environment is not None and environment not in names:
        close = close_to(environment, names)
        yield Finding(
            rule=Rule.WRONG_OVERLAY,
            message=f'there is no environment "{environment}" in the file',
            why=f"it has: {', '.join(names)}" if names else "it has no environments",
            try_=f'did you mean "{close}"?' if close else "name one of the file's environments",
            place=places("environments"),
            path="environments",
        )
    for name, change in overlays(root):
        for key in FIXED:
            if key in change.entries:
                path = ("environments", name, "overlay", key)
                yield Finding(
                    rule=Rule.WRONG_OVERLAY,
                    message=f"an environment cannot change {key}",
                    why="it is what all environments of a file have in common",
                    try_=f"remove {key} from the overlay of {name}",
                    place=places.key(path),
                    path=dotted(path),
                )


def _in_order(findings: list[Finding]) -> list[Finding]:
    """By place; what several environments repeat only once."""
    once = {(finding.rule, finding.place, finding.message): finding for finding in findings}
    return sorted(once.values(), key=lambda finding: finding.place or Place("", 0, 0))
