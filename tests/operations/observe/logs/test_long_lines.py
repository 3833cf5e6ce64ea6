"""A long line takes no longer than many short ones, whatever is in it.

The suite's timeout is the judge: a pattern that looks at each place of it again from each other
place would take minutes.
"""

import pytest
from operations.observe.logs.samples import CLASSES, NOW, source

from groundplan.operations.observe.logs.apart import Reader
from groundplan.operations.observe.logs.formats import GENERAL, nginx_error, postgres, redis
from groundplan.operations.observe.logs.output import Output
from groundplan.operations.observe.logs.redact import redacted

LENGTH = 20_000
PIECES = (
    *(
        "y",
        "a-",
        "a.",
        ":",
        "[",
        '"',
        '\\"',
        "a=",
        "token-",
        '"token',
        "eyJ-",
        "a+.",
        "://",
        "a b ",
    ),
    *(
        "Bearer ",
        "xoxb-",
        "[a=",
        "1",
        "::1 ",
        "{",
        "{}",
        '{"a":',
        "\\u0000",
        "[1] ",
        "Error",
        "Caused",
    ),
)
BEGINS = ("", "2026-11-25 09:00:00,123 [", '127.0.0.1 - - [25/Nov/2026:09:00:01 +0000] "', "<34>1 ")


@pytest.mark.parametrize("piece", PIECES)
def test_of_one_thing_again_and_again(piece: str) -> None:
    for begin in BEGINS:
        text = (begin + piece * LENGTH)[:LENGTH]
        for format_ in (*GENERAL, postgres, redis, nginx_error):
            format_(text)
        redacted(text.encode() + b" password=x token :// eyJ bearer")


def test_a_line_of_ten_megabytes_is_kept_in_parts() -> None:
    text = b'{"message":"' + b"x" * 10_000_000 + b'"}\n'
    rows = Output(source(), CLASSES, Reader()).rows(text * 2, NOW)
    kept = "".join(row["message"] for row in rows.to_pylist())
    assert kept == text.decode().replace("\n", "") * 2
