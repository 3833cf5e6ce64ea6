"""What the platform asks: does it live, may it get traffic, what are its figures."""

import msgspec
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

from mvlbim_api.metrics import Metrics
from mvlbim_api.store.fleet import Fleet
from mvlbim_api.web.envelope import Lifecycle


class Probes:
    def __init__(self, fleet: Fleet, metrics: Metrics, lifecycle: Lifecycle) -> None:
        self._fleet = fleet
        self._metrics = metrics
        self._lifecycle = lifecycle

    async def health(self, _request: Request) -> Response:
        return Response(b'{"status":"ok"}', media_type="application/json")

    async def ready(self, _request: Request) -> Response:
        """Ready is who can serve reads; it asks nobody, the watches know."""
        why_not = "draining" if self._lifecycle.is_draining else self._fleet.why_not_ready()
        body = {"status": "not ready", "reason": why_not} if why_not else {"status": "ready"}
        return Response(
            msgspec.json.encode(body),
            status_code=503 if why_not else 200,
            media_type="application/json",
        )

    async def figures(self, request: Request) -> Response:
        """In the form that is asked for: only OpenMetrics has exemplars, the ids of traces."""
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        text = encode(self._metrics.registry)
        return Response(text, headers={"content-type": content_type})
