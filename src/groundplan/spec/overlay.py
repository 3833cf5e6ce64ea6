"""An environment's overlay: its values over the file's own, with the places of both kept.

Mappings are merged key by key, anything else is replaced, an empty value removes the key.
"""

from collections.abc import Iterator

from groundplan.errors import Finding
from groundplan.spec.emptiness import is_empty
from groundplan.spec.nodes import Entry, Table, dotted, step
from groundplan.spec.places import Places
from groundplan.spec.rules import OVERLAYS_MAX, VALIDATED_MAX, Rule

FIXED = frozenset({"platform", "environments"})


def overlays(root: Table) -> Iterator[tuple[str, Table]]:
    """The environments that change something, and what they change."""
    environments = step(root, "environments")
    if environments is None or not isinstance(environments.value, Table):
        return
    for name, entry in environments.value.entries.items():
        change = step(entry.value, "overlay")
        if change is not None and isinstance(change.value, Table):
            yield name, change.value


def overlays_max(root: Table) -> int:
    """How many environments may change a file of that size."""
    return min(OVERLAYS_MAX, VALIDATED_MAX // root.size)


def merge(base: Table, change: Table) -> Table:
    """The base with the change over it."""
    entries = dict(base.entries)
    for name, entry in change.entries.items():
        if is_empty(entry.value):
            entries.pop(name, None)
        else:
            entries[name] = _merged(entries.get(name), entry)
    return Table(base.mark, in_line=base.in_line, entries=entries)


def wrong_overlays(root: Table, places: Places) -> Iterator[Finding]:
    """What an overlay says that no environment may change."""
    found = tuple(overlays(root))
    most = overlays_max(root)
    if len(found) > most:
        size = "a file" if most == OVERLAYS_MAX else f"a file of {root.size:,} values"
        yield Finding(
            rule=Rule.TOO_LARGE,
            message=f"{len(found)} environments have overlays; {size} has at most {most}",
            why="the whole file is checked with each of them",
            try_="keep the environments that run, and move others to a file of their own",
            place=places("environments"),
            path="environments",
        )
    for name, change in found:
        for key in FIXED.intersection(change.entries):
            path = ("environments", name, "overlay", key)
            yield Finding(
                rule=Rule.WRONG_OVERLAY,
                message=f"an environment cannot change {key}",
                why="it is what all environments of a file have in common",
                try_=f"remove {key} from the overlay of {name}",
                place=places.key(path),
                path=dotted(path),
            )


def _merged(old: Entry | None, new: Entry) -> Entry:
    if not isinstance(new.value, Table):
        return new
    if old is not None and isinstance(old.value, Table):
        return Entry(old.key, merge(old.value, new.value))
    return Entry(new.key, merge(Table(new.value.mark), new.value))  # drops its own empty values
