"""Times as programs write them into JSON, many at once. Pure."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from groundplan.operations.observe.logs.columns import SCHEMA

_TYPE = SCHEMA.field("@timestamp").type
# A day that some month has, in an hour that a day has.
_FORM = (
    r"^\d{4}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2\d)|(?:0[13-9]|1[0-2])-30|(?:0[13578]|1[02])-31)"
    r"[T ](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)$"
)
# What most have, letter by letter: the least and the greatest that may stand there.
_LEAST = np.frombuffer(b"0000-00-00T00:00:00.000000Z", np.uint8)
_MOST = np.frombuffer(b"9999-19-39T29:59:59.999999Z", np.uint8)
_WHOLE = len("0000-00-00T00:00:00")


def moments(texts: pa.StringArray) -> pa.TimestampArray:
    """Null for what is no time; ArrowInvalid for 29 February of a year that has none."""
    if _are_usual(texts):
        try:
            return texts.cast(_TYPE)
        except pa.ArrowInvalid:  # there is no such day: of one of them
            pass
    is_time = pc.fill_null(pc.match_substring_regex(texts, _FORM), False)
    return pc.if_else(is_time, texts, None).cast(_TYPE)


def _are_usual(texts: pa.StringArray) -> bool:
    """Whether all have one length and the usual form; days and hours are left to the parser."""
    if not len(texts) or texts.null_count:
        return False
    _, offsets, data = texts.buffers()
    begins = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    size = int(begins[1] - begins[0])
    if not _WHOLE < size <= len(_LEAST) or size == _WHOLE + 2 or (np.diff(begins) != size).any():
        return False
    digits = np.frombuffer(data, np.uint8)[begins[0] : begins[-1]].reshape(len(texts), size)
    form = [*range(size - 1), len(_LEAST) - 1]
    return bool(((digits >= _LEAST[form]) & (digits <= _MOST[form])).all())
