"""Faults on purpose, for drills: errors and delay on the API's routes, off unless asked for."""

import asyncio
import random

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from mvlbim_api.environment import Environment
from mvlbim_api.web.problem import ProblemError, problem_response


class FaultyOnPurpose:
    def __init__(self, app: ASGIApp, error_rate: float, latency_seconds: float) -> None:
        self._app = app
        self._error_rate = error_rate
        self._latency_seconds = latency_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._latency_seconds:
            await asyncio.sleep(self._latency_seconds)
        if random.random() < self._error_rate:
            refusal = problem_response(ProblemError(500, "a fault injected for a drill"))
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def drill_middleware(environment: Environment) -> list[Middleware]:
    rate, seconds = environment.fault_error_rate, environment.fault_latency_ms / 1000
    return [Middleware(FaultyOnPurpose, rate, seconds)] if rate or seconds else []
