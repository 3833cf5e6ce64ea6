"""W3C trace context: continue the caller's trace, or begin one."""

import os
import re
from dataclasses import dataclass

_TRACEPARENT = re.compile(
    rb"(?P<version>(?!ff)[0-9a-f]{2})"
    rb"-(?P<trace>(?!0{32})[0-9a-f]{32})"
    rb"-(?P<parent>(?!0{16})[0-9a-f]{16})"
    rb"-(?P<flags>[0-9a-f]{2})(?P<later>-.*)?"
)


@dataclass(frozen=True, slots=True)
class Trace:
    trace_id: str
    span_id: str
    parent_id: str | None
    flags: str

    @property
    def header(self) -> bytes:
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}".encode()


def trace_of(traceparent: bytes | None) -> Trace:
    """A new span of the caller's trace; of a new trace if the header is absent or malformed."""
    span = os.urandom(8).hex()
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if found is None or (found["version"] == b"00" and found["later"]):
        return Trace(os.urandom(16).hex(), span, None, "00")
    return Trace(found["trace"].decode(), span, found["parent"].decode(), found["flags"].decode())
