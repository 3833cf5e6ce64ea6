"""`data_lake`: buckets for analytics, how their files age, how they are cut."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from groundplan.spec.section import Section, Shape, Text, Whole, refuse

_BUCKET = Shape(
    "a bucket's name: 3 to 63 small letters, digits, dots and dashes",
    "mvlbim-datalake-raw",
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
)
Bucket = Annotated[Text, AfterValidator(_BUCKET), Field(json_schema_extra=_BUCKET.schema)]
_STRUCTURE = Shape(
    "a partition structure: parts of a time, from large to small, with slashes between",
    "year/month/day/hour",
    r"year(?:/month(?:/day(?:/hour)?)?)?",
)
Structure = Annotated[Text, AfterValidator(_STRUCTURE), Field(json_schema_extra=_STRUCTURE.schema)]


class LifecyclePolicy(Section):
    """After how many days files move to cheaper storage, or go."""

    transition_to_ia: Whole | None = None
    transition_to_glacier: Whole | None = None
    expiration: Whole | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "LifecyclePolicy":
        if not self.model_fields_set:
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


class DataLake(Section):
    """The data lake. The lifecycle policies together hold for all of its buckets."""

    buckets: Mapping[Text, Bucket]
    lifecycle_policies: tuple[LifecyclePolicy, ...] = ()
    partitioning: Partitioning | None = None
