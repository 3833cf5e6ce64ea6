"""`terraform`: the facts of the document's Terraform block, beside `environments`."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from groundplan.spec.section import Flag, Name, Section, Shape, Text

_VERSION = r"(?:(?:[=<>]|!=|>=|<=|~>) ?)?v?[0-9]+(?:\.[0-9]+){0,2}(?:-[0-9A-Za-z.]+)?"
_CONSTRAINT = Shape(
    what="a version constraint",
    form="=, !=, >, >=, <, <= or ~> and a version, with commas between several",
    example="~> 5.0",
    pattern=rf"{_VERSION}(?: ?, ?{_VERSION})*",
)
Constraint = Annotated[
    Text, AfterValidator(_CONSTRAINT), Field(json_schema_extra=_CONSTRAINT.schema)
]


class RequiredProvider(Section):
    """A provider plugin."""

    source: Text
    version: Constraint


class S3Backend(Section):
    """The bucket that holds Terraform's state, and what keeps two runs apart."""

    bucket: Text
    key: Text
    workspace_key_prefix: Text | None = None  # one state for each environment, beneath it
    region: Name
    encrypt: Flag = False
    dynamodb_table: Text | None = None
    use_lockfile: Flag = False
    kms_key_id: Text | None = None
    replica_region: Name | None = None  # where a copy of the state is kept


class Backend(Section):
    """Where Terraform's state is."""

    s3: S3Backend


class Terraform(Section):
    """Terraform's own settings."""

    required_version: Constraint | None = None
    required_providers: Mapping[Name, RequiredProvider] = Field(default_factory=dict)
    backend: Backend | None = None
