"""How columns are written: what repeats gets a dictionary, what has an order its least and greatest
value. Pure."""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

ZSTD_LEVEL = 1  # as small as 3 for logs, and a third faster
SAMPLE = 2048  # rows that tell whether the values of a column repeat


def options(rows: pa.Table, compression: str) -> dict[str, Any]:
    """Those of pyarrow's writer for rows like these."""
    sample = rows.slice(0, SAMPLE)
    repeated = [each for each in rows.column_names if _repeats(sample[each])]
    others = [each for each in rows.column_names if each not in repeated]
    return {
        "use_dictionary": repeated,
        "write_statistics": [*repeated, *(each for each in others if _has_order(sample[each]))],
        "compression": compression,
        "compression_level": ZSTD_LEVEL if compression == "zstd" else None,
    }


def _repeats(column: pa.ChunkedArray) -> bool:
    """Whether a dictionary of its values is worth making: it costs time, and often size."""
    if pa.types.is_nested(column.type):
        return True
    return 2 * len(column.unique()) < len(column)


def _has_order(column: pa.ChunkedArray) -> bool:
    """Whether its least and its greatest value tell a reader which rows to pass over: of texts that
    come in any order they tell nothing, and cost a fifth of the time of writing."""
    if not pa.types.is_string(column.type):
        return True
    return bool(pc.all(pc.less_equal(column[:-1], column[1:])).as_py())
