"""What the models refuse, in the words of the platform file: one Finding for each complaint."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice

from pydantic import ValidationError

from groundplan.errors import Finding
from groundplan.spec.complaint import Complaint, shown
from groundplan.spec.guess import close_to, key_meant
from groundplan.spec.nodes import dotted
from groundplan.spec.outline import fields_of, quantity_at, section_at
from groundplan.spec.places import Places
from groundplan.spec.rules import FINDINGS_MAX, Rule
from groundplan.spec.section import Section

LISTED_KEYS_MAX = 8


def findings_of(error: ValidationError, places: Places, root: type[Section]) -> tuple[Finding, ...]:
    """Everything that is wrong, in the order of the models."""
    complaints = [
        Complaint.of(detail, places, root)
        for detail in islice(error.errors(include_url=False), FINDINGS_MAX + 1)
        if detail["type"] != "default_factory_not_called"  # follows from another one
    ]
    explained = {path for complaint in complaints for path in complaint.explains()}
    return tuple(
        _finding(complaint)
        for complaint in complaints
        if not (complaint.kind == "missing" and complaint.path in explained)
        and not complaint.is_about_nothing
    )


def _finding(of: Complaint) -> Finding:
    finding = _WORDS.get(of.kind, _any_other)(of)
    trap = of.trap()
    if trap is not None and finding.rule == Rule.WRONG_TYPE:
        return replace(finding, rule=Rule.YAML_TRAP, why=trap)
    return finding


def _unknown_key(of: Complaint) -> Finding:
    key = str(of.path[-1])
    section = ".".join(str(part) for part in of.path[:-1] if not isinstance(part, int))
    inside = section or "a platform file"
    meant, belongs = key_meant(of.root, of.path)
    message = f'"{key}" is not a key of {inside}'
    if belongs:
        return of.say(Rule.MISPLACED, message, "it says nothing in this place", belongs)
    model = section_at(of.root, of.path[:-1])
    known = sorted(fields_of(model)) if model else []
    keys = f"the keys here are: {', '.join(known)}"
    others = keys if len(known) <= LISTED_KEYS_MAX else "`groundplan schema` names all keys"
    why = "a key that nothing reads is a promise that nobody keeps"
    try_ = f'did you mean "{meant}"?' if meant else others
    return of.say(Rule.UNKNOWN_KEY, message, why, try_)


def _missing(of: Complaint) -> Finding:
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


def _choice(of: Complaint) -> Finding:
    choices = [word.strip("'") for word in of.context["expected"].replace(" or ", ", ").split(", ")]
    word = of.value if isinstance(of.value, str) else ""
    parts = (choice for choice in choices if word and word in choice)
    meant = close_to(word, choices) or next(parts, None)
    return of.say(
        Rule.NOT_A_CHOICE,
        f"{of.name} cannot be {shown(of.value)}",
        f"it is {'one of' if len(choices) > 1 else 'always'}: {', '.join(choices)}",
        f'did you mean "{meant}"?' if meant else f"write {' or '.join(choices[:2])}",
    )


def _refused(of: Complaint) -> Finding:
    words = of.context
    return of.say(words["rule"], words["message"], words["why"], words["try_"])


def _quantity(of: Complaint) -> Finding:
    about = of.context
    is_form = f"{about['what']}: {about['forms']}" in about["problem"]
    return of.say(
        Rule.WRONG_UNIT,
        f"{of.name}: {about['problem'].removesuffix(': ' + about['forms'])}",
        f"{about['what']} is written as {about['forms']}" if is_form else "it would mean nothing",
        f'did you mean "{about["meant"]}"?' if about["meant"] else _like(about["examples"]),
    )


def _quantity_type(of: Complaint) -> Finding:
    about = of.context
    why = f"{about['what']} is written as {about['forms']}"
    if isinstance(of.value, int | float) and not isinstance(of.value, bool):
        message = f"{of.name}: {of.value} has no unit"
        return of.say(Rule.WRONG_UNIT, message, why, _like(about["examples"]))
    return of.wrong_type(about["what"], why, _like(about["examples"]))


def _like(examples: tuple[str, ...]) -> str:
    return f"write it like {' or '.join(examples[:2])}"


def _number(wanted: str) -> Callable[[Complaint], Finding]:
    def say(of: Complaint) -> Finding:
        if not isinstance(of.value, str):
            return of.wrong_type(wanted, "it is counted or measured", "write it in digits only")
        if re.fullmatch(r"-?[0-9]+(?:\.[0-9]+)?", of.value) and not of.is_plain:
            return of.wrong_type(wanted, "quotes make text of a number", "remove the quotes")
        digits = re.match(r"-?[1-9][0-9]*(?= )", of.value)
        try_ = f"write {digits[0]}" if digits else "write it in digits only"
        return of.wrong_type(wanted, "it is counted or measured", try_)

    return say


def _truth(of: Complaint) -> Finding:
    word = str(of.value).casefold()
    yes, no = word in ("y", "yes", "on", "true", "1"), word in ("n", "no", "off", "false", "0")
    try_ = "write true" if yes else "write false" if no else "write true or false"
    return of.wrong_type("true or false", "it is a switch", f"{try_}, without quotes")


def _text(of: Complaint) -> Finding:
    if isinstance(of.value, bool):
        word = shown(of.value)
        why = f"without quotes {word} is a truth value, not text"
        return of.wrong_type("text", why, f'put quotes around it: "{word}"')
    return of.wrong_type("text", "it is one value", "write one text in its place")


def _list(of: Complaint) -> Finding:
    is_single = isinstance(of.value, str | int | float)
    try_ = f"put it into a list: [{of.value}]" if is_single else "start each item with a dash"
    return of.wrong_type("a list", "there may be several", try_)


def _mapping(of: Complaint) -> Finding:
    model = section_at(of.root, of.path)
    names = "write names as keys, without dashes: `<name>: ...`"
    first = next(iter(fields_of(model)), "") if model else ""
    try_ = f"write its keys below it, such as `{first}:`" if first else names
    glued = re.fullmatch(r"([\w-]+):(\S.*)", of.value) if isinstance(of.value, str) else None
    if glued:
        try_ = f"write a space after the colon: `{glued[1]}: {glued[2]}`"
    return of.wrong_type("a mapping", "it is made of keys and their values", try_)


def _bound(words: str, limit: str) -> Callable[[Complaint], Finding]:
    def say(of: Complaint) -> Finding:
        bound = f"{words} {of.context[limit]:g}"
        return of.say(
            Rule.OUT_OF_RANGE,
            f"{of.name} is {of.value}, but it must be {bound}",
            "outside of its range the number would mean nothing",
            f"write a number that is {bound}",
        )

    return say


def _too_short(of: Complaint) -> Finding:
    return of.say(
        Rule.MISSING_KEY,
        f"{of.name} is empty",
        "an empty value says nothing",
        "write what belongs there, or remove the key if it may be left out",
    )


def _not_finite(of: Complaint) -> Finding:
    return of.say(
        Rule.OUT_OF_RANGE,
        f"{of.name} is {of.value}, which is no number",
        "it cannot be compared with anything that is measured",
        "write a number in digits",
    )


def _any_other(of: Complaint) -> Finding:
    return of.say(
        Rule.WRONG_TYPE,
        f"{of.name} cannot be {shown(of.value)}",
        "it is not among the values that this key can have",
        "see the reference of the platform file",
    )


_WORDS: Mapping[str, Callable[[Complaint], Finding]] = {
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
