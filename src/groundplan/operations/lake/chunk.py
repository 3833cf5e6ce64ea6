"""A piece of an input, as it is taken in at once."""

from dataclasses import dataclass

import pyarrow as pa

from groundplan.operations.lake.one_by_one import Bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Lines of JSON or rows in columns, and lines that became neither."""

    lines: bytes = b""
    rows: pa.Table | None = None
    is_text: bool = False  # the values of the rows are text, whatever that says
    bad: tuple[Bad, ...] = ()
    size: int = 0  # how many bytes of the input
