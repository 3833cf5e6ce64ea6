"""YAML 1.2: what plain characters mean, and that YAML 1.1 changes nothing silently."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundplan.errors import SpecError
from groundplan.spec.compose import compose
from groundplan.spec.load import value_of
from groundplan.spec.scalars import resolve, yaml11_meaning


def read(text: str) -> object:
    root, notes = compose(text, "file")
    assert not notes
    return value_of(root)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("8080", 8080),
        ("-1", -1),
        ("+3", 3),
        ("0o17", 15),
        ("0x1F", 31),
        ("0.1", 0.1),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("y", "y"),
        ("12:30:45", "12:30:45"),
        ("03:00", "03:00"),
        ("012", "012"),
        ("0b11", "0b11"),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        (".inf", ".inf"),
        ("'8080'", "8080"),
        ('"true"', "true"),
        ("'~'", "~"),
        ("!!str 8080", "8080"),
        ("! 8080", "8080"),
        ("|\n  8080", "8080\n"),
        ("&name 8080", 8080),
        ("9" * 50, "9" * 50),
    ],
)
def test_plain_characters_mean_what_yaml_1_2_says(written: str, value: object) -> None:
    found = read(f"key: {written}\n")
    assert found == {"key": value}
    assert isinstance(found, dict)
    assert isinstance(found["key"], bool) == isinstance(value, bool)


@pytest.mark.parametrize("written", ["15.10", "7.0", "1e3", "0x1F", "+3", "08.50", "1.20.0"])
def test_a_number_keeps_the_characters_that_were_written(written: str) -> None:
    found = read(f"key: {written}\n")
    assert isinstance(found, dict)
    assert str(found["key"]) == written
    assert f"{found['key']}" == written


@pytest.mark.parametrize("key", ["on", "yes", "null", "8080", "1.5", "12:30:45", "1. deploy_green"])
def test_a_key_is_always_text(key: str) -> None:
    assert read(f"{key}: 1\n") == {key: 1}


def test_an_alias_repeats_a_value() -> None:
    assert read("a: &a {b: [1, 2]}\nc: *a\n") == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}


def test_an_anchor_may_be_named_again() -> None:
    assert read("a: &x 1\nb: &x 2\nc: *x\n") == {"a": 1, "b": 2, "c": 2}


def test_columns_count_characters_not_bytes() -> None:
    root, _ = compose("k: {é: ü, b: 1}\n", "file")
    inner = root.entries["k"].value
    assert [entry.key.mark.column for entry in inner.entries.values()] == [5, 11]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ("on", "true"),
        ("No", "false"),
        ("12:30:45", "a number in base 60"),
        ("012", "an octal number"),
        ("0b1", "a binary number"),
        ("1_000", "a number"),
        ("onwards", None),
        ("8080", None),
        ("us-east-1", None),
    ],
)
def test_what_yaml_1_1_would_have_read(written: str, meaning: str | None) -> None:
    assert yaml11_meaning(written) == meaning


@given(st.text(max_size=60))
def test_any_characters_have_a_value(text: str) -> None:
    value = resolve(text)
    assert value is None or isinstance(value, bool) or str(value) == text


@given(st.text(max_size=300))
def test_any_text_is_composed_or_refused_in_words(text: str) -> None:
    try:
        compose(text, "file")
    except SpecError as refused:
        assert refused.findings  # noqa: PT017 (the property is that nothing else is raised)
