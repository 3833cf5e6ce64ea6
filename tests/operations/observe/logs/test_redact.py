"""Secrets do not reach the store; everything else does."""

import orjson
import pytest

from groundplan.operations.observe.logs.redact import redacted

SECRET = "Sw0rdf1sh-4711-xyz"


@pytest.mark.parametrize(
    "line",
    [
        f'{{"user":"ada","password":"{SECRET}"}}',
        f'{{"db":{{"api_key" : "{SECRET}"}}}}',
        f"GET /login?password={SECRET}&x=1 200",
        f"connecting with PGPASSWORD={SECRET} now",
        f"Authorization: Bearer {SECRET}",
        f'"authorization":"Basic {SECRET}"',
        f"postgresql://app:{SECRET}@127.0.0.1:5432/mvlbim",
        f"redis://:{SECRET}@127.0.0.1",
        f"access_token='{SECRET}'",
        f"header: bearer {SECRET}",
    ],
)
def test_a_secret_goes_and_the_rest_stays(line: str) -> None:
    found = redacted(line.encode())
    assert SECRET.encode() not in found
    assert b"[redacted]" in found
    assert found.count(b"\n") == 0


@pytest.mark.parametrize(
    "secret",
    [
        b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P",
        b"AKIA" + b"IOSFODNN7EXAMPLE",
        b"ghp_" + b"a" * 36,
        b"xoxb-" + b"123456789012-abcdef",
    ],
)
def test_what_looks_like_a_key_goes(secret: bytes) -> None:
    assert redacted(b"found " + secret + b" here") == b"found [redacted] here"


def test_json_stays_json() -> None:
    line = orjson.dumps({"password": 'a"b\\c', "n": 1, "token": "x", "next": "kept"})
    assert orjson.loads(redacted(line)) == {
        "password": "[redacted]",
        "n": 1,
        "token": "[redacted]",
        "next": "kept",
    }


@pytest.mark.parametrize(
    "line",
    [
        b"the token bucket is empty",
        b"password authentication failed for user app",
        b"keyboard=qwerty monkey=1 tokens: 17",
        b'{"message":"no secret here","key":"v"}',
        b"http://127.0.0.1:8080/api?page=2@3",
    ],
)
def test_words_that_only_sound_like_it_stay(line: bytes) -> None:
    assert redacted(line) == line
