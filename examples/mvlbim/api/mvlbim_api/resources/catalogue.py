"""The things this service keeps, and the rules that are a thing's own."""

from mvlbim_api.resources.collection import Collection, Row
from mvlbim_api.resources.shapes import (
    BimModel,
    ModelVersion,
    PageQuery,
    Project,
    ProjectQuery,
    SiteEvent,
    SiteEventQuery,
    SiteIssue,
    SiteIssueQuery,
    VersionQuery,
)
from mvlbim_api.validation import Flaw
from mvlbim_api.web.problem import ProblemError

_PROJECT = "/api/v1/projects/{project_id:uuid}"
_ISSUE_MOVES = {
    "open": ("in_progress", "closed"),
    "in_progress": ("open", "resolved"),
    "resolved": ("in_progress", "closed"),
    "closed": ("open",),
}


def may_move_issue(before: Row, changes: Row) -> None:
    now, wanted = before["status"], changes.get("status", before["status"])
    if wanted != now and wanted not in _ISSUE_MOVES[now]:
        allowed = " or ".join(_ISSUE_MOVES[now])
        flaw = Flaw(field="status", detail=f"an issue that is {now} may become {allowed}")
        raise ProblemError(409, f"an issue cannot go from {now} to {wanted}", errors=(flaw,))


PROJECTS = Collection(
    noun="project",
    table="projects",
    path="/api/v1/projects",
    shape=Project,
    query=ProjectQuery,
)
MODELS = Collection(
    noun="BIM model",
    table="bim_models",
    path=f"{_PROJECT}/models",
    shape=BimModel,
    query=PageQuery,
    owner="projects",
    parents=("project_id",),
)
VERSIONS = Collection(
    noun="model version",
    table="model_versions",
    path=f"{_PROJECT}/models/{{model_id:uuid}}/versions",
    shape=ModelVersion,
    query=VersionQuery,
    owner="bim_models",
    parents=("project_id", "model_id"),
    key="number",
)
ISSUES = Collection(
    noun="site issue",
    table="site_issues",
    path=f"{_PROJECT}/issues",
    shape=SiteIssue,
    query=SiteIssueQuery,
    owner="projects",
    parents=("project_id",),
    may_change=may_move_issue,
)
EVENTS = Collection(
    noun="site event",
    table="site_events",
    path=f"{_PROJECT}/events",
    shape=SiteEvent,
    query=SiteEventQuery,
    owner="projects",
    parents=("project_id",),
)
