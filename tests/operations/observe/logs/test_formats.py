"""Lines as real programs write them, and what is understood of them.

Syslog lines are those of RFC 5424, 6.5; the access lines those of the Apache and nginx manuals.
"""

from typing import Any

import pytest
from operations.observe.logs.samples import CLASSES, NOW, source

from groundplan.operations.observe.logs import formats
from groundplan.operations.observe.logs.formats import Format
from groundplan.operations.observe.logs.record import Understander

LINES: list[tuple[Format, str, dict[str, Any]]] = [
    (
        formats.access,
        '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326',
        {
            "@timestamp": "2000-10-10T13:55:36-07:00",
            "source.address": "127.0.0.1",
            "user.name": "frank",
            "http.request.method": "GET",
            "url.original": "/apache_pb.gif",
            "http.version": "1.0",
            "http.response.status_code": 200,
            "http.response.body.bytes": 2326,
            "message": "GET /apache_pb.gif 200",
        },
    ),
    (
        formats.access,
        "2001:db8::7 - - [25/Nov/2026:09:00:01 +0000] "
        '"POST /api/v1/projects?x=1 HTTP/2.0" 503 0 "https://example.org/a" '
        '"curl/8.5 (x86; \\"q\\")"',
        {
            "source.address": "2001:db8::7",
            "url.original": "/api/v1/projects?x=1",
            "http.response.status_code": 503,
            "http.request.referrer": "https://example.org/a",
        },
    ),
    (
        formats.access,
        r'203.0.113.9 - - [25/Nov/2026:09:00:01 +0000] "\x16\x03\x01" 400 157 "-" "-"',
        {"http.response.status_code": 400, "message": r"\x16\x03\x01"},
    ),
    (
        formats.nginx_error,
        "2026/11/25 21:09:22 [error] 21670#21671: *7 connect() failed (111: Connection refused)",
        {
            "@timestamp": "2026-11-25T21:09:22+00:00",
            "log.level": "error",
            "process.pid": 21670,
            "process.thread.id": 21671,
            "message": "*7 connect() failed (111: Connection refused)",
        },
    ),
    (
        formats.postgres,
        "2026-11-25 21:09:17.145 UTC [21520] LOG:  starting PostgreSQL 15.18",
        {
            "@timestamp": "2026-11-25 21:09:17.145 UTC",
            "process.pid": 21520,
            "log.level": "LOG",
            "message": "starting PostgreSQL 15.18",
        },
    ),
    (
        formats.postgres,
        '2026-11-25 21:09:17.145 UTC [9] app@mvlbim FATAL:  password authentication failed for "x"',
        {
            "user.name": "app",
            "postgresql.log.database": "mvlbim",
            "log.level": "FATAL",
            "message": 'password authentication failed for "x"',
        },
    ),
    (
        formats.postgres_csv,
        '2026-11-25 09:00:00.123 UTC,"app","mvlbim",4711,"127.0.0.1:50124",6926a0f0.1267,3,'
        '"SELECT",2026-11-25 08:59:00 UTC,5/77,0,ERROR,42P01,'
        '"relation ""nope"" does not exist",,,,,,'
        '"SELECT * FROM nope;",15,,"psql","client backend",,0',
        {
            "log.level": "ERROR",
            "postgresql.log.sql_state_code": "42P01",
            "message": 'relation "nope" does not exist',
            "postgresql.log.query": "SELECT * FROM nope;",
            "postgresql.log.backend_type": "client backend",
            "process.pid": 4711,
        },
    ),
    (
        formats.redis,
        "21188:C 25 Nov 2026 21:09:09.907 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
        {
            "@timestamp": "2026-11-25T21:09:09.907000+00:00",
            "process.pid": 21188,
            "redis.log.role": "C",
            "log.level": "warning",
            "message": "oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo",
        },
    ),
    (
        formats.syslog,
        "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - "
        "\ufeff'su root' failed for lonvick on /dev/pts/8",
        {
            "@timestamp": "2003-10-11T22:14:15.003Z",
            "host.hostname": "mymachine.example.com",
            "process.name": "su",
            "event.code": "ID47",
            "log.level": "critical",
            "log.syslog.facility.code": 4,
            "message": "'su root' failed for lonvick on /dev/pts/8",
        },
    ),
    (
        formats.syslog,
        "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to go.",
        {"process.id": "8710", "log.level": "notice", "message": "%% It's time to go."},
    ),
    (
        formats.syslog,
        "<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 "
        '[exampleSDID@32473 iut="3" eventSource="Application" eventID="1011"]'
        '[examplePriority@32473 class="high"]',
        {
            "log.syslog.exampleSDID@32473.eventID": "1011",
            "log.syslog.examplePriority@32473.class": "high",
            "message": "",
        },
    ),
    (
        formats.java,
        "2026-11-25 09:00:00,123 [main] ERROR com.example.app.Orders - cannot save",
        {
            "process.thread.name": "main",
            "log.level": "ERROR",
            "log.logger": "com.example.app.Orders",
            "message": "cannot save",
        },
    ),
    (
        formats.java,
        "2026-11-25T09:00:00.123+01:00  INFO 4711 --- [nio-8080-exec-1] o.s.web.Servlet : started",
        {"process.pid": 4711, "log.logger": "o.s.web.Servlet", "message": "started"},
    ),
    (
        formats.logfmt,
        'ts=2026-11-25T09:00:00.1Z caller=main.go:531 level=warn msg="a \\"b\\"" err="c d" n=3',
        {
            "@timestamp": "2026-11-25T09:00:00.1Z",
            "log.origin.file.name": "main.go:531",
            "log.level": "warn",
            "message": 'a "b"',
            "error.message": "c d",
            "n": "3",
        },
    ),
    (
        formats.json_ecs,
        '{"@timestamp":"2026-11-25T09:00:00Z","log":{"level":"info","logger":"x"},"message":"m",'
        '"ecs.version":"8.11","http":{"response":{"status_code":200}}}',
        {
            "log.level": "info",
            "log.logger": "x",
            "http.response.status_code": 200,
            "ecs.version": "8.11",
        },
    ),
    (
        formats.json_ecs,
        '{"timestamp":"2026-11-25T09:00:00Z","level":"error","msg":"m","trace_id":"4bf9"}',
        {
            "@timestamp": "2026-11-25T09:00:00Z",
            "log.level": "error",
            "message": "m",
            "trace.id": "4bf9",
        },
    ),
    (
        formats.plain,
        "2026-11-25T21:09:23Z design: 38 parts, 26 promises",
        {"@timestamp": "2026-11-25T21:09:23Z", "message": "design: 38 parts, 26 promises"},
    ),
]


@pytest.mark.parametrize(("format_", "line", "fields"), LINES)
def test_a_line_is_understood(format_: Format, line: str, fields: dict[str, Any]) -> None:
    found = format_(line)
    assert found is not None
    assert {name: found.get(name) for name in fields} == fields


@pytest.mark.parametrize("format_", list(formats.NAMES))
@pytest.mark.parametrize(
    "line", ["", "hello", "{", '{"a":', "[1]", '"', "\ufffd\x01", "<999>1 - - - - - [", "a=b", "-"]
)
def test_another_form_is_none_and_no_error(format_: Format, line: str) -> None:
    assert format_(line) is None


@pytest.mark.parametrize(
    ("text", "dataset", "wanted"),
    [
        (
            "2026-11-25 09:00:00.123 ERROR 1 --- [nio-8080-exec-1] o.a.c.c.C.[.[/].[dispatcher]"
            "    : threw\njava.lang.NullPointerException: x\n\tat a.B.c(B.java:1)",
            "java",
            {
                "log.level": "error",
                "log.logger": "o.a.c.c.C.[.[/].[dispatcher]",
                "process.thread.name": "nio-8080-exec-1",
                "message": "threw",
                "error.stack_trace": "java.lang.NullPointerException: x\n\tat a.B.c(B.java:1)",
            },
        ),
        (
            "2026-11-25T09:00:00.123Z  INFO 1 --- [app] [        main] com.example.App : Started",
            "java",
            {"process.thread.name": "main", "log.logger": "com.example.App", "message": "Started"},
        ),
        ("2026/11/25 09:09:22 [crit] 2#2: *1 failed", "nginx.error", {"log.level": "critical"}),
        ("7:M 25 Nov 2026 09:09:09.907 * Ready", "redis", {"redis.log.role": "M"}),
        (
            '2026-11-25 09:00:00.123 UTC,"app","db",4711,"127.0.0.1:5012",6926a0f0.1267,3,"SELECT",'
            '2026-11-25 08:59:00 UTC,5/77,0,ERROR,42P01,"no, not",,,,,,"SELECT 1;",15,,"psql"',
            "postgresql",
            {"message": "no, not", "postgresql.log.database": "db", "process.pid": 4711},
        ),
    ],
    ids=["spring", "spring-boot-3", "nginx", "redis", "csvlog"],
)
def test_a_part_of_no_known_kind_may_write_any_of_them(
    text: str, dataset: str, wanted: dict[str, Any]
) -> None:
    found = Understander(source(kind="service"), CLASSES).record(text, NOW).as_ecs()
    assert found["event.dataset"] == dataset
    assert {name: found.get(name) for name in wanted} == wanted
    assert "tags" not in found


def test_a_query_over_several_lines_is_whole() -> None:
    text = (
        '2026-11-25 09:00:00.123 UTC,"app","shop",4711,,6926.1,3,"SELECT",,,0,ERROR,42P01,'
        '"no ""x""",,,,,,"SELECT *\n{""a"": 1}\n\nFROM ""x"";",15,,"psql","client backend",,0'
    )
    for kind in ("postgres", "service"):
        found = Understander(source(kind=kind), CLASSES).record(text + "\n\tmore", NOW).as_ecs()
        assert found["postgresql.log.query"] == 'SELECT *\n{"a": 1}\n\nFROM "x";'
        assert (found["message"], found["error.stack_trace"]) == ('no "x"', "\tmore")
        assert "tags" not in found
