"""uvicorn, told to leave the way a load balancer likes it.

On SIGTERM the process first says that it is not ready and closes each connection after its
answer, keeps serving for a moment, then finishes what is in flight. A second signal ends it now.
"""

import time
from types import FrameType

import uvicorn

from mvlbim_api.environment import Environment
from mvlbim_api.logs import EcsLog
from mvlbim_api.service import build_service
from mvlbim_api.web.envelope import Lifecycle

# Longer than a gateway keeps an idle connection, so that the gateway closes first: a request
# sent into a closing connection is lost.
_KEEP_ALIVE_SECONDS = 75
_FINISH_SECONDS = 10


class DrainingServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, lifecycle: Lifecycle, drain_seconds: float) -> None:
        super().__init__(config)
        self._lifecycle = lifecycle
        self._drain_seconds = drain_seconds
        self._leave_at = float("inf")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Replaces uvicorn's, which stops listening at once and exits with the signal."""
        if self._lifecycle.is_draining:
            self.force_exit = self.should_exit = True
        self._lifecycle.is_draining = True
        self._leave_at = min(self._leave_at, time.monotonic() + self._drain_seconds)

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or time.monotonic() >= self._leave_at


def serve(environment: Environment, log: EcsLog) -> None:
    lifecycle = Lifecycle()
    config = uvicorn.Config(
        build_service(environment, log, lifecycle),
        host=environment.host,
        port=environment.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_FINISH_SECONDS,
    )
    DrainingServer(config, lifecycle, environment.drain_seconds).run()
