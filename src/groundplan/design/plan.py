"""The difference between two designs: what a target has to do, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from groundplan.design.design import Design
from groundplan.design.parts import AnyPart, PartKind, Postgres, Redis


class Sign(StrEnum):
    """What happens to a part, as in Terraform's plans."""

    CREATE = "+"
    UPDATE = "~"
    DELETE = "-"
    REPLACE = "±"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One fact of a part that changes, as text."""

    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One line of a plan."""

    sign: Sign
    part: str
    kind: PartKind
    site: str
    changes: tuple[Difference, ...] = ()
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that has to be done, in the order of the new design, deletions last."""

    actions: tuple[Action, ...]

    @property
    def is_empty(self) -> bool:
        """True when what runs is what the file says."""
        return not self.actions

    def of(self, part: str) -> Action | None:
        """The action for a part, if it has one."""
        return next((action for action in self.actions if action.part == part), None)


def compare(old: Design | None, new: Design, ailing: Mapping[str, str] | None = None) -> Plan:
    """What turns `old` (None: nothing runs yet) into `new`.

    `ailing` maps the names of parts that should run but do not to the reason: they are mended.
    """
    ailing = ailing or {}
    before = {part.name: part for part in old.parts} if old else {}
    after = {part.name for part in new.parts}
    actions = [_action(before.get(part.name), part, ailing.get(part.name)) for part in new.parts]
    gone = [
        Action(
            sign=Sign.DELETE,
            part=part.name,
            kind=part.kind,
            site=part.site,
            because="no longer in the file",
        )
        for part in before.values()
        if part.name not in after
    ]
    return Plan(actions=(*(action for action in actions if action), *gone))


def _action(old: AnyPart | None, new: AnyPart, ill: str | None) -> Action | None:
    if old is None:
        return Action(sign=Sign.CREATE, part=new.name, kind=new.kind, site=new.site, because="new")
    changes = _differences(old, new)
    if not changes and ill is None:
        return None
    sign = Sign.REPLACE if _must_be_rebuilt(old, new) else Sign.UPDATE
    because = f"it {ill}" if ill else "changed in the file"
    return Action(
        sign=sign,
        part=new.name,
        kind=new.kind,
        site=new.site,
        changes=changes,
        because=because,
    )


def _differences(old: AnyPart, new: AnyPart) -> tuple[Difference, ...]:
    names = {field.name for part in (old, new) for field in fields(part) if field.compare}
    pairs = ((name, getattr(old, name, None), getattr(new, name, None)) for name in sorted(names))
    return tuple(
        Difference(field=name, old=_shown(before), new=_shown(now))
        for name, before, now in pairs
        if before != now
    )


def _must_be_rebuilt(old: AnyPart, new: AnyPart) -> bool:
    """A server that moves to another address cannot keep its neighbours' view of it."""
    moved = old.address != new.address
    return type(old) is not type(new) or (moved and isinstance(new, Postgres | Redis))


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return "-" if value is None else str(value)
