"""Webhooks over HTTP: one POST, a bound on its time, no redirects; any 2xx is a yes.

Neither the address nor the token stands in a reason, for both may be secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

from groundplan.ports.folder import SECRETS
from groundplan.ports.hooks import Hook
from groundplan.ports.journal import Json

TOKEN = "hook-"  # secrets/hook-NAME


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalHooks:
    """The port, from this machine."""

    folder: Path

    def ask(self, hook: Hook, about: Mapping[str, Json], *, key: str) -> str:
        """Asks once; whoever is not reached is asked again at the next look."""
        headers = {"Idempotency-Key": key}
        if hook.token:
            path = self.folder / SECRETS / f"{TOKEN}{hook.token}"
            try:
                headers["Authorization"] = f"Bearer {path.read_text().strip()}"
            except OSError:
                return f"there is no {SECRETS}/{TOKEN}{hook.token}"
        try:
            answer = httpx.post(
                hook.url,
                json=dict(about),
                headers=headers,
                timeout=hook.seconds,
                follow_redirects=False,
                trust_env=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            return f"it is not reached ({type(error).__name__})"
        return "" if answer.is_success else f"it answers {answer.status_code}"
