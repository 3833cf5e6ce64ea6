"""What the models refuse, in the words of the platform file: one Finding for each complaint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from groundplan.errors import Finding
from groundplan.spec.emptiness import is_unwanted
from groundplan.spec.guess import close_to, key_meant
from groundplan.spec.nodes import Path, Scalar, dotted, find, step
from groundplan.spec.outline import fields_of, quantity_at, section_at
from groundplan.spec.places import Places
from groundplan.spec.rules import Rule
from groundplan.spec.scalars import yaml11_meaning
from groundplan.spec.section import Section

NOT_GUESSED = "anything else could only be read by guessing"


def findings_of(error: ValidationError, places: Places, root: type[Section]) -> tuple[Finding, ...]:
    """Everything that is wrong, in the order of the models."""
    complaints = [
        _Complaint.of(detail, places, root)
        for detail in error.errors(include_url=False)
        if detail["type"] != "default_factory_not_called"  # follows from another one
    ]
    meant = {path for complaint in complaints for path in complaint.meant()}
    return tuple(
        complaint.finding()
        for complaint in complaints
        if not (complaint.kind == "missing" and complaint.path in meant)
        and not complaint.is_about_nothing
    )


@dataclass(frozen=True, slots=True)
class _Complaint:
    """One complaint of the models, with what is needed to put it into words."""

    kind: str
    path: Path
    value: Any
    context: Mapping[str, Any]
    places: Places
    root: type[Section]
    about_key: bool

    @classmethod
    def of(cls, detail: ErrorDetails, places: Places, root: type[Section]) -> "_Complaint":
        """From pydantic's own form; its path names types and tags too, which are left out."""
        kind, where = detail["type"], detail["loc"]
        about_key = where[-1:] == ("[key]",)
        node = places.root
        path: Path = ()
        for index, key in enumerate(where):
            below = step(node, key)
            is_missing = kind == "missing" and index == len(where) - 1
            if below is not None or is_missing:
                path = (*path, key)
            if below is not None:
                node = below.value
        context = detail.get("ctx", {})
        return cls(
            kind=kind,
            path=(*path, *context.get("key", ())),
            value=detail["input"],
            context=context,
            places=places,
            root=root,
            about_key=about_key,
        )

    @property
    def is_about_nothing(self) -> bool:
        """A key without a value has a finding of its own."""
        below = find(self.places.root, self.path)
        return below is not None and is_unwanted(self.path, below)

    @property
    def name(self) -> str:
        """The key, for a sentence; an item of a list by its list."""
        keys = [str(key) for key in self.path if not isinstance(key, int)]
        item = "an item of " if self.path and isinstance(self.path[-1], int) else ""
        return item + (keys[-1] if keys else "the file")

    def meant(self) -> tuple[Path, ...]:
        """The key that was probably meant by an unknown one."""
        if self.kind != "extra_forbidden":
            return ()
        key, _ = key_meant(self.root, self.path)
        return ((*self.path[:-1], key),) if key else ()

    def finding(self) -> Finding:
        """The complaint in our words."""
        say = _WORDS.get(self.kind, _any_other)
        finding = say(self)
        trap = self._trap()
        if trap is not None and finding.rule == Rule.WRONG_TYPE:
            finding = replace(finding, rule=Rule.YAML_TRAP, why=trap)
        return finding

    def say(self, rule: str, message: str, why: str, try_: str) -> Finding:
        """A finding at this complaint's place."""
        on_key = self.about_key or self.kind == "extra_forbidden"
        place = self.places.key(self.path) if on_key else self.places(self.path)
        return Finding(
            rule=rule, message=message, why=why, try_=try_, place=place, path=dotted(self.path)
        )

    def wrong_type(self, wanted: str, try_: str) -> Finding:
        """The value is of another kind."""
        message = f"{self.name} must be {wanted}, but it is {shown(self.value)}"
        return self.say(Rule.WRONG_TYPE, message, NOT_GUESSED, try_)

    def _trap(self) -> str | None:
        node = self.places.entry(self.path).value
        is_plain = isinstance(node, Scalar) and node.plain
        meaning = yaml11_meaning(str(self.value)) if is_plain else None
        if meaning is None:
            return None
        return f"without quotes YAML 1.1 reads {self.value} as {meaning}, YAML 1.2 as text"


def shown(value: object) -> str:
    """A value for a sentence."""
    match value:
        case None:
            return "empty"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {value}"
        case str():
            return f'the text "{value if len(value) <= 80 else value[:80] + "…"}"'
        case Mapping():
            return "a mapping"
    return "a list"


def _unknown_key(of: _Complaint) -> Finding:
    key = str(of.path[-1])
    section = ".".join(str(part) for part in of.path[:-1] if not isinstance(part, int))
    inside = section or "a platform file"
    meant, belongs = key_meant(of.root, of.path)
    message = f'"{key}" is not a key of {inside}'
    if belongs:
        return of.say(Rule.MISPLACED, message, "it says nothing in this place", belongs)
    model = section_at(of.root, of.path[:-1])
    known = ", ".join(sorted(fields_of(model))) if model else ""
    why = "a key that nothing reads is a promise that nobody keeps"
    try_ = f'did you mean "{meant}"?' if meant else f"the keys here are: {known}"
    return of.say(Rule.UNKNOWN_KEY, message, why, try_)


def _missing(of: _Complaint) -> Finding:
    key = str(of.path[-1])
    quantity = quantity_at(of.root, of.path)
    example = f"{key}: {quantity.examples[0]}" if quantity else f"{key}:"
    inside = dotted(of.path[:-1]) or "the file"
    return of.say(
        Rule.MISSING_KEY,
        f'"{key}" is missing from {inside}',
        f"{inside} means nothing without it",
        f"add `{example}`",
    )


def _choice(of: _Complaint) -> Finding:
    choices = [word.strip("'") for word in of.context["expected"].replace(" or ", ", ").split(", ")]
    close = close_to(of.value, choices) if isinstance(of.value, str) else None
    return of.say(
        Rule.NOT_A_CHOICE,
        f"{of.name} cannot be {shown(of.value)}",
        f"it is one of: {', '.join(choices)}",
        f'did you mean "{close}"?' if close else f"write {choices[0]}, or another of them",
    )


def _refused(of: _Complaint) -> Finding:
    words = of.context
    return of.say(words["rule"], words["message"], words["why"], words["try_"])


def _quantity(of: _Complaint) -> Finding:
    examples = " or ".join(of.context["examples"][:2])
    return of.say(
        Rule.WRONG_UNIT,
        f"{of.name}: {of.context['message']}",
        "a quantity is read with its unit, never guessed",
        f"write it like {examples}",
    )


def _quantity_type(of: _Complaint) -> Finding:
    examples = " or ".join(of.context["examples"][:2])
    if isinstance(of.value, int | float) and not isinstance(of.value, bool):
        return of.say(
            Rule.WRONG_UNIT,
            f"{of.name}: {of.value} has no unit",
            f"it is {of.context['forms']}",
            f"write it like {examples}",
        )
    return of.wrong_type(of.context["forms"], f"write it like {examples}")


def _number(wanted: str) -> Callable[[_Complaint], Finding]:
    def say(of: _Complaint) -> Finding:
        is_quoted = isinstance(of.value, str) and of.value.lstrip("-").replace(".", "").isdecimal()
        return of.wrong_type(wanted, "remove the quotes" if is_quoted else "write digits only")

    return say


def _truth(of: _Complaint) -> Finding:
    yes = str(of.value).casefold() in ("y", "yes", "on", "true", "1")
    no = str(of.value).casefold() in ("n", "no", "off", "false", "0")
    try_ = "write true" if yes else "write false" if no else "write true or false"
    return of.wrong_type("true or false", f"{try_}, without quotes")


def _text(of: _Complaint) -> Finding:
    if isinstance(of.value, bool):
        return of.wrong_type("text", f'put quotes around it: "{str(of.value).lower()}"')
    return of.wrong_type("text", f"write one text after `{of.name}:`")


def _list(of: _Complaint) -> Finding:
    is_single = isinstance(of.value, str | int | float)
    try_ = f"put it into a list: [{of.value}]" if is_single else "start each item with a dash"
    return of.wrong_type("a list", try_)


def _mapping(of: _Complaint) -> Finding:
    model = section_at(of.root, of.path)
    known = f", of: {', '.join(fields_of(model))}" if model else ""
    return of.wrong_type("a mapping of keys to values", f"write keys below it{known}")


def _bound(words: str, limit: str) -> Callable[[_Complaint], Finding]:
    def say(of: _Complaint) -> Finding:
        return of.say(
            Rule.OUT_OF_RANGE,
            f"{of.name} is {of.value}, but it must be {words} {of.context[limit]}",
            "there is nothing that the number could mean outside of that range",
            f"write a number that is {words} {of.context[limit]}",
        )

    return say


def _too_short(of: _Complaint) -> Finding:
    return of.say(
        Rule.MISSING_KEY,
        f"{of.name} is empty",
        "it needs at least one entry to mean anything",
        "write what belongs there, or remove the key if it may be left out",
    )


def _not_finite(of: _Complaint) -> Finding:
    return of.say(
        Rule.OUT_OF_RANGE,
        f"{of.name} is {of.value}, which is no number",
        "it cannot be compared with anything that is measured",
        "write a number in digits",
    )


def _any_other(of: _Complaint) -> Finding:
    return of.say(
        Rule.WRONG_TYPE,
        f"{of.name} cannot be {shown(of.value)}",
        NOT_GUESSED,
        "see the reference of the platform file",
    )


_WORDS: Mapping[str, Callable[[_Complaint], Finding]] = {
    "extra_forbidden": _unknown_key,
    "missing": _missing,
    "literal_error": _choice,
    "refused": _refused,
    "quantity": _quantity,
    "quantity_type": _quantity_type,
    "int_type": _number("a whole number"),
    "int_from_float": _number("a whole number"),
    "float_type": _number("a number"),
    "bool_type": _truth,
    "string_type": _text,
    "tuple_type": _list,
    "model_type": _mapping,
    "mapping_type": _mapping,
    "dict_type": _mapping,
    "greater_than_equal": _bound("at least", "ge"),
    "greater_than": _bound("more than", "gt"),
    "less_than_equal": _bound("at most", "le"),
    "too_short": _too_short,
    "string_too_short": _too_short,
    "finite_number": _not_finite,
}
