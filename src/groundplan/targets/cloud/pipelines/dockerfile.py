"""Dockerfile: built in one stage, run in another, by an account without rights."""

import json

from groundplan.targets.cloud.design.delivery import Image
from groundplan.targets.cloud.kubernetes.pods import USER

_PYTHON = """\
FROM python:{version}-slim AS build
WORKDIR /build
COPY {directory}/requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt

FROM python:{version}-slim
ENV PATH=/venv/bin:$PATH \\
    PYTHONDONTWRITEBYTECODE=1 \\
    PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=build /venv /venv
COPY --chown=root:root {directory}/ .
"""
_NODE = """\
FROM node:22-slim AS build
WORKDIR /build
COPY {directory}/package.json {directory}/package-lock.json ./
RUN npm ci --omit=dev

FROM node:22-slim
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /build/node_modules node_modules
COPY --chown=root:root {directory}/ .
"""
_END = """\
# Nothing in the image is the account's own, so the file system can be read-only.
USER {user}:{user}
EXPOSE {port}
ENTRYPOINT {command}
"""

_READS = {"python": ("requirements.txt",), "node": ("package.json", "package-lock.json")}


def reads(image: Image) -> tuple[str, ...]:
    """The files of the service that say what it needs."""
    return tuple(f"{image.directory}/{name}" for name in _READS.get(image.language, ()))


def text(image: Image, python_version: str) -> str | None:
    """None for a service whose language has no known way to be built."""
    stages = {"python": _PYTHON, "node": _NODE}.get(image.language)
    if stages is None:
        return None
    words = [
        word.replace("{address}", "0.0.0.0").replace("{port}", str(image.port))
        for word in image.command
    ]
    return stages.format(directory=image.directory, version=python_version) + _END.format(
        user=USER, port=image.port, command=json.dumps(words)
    )
