"""traceparent: continued when it is right, replaced when it is not."""

import pytest
from mvlbim_api.web.trace import trace_of

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_callers_trace_is_continued_with_a_span_of_our_own() -> None:
    trace = trace_of(f"00-{TRACE}-{PARENT}-01".encode())
    assert (trace.trace_id, trace.parent_id, trace.flags) == (TRACE, PARENT, "01")
    assert trace.span_id != PARENT
    assert trace.header == f"00-{TRACE}-{trace.span_id}-01".encode()


def test_a_later_version_is_read_as_far_as_we_know_it() -> None:
    assert trace_of(f"01-{TRACE}-{PARENT}-01-more".encode()).trace_id == TRACE


@pytest.mark.parametrize(
    "header",
    [
        None,
        b"",
        b"nonsense",
        f"ff-{TRACE}-{PARENT}-01".encode(),
        f"00-{TRACE}-{PARENT}-01-more".encode(),
        f"00-{TRACE.upper()}-{PARENT}-01".encode(),
        f"00-{'0' * 32}-{PARENT}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"00-{TRACE[:-1]}-{PARENT}-01".encode(),
        f"00-{TRACE}-{PARENT}-01\n".encode(),
    ],
)
def test_a_malformed_header_begins_a_new_trace(header: bytes | None) -> None:
    trace = trace_of(header)
    assert len(trace.trace_id) == 32
    assert trace.trace_id != TRACE
    assert trace.parent_id is None
