"""What travels: the JSON that callers send (drafts, changes) and get, and its limits.

The fields of what they get are the columns of its table, in the same words.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, UnsetType

_NOT_BLANK = r"\S"
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=_NOT_BLANK)]
Text = Annotated[str, Meta(max_length=10_000)]
Code = Annotated[str, Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,31}$")]
Country = Annotated[str, Meta(pattern=r"^[A-Z]{2}$")]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Moment = Annotated[datetime, Meta(tz=True)]
Size = Annotated[int, Meta(ge=0, le=2**53)]

ProjectStatus = Literal["planned", "active", "paused", "closed"]
IssueStatus = Literal["open", "in_progress", "resolved", "closed"]
Severity = Literal["low", "medium", "high", "critical"]
Discipline = Literal["architecture", "structure", "mechanical", "electrical", "plumbing", "civil"]
EventKind = Literal[
    "delivery", "inspection", "incident", "weather", "access", "progress", "reading"
]


class Draft(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of a POST."""


class Change(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The body of a PATCH: what is not named stays."""


class Project(msgspec.Struct, kw_only=True):
    id: UUID
    code: str
    name: str
    country: str
    status: str
    revision: int
    created_at: datetime
    updated_at: datetime


class ProjectDraft(Draft):
    code: Code
    name: Name
    country: Country
    status: ProjectStatus = "planned"


class ProjectChange(Change):
    name: Name | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    status: ProjectStatus | UnsetType = UNSET


class BimModel(msgspec.Struct, kw_only=True):
    id: UUID
    project_id: UUID
    name: str
    discipline: str
    latest_version: int
    revision: int
    created_at: datetime
    updated_at: datetime


class BimModelDraft(Draft):
    name: Name
    discipline: Discipline


class BimModelChange(Change):
    name: Name | UnsetType = UNSET
    discipline: Discipline | UnsetType = UNSET


class ModelVersion(msgspec.Struct, kw_only=True):
    project_id: UUID
    model_id: UUID
    number: int
    file_name: str
    sha256: str
    size_bytes: int
    author: str
    notes: str
    created_at: datetime


class ModelVersionDraft(Draft):
    file_name: Name
    sha256: Sha256
    size_bytes: Size
    author: Name
    notes: Text = ""


class Location(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Metres in the model's coordinates."""

    x: float
    y: float
    z: float


class SiteIssue(msgspec.Struct, kw_only=True):
    id: UUID
    project_id: UUID
    model_id: UUID | None
    title: str
    description: str
    severity: str
    status: str
    assignee: str | None
    due_on: date | None
    location: msgspec.Raw | None
    revision: int
    created_at: datetime
    updated_at: datetime


class SiteIssueDraft(Draft):
    title: Name
    severity: Severity
    description: Text = ""
    status: Literal["open"] = "open"
    model_id: UUID | None = None
    assignee: Name | None = None
    due_on: date | None = None
    location: Location | None = None


class SiteIssueChange(Change):
    title: Name | UnsetType = UNSET
    severity: Severity | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    status: IssueStatus | UnsetType = UNSET
    assignee: Name | UnsetType | None = UNSET
    due_on: date | UnsetType | None = UNSET
    location: Location | UnsetType | None = UNSET


class SiteEvent(msgspec.Struct, kw_only=True):
    id: UUID
    project_id: UUID
    kind: str
    source: str
    occurred_at: datetime
    data: msgspec.Raw
    created_at: datetime


class SiteEventDraft(Draft):
    kind: EventKind
    source: Name
    occurred_at: Moment
    data: dict[str, Any] = {}


class PageQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A page begins after the last id of the page before it."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    after: UUID | None = None


class ProjectQuery(PageQuery):
    status: ProjectStatus | None = None


class SiteIssueQuery(PageQuery):
    status: IssueStatus | None = None
    severity: Severity | None = None


class SiteEventQuery(PageQuery):
    kind: EventKind | None = None


class VersionQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    after: Annotated[int, Meta(ge=1, lt=2**31)] | None = None
