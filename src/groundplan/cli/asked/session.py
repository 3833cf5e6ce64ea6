"""What one run of the program carries from the command line to the verb."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from groundplan.cli.terminal.screen import Screen
from groundplan.cli.terminal.words import lasted


@dataclass(slots=True)
class Session:
    """`pick_target` makes the target from a folder and a source folder; None: this machine.

    It is not typed closer because naming the target here would import its parts for every verb.
    """

    screen: Screen = field(default_factory=Screen)
    pick_target: Callable[..., Any] | None = None
    trace: bool = False
    when_interrupted: str = "nothing was changed"
    began: float = field(default_factory=time.monotonic)

    def took(self) -> str:
        """How long this run has lasted, in words."""
        return lasted(time.monotonic() - self.began)
