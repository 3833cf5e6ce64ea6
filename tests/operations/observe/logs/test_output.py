"""Many lines at once mean what each means alone, whatever stands among them."""

import random
from functools import cache

import orjson
import pytest
from operations.observe.logs.samples import CLASSES, NOW, source

from groundplan.design.log_class import LogClass
from groundplan.operations.observe.logs.apart import Reader
from groundplan.operations.observe.logs.columns import record_of
from groundplan.operations.observe.logs.lines import LINE_BYTES, pieces
from groundplan.operations.observe.logs.output import Output
from groundplan.operations.observe.logs.record import Understander
from groundplan.operations.observe.logs.redact import redacted
from groundplan.parquet.alike import FEW

AT = "2026-11-25T09:59:00.123456Z"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def usual(**more: object) -> bytes:
    return orjson.dumps(
        {
            "@timestamp": AT,
            "log.level": "INFO",
            "message": "saved",
            "trace.id": TRACE,
            "http.response.status_code": 200,
            "user.id": "u7",
        }
        | more
    )


ODD = (
    *(
        usual(**{"log.level": level})
        for level in ("warn", "Debug", "TRACE", "", "err", "statement")
    ),
    *(usual(**{"http.response.status_code": code}) for code in (401, 403, "200", 200.5, "x", None)),
    *(usual(**{"http.response.status_code": code}) for code in (True, 2**40, -1, [200])),
    *(usual(**{"trace.id": trace}) for trace in ("", None, 7, "a b", "AKIA" + "IOSFODNN7EXAMPLE")),
    *(usual(message=text) for text in ("", None, 7, 1.5, True, [1, "a"], {"a": {"b": 1}}, "{")),
    *(usual(message=text) for text in ("permission denied", "login failed", "NOAUTH", "a\nb\tc")),
    *(usual(message=text) for text in ("password=hunter22", "Authorization: Bearer abcdefgh1234")),
    *(usual(message=text) for text in ("\x00", "café ÄÖ 日本", "\ufffd", "x" * 5000)),
    *(usual(**{"@timestamp": at}) for at in (1_795_600_000, "1795600000", "2026-11-25T09:00:00")),
    *(usual(**{"@timestamp": at}) for at in ("2026-13-25T09:00:00Z", "soon", "", None, [])),
    *(usual(**{"@timestamp": at}) for at in ("1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z")),
    *(
        usual(**{"@timestamp": at})
        for at in ("2026-11-25T10:59:00.5+01:00", "2026-11-25 09:00:00Z")
    ),
    *(usual(**{"event.dataset": name}) for name in ("shop.audit", "", None, "edge.access", 5)),
    *(usual(**{"event.category": kind}) for kind in ("iam", ["web", "threat"], "web", None)),
    *(usual(tags=tags) for tags in (["a"], [], "a", None)),
    *(
        usual(**{name: "a"})
        for name in ("service.name", "cloud.region", "level", "msg", "trace_id")
    ),
    *(usual(**{name: None}) for name in ("service.name", "cloud.region", "level", "time", "ts")),
    *(usual(secrets={"password": "hunter22"}), usual(password="hunter22"), usual(api_key="k" * 20)),
    *(usual(url="postgres://ada:hunter22@db/x"), usual(referrer="http://127.0.0.1:8080/a@b")),
    *(usual(log={"level": "warn", "logger": "a.B"}, empty={}), usual(list=[{"a": 1}], none=None)),
    *(usual(note=note) for note in (":", ":=", "bearer", "failed", "token = x", "password")),
    *(
        usual(message="the bearer ", note="abcdefgh1234"),
        usual(message="pass", note="word=hunter22"),
    ),
    *(
        usual(**{"@timestamp": f"2026-11-{day}T{hour}:59:00Z"})
        for day, hour in (("31", "09"), ("25", "29"))
    ),
    b'{"@timestamp":"%s","message":"sa"ved","user.id":"u7"}' % AT.encode(),
    b'{"@timestamp":","message":"saved","user.id":"u7"}',
    b'{"@timestamp": "%s", "spaces" : [1, 2] , "n": 1e400}' % AT.encode(),
    b'{"message":"x","n":-1.50,"big":123456789012345678901234567890}',
    b'{"@timestamp":"%s","n":NaN}' % AT.encode(),
    *(
        b"{",
        b"{}",
        b"{]",
        b'{"cut": "of',
        b'{"a":1} trailing',
        b"plain words",
        b"<34>1 - - - - - - x",
    ),
    b'{"message":"\\u0000 null, \\ud83d\\ude00 pair"}',
    b'{"message":"\\ud800 alone"}',
    b"\xff\xfe broken",
    b"a\0b",
    b'{"a":"b\0"}',
    b"",
    b"   ",
    b"2026-11-25 09:00:00,123 [main] ERROR a.B - boom\njava.io.IOException: x\n\tat a.B(B.java)",
    usual() + b"\nTraceback (most recent call last):\n  File\nKeyError: 'a'",
    b'{"long":"' + b"y" * LINE_BYTES + b'"}',
)


def alone(data: bytes, classes: tuple[LogClass, ...]) -> list[dict[str, object]]:
    understander = Understander(source(), classes)
    texts = [
        redacted(piece.replace(b"\0", b"\\0")).decode(errors="replace") for piece in pieces(data)
    ]
    return [understander.record(text, NOW).as_ecs() for text in texts]


def together(data: bytes, classes: tuple[LogClass, ...]) -> list[dict[str, object]]:
    rows = output(source().kind, classes).rows(data, NOW)
    return [record_of(row).as_ecs() for row in rows.to_pylist()]


@cache
def output(kind: str, classes: tuple[LogClass, ...] = CLASSES) -> Output:
    return Output(source(kind=kind), classes, Reader())


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_an_odd_line_among_usual_ones(odd: bytes) -> None:
    lines = [usual(n=n) for n in range(FEW)]
    data = b"\n".join((*lines, odd, *lines, odd, odd, *lines)) + b"\n"
    for classes in (CLASSES, CLASSES[:1]):
        assert together(data, classes) == alone(data, classes)


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_many_lines_that_are_odd_in_the_same_way(odd: bytes) -> None:
    data = b"\n".join((odd,) * (FEW + 8)) + b"\n"
    for classes in (CLASSES, CLASSES[:1]):
        assert together(data, classes) == alone(data, classes)


def test_odd_lines_in_any_order() -> None:
    chance = random.Random(7)
    for _ in range(8):
        lines = [*(usual(n=n) for n in range(200)), *chance.sample(ODD[:-1], 12)]
        chance.shuffle(lines)
        data = b"\n".join(lines) + chance.choice((b"\n", b""))
        assert together(data, CLASSES) == alone(data, CLASSES)


def test_rows_are_none_of_the_memory_that_is_read_into_again() -> None:
    data = bytearray(b"\n".join((*(usual(n=n) for n in range(FEW)), *ODD)) + b"\n")
    rows = output(source().kind).rows(memoryview(data), NOW)
    before = rows.to_pylist()
    data[:] = bytes(len(data))
    assert rows.to_pylist() == before


def test_only_odd_lines() -> None:
    data = b"\n".join(ODD)
    assert together(data, CLASSES) == alone(data, CLASSES)
    assert together(b"", CLASSES) == []


@pytest.mark.parametrize("kind", ["postgres", "redis", "prometheus"])
def test_a_part_that_writes_no_json_is_read_line_by_line(kind: str) -> None:
    data = b"\n".join([usual()] * (2 * FEW))
    rows = output(kind).rows(data, NOW)
    assert len(rows) == 2 * FEW
    assert rows["tags"].to_pylist() == [["unparsable"]] * (2 * FEW)
