"""Records as Arrow tables, one for each class and hour."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from groundplan.operations.observe.logs.record import Record
from groundplan.parquet.partition import Partition, by_time

SCHEMA = pa.schema(
    {
        "@timestamp": pa.timestamp("us", tz="UTC"),
        "log.level": pa.string(),
        "message": pa.string(),
        "event.dataset": pa.string(),
        "service.name": pa.string(),
        "service.node.name": pa.string(),
        "cloud.region": pa.string(),
        "trace.id": pa.string(),
        "http.response.status_code": pa.int32(),
        "tags": pa.list_(pa.string()),
        "fields": pa.string(),
    }
)
ROWS = SCHEMA.append(pa.field("class", pa.string()))  # before they are parted
HOUR = 3600


def parted(rows: pa.Table) -> dict[Partition, pa.Table]:
    """The rows by class and hour, in their order."""
    found: dict[Partition, pa.Table] = {}
    for klass in sorted(pc.unique(rows["class"]).to_pylist()):
        is_of = pc.equal(rows["class"], klass)
        of_class = rows if pc.all(is_of).as_py() else rows.filter(is_of)
        found |= by_time(of_class.drop_columns("class"), "@timestamp", prefix_of(klass))
    return found


def prefix_of(klass: str) -> str:
    """Where a class is; what it is kept for is the time of everything below."""
    return f"class={klass}"


def record_of(row: dict[str, object]) -> Record:
    """The record of a row that a query answered, with its class."""
    at = row["@timestamp"]
    assert isinstance(at, datetime)
    status = row["http.response.status_code"]
    tags = row["tags"]
    return Record(
        klass=str(row["class"]),
        at=at.replace(tzinfo=at.tzinfo or UTC).timestamp(),
        part=str(row["service.node.name"]),
        level=None if row["log.level"] is None else str(row["log.level"]),
        message=str(row["message"]),
        dataset=str(row["event.dataset"]),
        service=str(row["service.name"]),
        region=str(row["cloud.region"]),
        trace=None if row["trace.id"] is None else str(row["trace.id"]),
        status=status if isinstance(status, int) else None,
        tags=[str(tag) for tag in tags] if isinstance(tags, list) else [],
        fields=str(row["fields"] or ""),
    )


def table_of(group: Sequence[Record]) -> pa.Table:
    """Records as rows, in their order."""
    columns = (
        pa.array([round(each.at * 1e6) for each in group], pa.int64()).cast(SCHEMA[0].type),
        [each.level for each in group],
        [each.message for each in group],
        [each.dataset for each in group],
        [each.service for each in group],
        [each.part for each in group],
        [each.region for each in group],
        [each.trace for each in group],
        [each.status for each in group],
        [each.tags for each in group],
        [each.fields for each in group],
        [each.klass for each in group],
    )
    return pa.table(
        [
            column if isinstance(column, pa.Array) else pa.array(column, field.type)
            for column, field in zip(columns, ROWS, strict=True)
        ],
        schema=ROWS,
    )
