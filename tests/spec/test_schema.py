"""The JSON Schema accepts what loads, and refuses what it can of the broken files.

A validator of the few keywords that the schema uses stands in for an editor's.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundplan.errors import SpecError
from groundplan.spec.compose import compose
from groundplan.spec.load import value_of
from groundplan.spec.outline import fields_of
from groundplan.spec.platform import Platform
from groundplan.spec.schema import schema

ROOT = Path(__file__).parent.parent.parent
BROKEN = ROOT / "tests" / "golden" / "spec"
GOOD = (
    "examples/mvlbim/document.yaml",
    "examples/mvlbim/platform.yaml",
    "src/groundplan/spec/reference.yaml",
)
THEMES = ("keys", "types", "choices", "missing", "shapes", "units")
# What needs more than one key, arithmetic, or the overlay's merged file, a schema cannot say.
BEYOND = {
    "keys/overlay-slip",
    "missing/gate-of-nothing",
    "missing/lifecycle-of-nothing",
    "missing/rate-threshold",
    "missing/empty-command",
    "missing/empty-command-list",
    "shapes/command-unclosed-quote",
    "shapes/source-is-a-name",
    "shapes/source-with-host-bits",
    "units/count-fraction",
    "units/rate-per-nothing",
    "units/threshold-percentile-too-high",
    "units/window-never-open",
}
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
NOTES = {"description", "examples", "default", "title", "$schema", "$defs", "discriminator"}


class Schema:
    """Says what is wrong with a value. An unknown keyword is an error of the test itself."""

    def __init__(self) -> None:
        self.root = schema()

    def problems(self, value: Any, rules: dict[str, Any] | None = None) -> Iterator[str]:
        rules = self.root if rules is None else rules
        for keyword, rule in rules.items():
            if keyword in NOTES:
                continue
            check = getattr(self, f"_{keyword.removeprefix('$')}", None)
            assert check is not None, f"the schema uses {keyword}"
            yield from check(value, rule, rules)

    def fits(self, value: Any, rules: dict[str, Any]) -> bool:
        return not any(self.problems(value, rules))

    def _ref(self, value: Any, rule: str, _: Any) -> Iterator[str]:
        yield from self.problems(value, self.root["$defs"][rule.rpartition("/")[2]])

    def _type(self, value: Any, rule: str, _: Any) -> Iterator[str]:
        is_truth = isinstance(value, bool) and rule != "boolean"
        if is_truth or not isinstance(value, TYPES[rule]):
            yield f"{value!r} is no {rule}"

    def _anyOf(self, value: Any, rule: list[Any], _: Any) -> Iterator[str]:  # noqa: N802
        if not any(self.fits(value, option) for option in rule):
            yield f"{value!r} fits nothing of {len(rule)}"

    _oneOf = _anyOf  # noqa: N815

    def _properties(self, value: Any, rule: dict[str, Any], _: Any) -> Iterator[str]:
        for key in rule.keys() & (value if isinstance(value, dict) else {}):
            yield from self.problems(value[key], rule[key])

    def _patternProperties(self, value: Any, rule: Any, _: Any) -> Iterator[str]:  # noqa: N802
        for pattern, inner in rule.items():
            for key in value if isinstance(value, dict) else ():
                if re.search(pattern, key):
                    yield from self.problems(value[key], inner)

    def _additionalProperties(self, value: Any, rule: Any, rules: Any) -> Iterator[str]:  # noqa: N802
        known = rules.get("properties", {})
        patterns = rules.get("patternProperties", {})
        for key in value if isinstance(value, dict) else ():
            is_known = key in known or any(re.search(pattern, key) for pattern in patterns)
            if not is_known and rule is False:
                yield f"{key} is unknown"
            elif not is_known and isinstance(rule, dict):
                yield from self.problems(value[key], rule)

    def _propertyNames(self, value: Any, rule: Any, _: Any) -> Iterator[str]:  # noqa: N802
        for key in value if isinstance(value, dict) else ():
            yield from self.problems(key, rule)

    def _required(self, value: Any, rule: list[str], _: Any) -> Iterator[str]:
        there = value if isinstance(value, dict) else rule
        yield from (f"{key} is missing" for key in rule if key not in there)

    def _items(self, value: Any, rule: Any, _: Any) -> Iterator[str]:
        for item in value if isinstance(value, list) else ():
            yield from self.problems(item, rule)

    def _enum(self, value: Any, rule: list[Any], _: Any) -> Iterator[str]:
        if value not in rule:
            yield f"{value!r} is none of {rule}"

    def _const(self, value: Any, rule: Any, _: Any) -> Iterator[str]:
        if value != rule:
            yield f"{value!r} is not {rule}"

    def _pattern(self, value: Any, rule: str, _: Any) -> Iterator[str]:
        if isinstance(value, str) and not re.search(rule, value):
            yield f"{value!r} does not match"

    def _minimum(self, value: Any, rule: float, _: Any) -> Iterator[str]:
        if isinstance(value, int | float) and value < rule:
            yield f"{value} is below {rule}"

    def _exclusiveMinimum(self, value: Any, rule: float, _: Any) -> Iterator[str]:  # noqa: N802
        if isinstance(value, int | float) and value <= rule:
            yield f"{value} is not above {rule}"

    def _maximum(self, value: Any, rule: float, _: Any) -> Iterator[str]:
        if isinstance(value, int | float) and value > rule:
            yield f"{value} is above {rule}"

    def _minLength(self, value: Any, rule: int, _: Any) -> Iterator[str]:  # noqa: N802
        if isinstance(value, str) and len(value) < rule:
            yield "too short"

    def _minItems(self, value: Any, rule: int, _: Any) -> Iterator[str]:  # noqa: N802
        if isinstance(value, list) and len(value) < rule:
            yield "too few items"

    def _minProperties(self, value: Any, rule: int, _: Any) -> Iterator[str]:  # noqa: N802
        if isinstance(value, dict) and len(value) < rule:
            yield "too few keys"


def written(path: Path) -> Any:
    """The values of a file; None when it is not even YAML, which no schema accepts."""
    try:
        root, _ = compose(path.read_text(), path.name)
    except SpecError:
        return None
    return value_of(root)


@pytest.fixture(scope="module")
def made() -> Schema:
    return Schema()


@pytest.mark.parametrize("name", GOOD)
def test_the_schema_accepts_what_loads(made: Schema, name: str) -> None:
    values = written(ROOT / name)
    values.get("pipeline", {}).get("on", {}).pop("workflow_dispatch", None)
    assert list(made.problems(values)) == []


@pytest.mark.parametrize("theme", THEMES)
def test_the_schema_refuses_what_does_not_load(made: Schema, theme: str) -> None:
    cases = sorted((BROKEN / theme).glob("*.bad.yaml"))
    names = {case: f"{theme}/{case.name.removesuffix('.bad.yaml')}" for case in cases}
    assert names
    accepted = [name for case, name in names.items() if made.fits(written(case), made.root)]
    assert set(accepted) == {name for name in BEYOND if name.startswith(theme)}


def test_the_schema_is_2020_12_and_plain_json() -> None:
    made = schema()
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["type"] == "object"
    assert json.loads(json.dumps(made)) == made


def test_the_schema_knows_every_section_and_forbids_others() -> None:
    made = schema()
    assert set(made["properties"]) == set(fields_of(Platform))
    assert made["required"] == ["platform", "regions"]
    objects = [part for part in made["$defs"].values() if "properties" in part]
    assert all(part["additionalProperties"] is False for part in objects)


def test_defaults_are_shown_the_way_they_are_written() -> None:
    assert schema()["$defs"]["Service"]["properties"]["drain"]["default"] == "10s"
