"""From a path to a Source: the Platform with the place of everything. All findings at once."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from groundplan.errors import Finding, Place, SpecError
from groundplan.spec.compose import compose
from groundplan.spec.emptiness import empty_values
from groundplan.spec.guess import close_to
from groundplan.spec.nodes import Node, Path, Scalar, Table, find, marks
from groundplan.spec.overlay import merge, overlays, overlays_max, wrong_overlays
from groundplan.spec.places import Places
from groundplan.spec.platform import Platform
from groundplan.spec.reading import read
from groundplan.spec.rules import FINDINGS_MAX, Rule
from groundplan.spec.scalars import resolve
from groundplan.spec.wording import findings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A platform file that was read, for one environment or as it stands."""

    platform: Platform
    places: Places
    path: FilePath
    environment: str | None
    text: str
    digest: str  # SHA-256 of the file

    def place(self, path: str | Path) -> Place:
        """Where a key is written; its nearest parent's place when it is left to the default."""
        return self.places(path)


def load(path: FilePath, environment: str | None = None) -> Source:
    """Reads the file, or the standard input where the path is `-`. The overlays of all
    environments are checked, one or none is applied."""
    data, text = read(path)
    root, notes = compose(text, str(path))
    places = Places(str(path), root)
    findings = [*notes, *empty_values(root, places), *wrong_overlays(root, places)]
    if environment is not None:
        findings += _unknown_environment(environment, root, places)
    platform, wrong = _validated(root, str(path))
    findings += wrong
    for name, change in islice(overlays(root), overlays_max(root)):
        merged = merge(root, change)
        variant, more = _validated(merged, str(path))
        findings += _told_apart(
            more, frozenset(wrong), name, {places.at(mark) for mark in marks(change)}
        )
        if name == environment:
            platform, places = variant, Places(str(path), merged)
    if platform is None or findings:
        raise SpecError(_told(findings, notes))
    return Source(
        platform=platform,
        places=places,
        path=path,
        environment=environment,
        text=text,
        digest=sha256(data).hexdigest(),
    )


def _validated(root: Table, file: str) -> tuple[Platform | None, tuple[Finding, ...]]:
    try:
        return Platform.model_validate(value_of(root)), ()
    except ValidationError as error:
        return None, findings_of(error, Places(file, root), Platform)


def value_of(node: Node) -> Any:
    """The plain values of a tree."""
    if isinstance(node, Table):
        return {key: value_of(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, Scalar):
        return resolve(node.text) if node.plain else node.text
    return [value_of(item) for item in node.items]


def _unknown_environment(name: str, root: Table, places: Places) -> Iterator[Finding]:
    below = find(root, ("environments",))
    names = tuple(below.entries) if isinstance(below, Table) else ()
    if name not in names:
        close = close_to(name, names)
        yield Finding(
            rule=Rule.WRONG_OVERLAY,
            message=f'there is no environment "{name}" in the file',
            why=f"it has: {', '.join(names)}" if names else "it has no environments",
            try_=f'did you mean "{close}"?' if close else "name one of the file's environments",
            place=places("environments"),
            path="environments",
        )


def _told_apart(
    findings: Iterable[Finding],
    known: Collection[Finding],
    environment: str,
    own: Collection[Place],
) -> Iterator[Finding]:
    """What is wrong only in an environment, and names it where the overlay itself does not."""
    for finding in findings:
        if finding not in known:
            message = f"{finding.message}, in the environment {environment}"
            yield finding if finding.place in own else replace(finding, message=message)


def _told(findings: Iterable[Finding], notes: tuple[Finding, ...]) -> list[Finding]:
    """What is told of a file: in its order, each once, without mere consequences, up to a bound."""
    unread = [note.path for note in notes if note.rule == Rule.UNSUPPORTED_YAML and note.path]
    once = {(finding.rule, finding.place, finding.message): finding for finding in findings}
    ordered = sorted(once.values(), key=lambda finding: finding.place or Place("", 0, 0))
    noted = frozenset(notes)
    told = list(
        islice(
            (finding for finding in ordered if finding in noted or not _is_below(finding, unread)),
            FINDINGS_MAX,
        )
    )
    return [*told, _more(told[-1])] if len(ordered) > FINDINGS_MAX else told


def _is_below(finding: Finding, unread: list[str]) -> bool:
    """Whether it is wrong only because YAML above it could not be read."""
    return any(f"{finding.path}.".startswith((f"{path}.", f"{path}[")) for path in unread)


def _more(last: Finding) -> Finding:
    return Finding(
        rule=Rule.TOO_LARGE,
        message=f"there is more; the first {FINDINGS_MAX} findings are told",
        why="so many have one cause, or this is another kind of file",
        try_="mend these first",
        place=last.place,
    )
