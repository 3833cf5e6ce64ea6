"""Times are read alike, whether all have the usual form or one among them has not."""

from datetime import datetime

import pyarrow as pa
import pytest

from groundplan.operations.observe.logs.moments import moments

USUAL = (
    "2026-11-25T09:59:00.123456Z",
    "2024-02-29T23:59:59.999999Z",
    "1970-01-01T00:00:00.000000Z",
)
OTHERS = (
    *("2026-11-25T09:59:00Z", "2026-11-25T09:59:00.5Z", "2026-11-25 09:59:00.123456Z"),
    *("2026-11-25T10:59:00.12+01:00", "2026-11-25T10:59:00.123456+01:00"),
)
NONE = (
    *("2026-11-31T09:59:00.123456Z", "2026-13-25T09:59:00.123456Z", "2026-00-25T09:59:00.123456Z"),
    *("2026-11-25T24:59:00.123456Z", "2026-11-25T09:60:00.123456Z", "2026-11-25T09:59:00.Z"),
    *(
        "2026-11-25T09:59:00.123456",
        "2026-11-25",
        "2026-11-25T09Z",
        "",
        None,
        "2026-1125T09:59:00Z",
    ),
)


def asked(*texts: str | None) -> list[datetime | None]:
    found: list[datetime | None] = moments(pa.array(texts, pa.string())).to_pylist()
    return found


@pytest.mark.parametrize("text", [*USUAL, *OTHERS])
def test_a_time_is_a_time_among_any_others(text: str) -> None:
    wanted = datetime.fromisoformat(text)
    for others in ((), (text,), USUAL, NONE):
        assert asked(text, *others)[0] == wanted
        assert asked(*others, text)[-1] == wanted


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_time_is_none_among_any_others(text: str | None) -> None:
    for others in ((), (text,), USUAL, OTHERS):
        assert asked(text, *others)[0] is None
        assert asked(*others, text)[-1] is None


def test_a_day_that_only_some_years_have_is_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        asked("2026-02-29T09:59:00Z")
    assert asked() == []


def test_a_part_of_a_column_is_read_as_that_part() -> None:
    column = pa.array(["no time", *USUAL], pa.string())
    assert None not in moments(column.slice(1)).to_pylist()
