"""A new version of a BIM model: its number is the model's to give, one at a time."""

from starlette.requests import Request
from starlette.responses import Response

from mvlbim_api.resources.catalogue import MODELS, VERSIONS
from mvlbim_api.resources.collection import column_values
from mvlbim_api.resources.shapes import ModelVersionDraft
from mvlbim_api.resources.writing import Writing
from mvlbim_api.store.host import Connection
from mvlbim_api.store.idempotency import Outcome
from mvlbim_api.web.body import decode_body, read_body
from mvlbim_api.web.problem import ProblemError

# The model's row is locked until the version is committed, so numbers have no gaps.
_NEXT_NUMBER = """
update bim_models
set latest_version = latest_version + 1, revision = revision + 1, updated_at = now()
where project_id = $1 and id = $2 returning latest_version
"""


class Versioning:
    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    async def create(self, request: Request) -> Response:
        raw = await read_body(request)
        values = column_values(decode_body(raw, ModelVersionDraft))
        project, model = (request.path_params[name] for name in VERSIONS.parents)

        async def insert(connection: Connection) -> Outcome:
            number = await connection.fetchval(_NEXT_NUMBER, project, model)
            if number is None:
                raise ProblemError(404, f"no such {MODELS.noun}")
            row_values = values | {"project_id": project, "model_id": model, "number": number}
            sql = VERSIONS.insert_sql(row_values)
            row = await connection.fetchrow(sql, *row_values.values())
            return self._writing.outcome(201, row, f"{request.url.path}/{number}")

        scopes = (
            VERSIONS.scope((project, model)),
            MODELS.scope((project,)),
            MODELS.scope((project,), model),
        )
        return await self._writing.commit(request, raw, insert, scopes)
