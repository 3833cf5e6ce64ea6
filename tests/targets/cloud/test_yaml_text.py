"""The writer of YAML: what it writes is read back as it was, by YAML 1.1 too."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from groundplan.targets.cloud.yaml_text import Noted, document, listing, stream

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, VALUE, max_size=5))
def test_what_is_written_is_read_back(value: dict[str, Any]) -> None:
    text = document(value)
    assert (yaml.safe_load(text) or {}) == value


@pytest.mark.parametrize(
    "text",
    [
        "y", "No", "on", "null", "~", "", "1", "1e3", "0x1f", "12:30:45", "2026-01-01", "=", "<<",
        "- a", "a: b", "a #b", "{}", "[1]", "*a", "&a", "!a", "%a", "@a", "`a`", "'a'", '"a"',
        "a\n", "a\nb\n", "\na\n", " a\n", "a\n\n", "a \nb\n", "\x85", "\u2028", "\ufeff", "é", "😀",
    ],
)  # fmt: skip
def test_text_stays_text(text: str) -> None:
    assert yaml.safe_load(document({"a": text, "b": [text], text: 1}))["a"] == text
    assert yaml.safe_load(listing([text, [text], {"a": text}])) == [text, [text], {"a": text}]


def test_keys_keep_their_order_and_values_their_reason() -> None:
    value = {"z": 1, "a": Noted(2, "because of it"), "m": Noted({"k": True}, "a reason")}
    assert document(value) == "z: 1\na: 2  # because of it\nm:  # a reason\n  k: true\n"


def test_several_lines_are_shown_as_they_are() -> None:
    assert document({"query": "sum(\n  rate(x)\n)\n"}) == "query: |\n  sum(\n    rate(x)\n  )\n"


def test_documents_are_told_apart() -> None:
    assert list(yaml.safe_load_all(stream([{"a": 1}, {"b": 2}]))) == [{"a": 1}, {"b": 2}]
