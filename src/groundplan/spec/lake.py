"""`data_lake`: buckets for analytics, how their files age, how they are cut."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from groundplan.spec.section import Flag, Name, Section, Shape, Text, Whole, dashed, refuse

_BUCKET = Shape(
    what="the name of a bucket",
    form="3 to 63 small letters, digits, dots and dashes",
    example="mvlbim-datalake-raw",
    pattern=r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    mend=dashed,
)
Bucket = Annotated[Text, AfterValidator(_BUCKET), Field(json_schema_extra=_BUCKET.schema)]
_STRUCTURE = Shape(
    what="a partition structure",
    form="year, month, day and hour, from the left, with slashes between",
    example="year/month/day/hour",
    pattern=r"year(?:/month(?:/day(?:/hour)?)?)?",
)
Structure = Annotated[Text, AfterValidator(_STRUCTURE), Field(json_schema_extra=_STRUCTURE.schema)]

_COLUMN = Shape(
    what="a column's name",
    form="small letters, digits and underscores",
    example="taken_at",
    pattern=r"[a-z_][a-z0-9_]{0,254}",
)
Column = Annotated[Text, AfterValidator(_COLUMN), Field(json_schema_extra=_COLUMN.schema)]
_KIND = Shape(
    what="a column's type",
    form="boolean, int, bigint, float, double, string, binary, date, timestamp or decimal(12,2)",
    example="bigint",
    pattern=r"boolean|int|bigint|float|double|string|binary|date|timestamp"
    r"|decimal\([0-9]{1,2},[0-9]{1,2}\)",
)
ColumnType = Annotated[Text, AfterValidator(_KIND), Field(json_schema_extra=_KIND.schema)]


class LifecyclePolicy(Section):
    """After how many days files move to cheaper storage, or go."""

    transition_to_ia: Whole | None = None
    transition_to_glacier: Whole | None = None
    expiration: Whole | None = None
    buckets: tuple[Text, ...] = ()  # keys of the lake's buckets; none: all of them

    @model_validator(mode="after")
    def _says_something(self) -> "LifecyclePolicy":
        if not self.model_fields_set - {"buckets"}:
            raise refuse(
                "SPEC006",
                "the policy is empty",
                "it would change nothing",
                "write transition_to_ia, transition_to_glacier or expiration, in days",
            )
        return self


class Partitioning(Section):
    """How files are cut and written."""

    structure: Structure
    format: Literal["parquet", "json", "csv"] = "parquet"
    compression: Literal["snappy", "zstd", "gzip", "lz4", "none"] = "snappy"


class LakeTable(Section):
    """A table: whose files lie in the folder of its name in a bucket, cut as all of the lake is."""

    bucket: Text  # a key of the lake's buckets
    columns: Mapping[Column, ColumnType]


class DataLake(Section):
    """The data lake. A lifecycle policy holds for the buckets that it names, or for all."""

    buckets: Mapping[Text, Bucket]
    lifecycle_policies: tuple[LifecyclePolicy, ...] = ()
    partitioning: Partitioning | None = None
    tables: Mapping[Name, LakeTable] = Field(default_factory=dict)
    versioning: Flag = False
    encryption: Text | None = None
    replication_region: Name | None = None
    personal_data: Flag = True
    erasure: Text | None = None  # how one person's data is deleted before its time

    @model_validator(mode="after")
    def _tables_are_in_buckets(self) -> "DataLake":
        for name, table in self.tables.items():
            if table.bucket not in self.buckets:
                raise refuse(
                    "SPEC020",
                    f"{table.bucket} is not a bucket of the lake",
                    "a table's files lie in one of its buckets",
                    f"write one of: {', '.join(self.buckets)}",
                    "tables",
                    name,
                    "bucket",
                )
        return self


def depth_of(lake: DataLake) -> int:
    """How far its folders are cut: 1 is years, 4 is hours."""
    written = lake.partitioning
    return (written.structure if written else "year/month/day/hour").count("/") + 1


def compression_of(lake: DataLake) -> str:
    """How its files are packed."""
    return lake.partitioning.compression if lake.partitioning else "snappy"
