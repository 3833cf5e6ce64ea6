"""What PostgreSQL refuses, in the words and numbers of HTTP."""

import asyncpg
from starlette.requests import Request
from starlette.responses import Response

from mvlbim_api.validation import Flaw
from mvlbim_api.web.problem import ProblemError, problem_response, unavailable

# The one reference that comes from a body; all others come from the path.
_MODEL_OF_ISSUE = "site_issues_project_id_model_id_fkey"


def refusal_of(error: asyncpg.PostgresError) -> ProblemError | None:
    """None for what can only be a mistake of ours."""
    match error:
        case asyncpg.UniqueViolationError():
            return ProblemError(409, error.detail or "it exists already")
        case asyncpg.ForeignKeyViolationError(constraint_name=name) if name == _MODEL_OF_ISSUE:
            flaw = Flaw(field="model_id", detail="is not a model of this project")
            return ProblemError(422, "the body does not fit", errors=(flaw,))
        case asyncpg.ForeignKeyViolationError():
            return ProblemError(404, error.detail or "what this belongs to does not exist")
        case asyncpg.DataError() | asyncpg.CheckViolationError():
            return ProblemError(422, f"a value that the database cannot hold: {error}")
        case asyncpg.QueryCanceledError() | asyncpg.LockNotAvailableError():
            return unavailable("the database took too long")
        case asyncpg.InvalidCachedStatementError():
            return unavailable("the schema changed under this statement; repeat it")
        case asyncpg.TransactionRollbackError():
            return unavailable("two writes were in each other's way; repeat this one")
    return None


async def on_postgres_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, asyncpg.PostgresError)
    refusal = refusal_of(error)
    if refusal is None:
        raise error
    return problem_response(refusal)
