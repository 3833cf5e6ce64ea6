"""Patterns by name, as Logstash has them."""

import pytest

from groundplan.operations.observe.logs.grok import PATTERNS, compiled


def test_fields_have_dots_and_types() -> None:
    grok = compiled(
        r"%{IP:client.ip} %{WORD:http.request.method} %{NUMBER:seconds:float} %{INT:n:int}"
    )
    assert grok("10.0.0.7 GET 0.25 7") == {
        "client.ip": "10.0.0.7",
        "http.request.method": "GET",
        "seconds": 0.25,
        "n": 7,
    }
    assert grok("10.0.0.777 GET 0.25 7") is None


def test_what_was_not_there_is_no_field() -> None:
    assert compiled(r"%{WORD:a}(?: %{WORD:b})?")("x") == {"a": "x"}


def test_a_name_that_nobody_knows_is_named() -> None:
    with pytest.raises(ValueError, match="NOPE"):
        compiled("%{NOPE:x}")


@pytest.mark.parametrize("name", PATTERNS)
def test_every_pattern_compiles(name: str) -> None:
    compiled(f"%{{{name}:x}}")
