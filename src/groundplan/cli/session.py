"""What one run of the program carries from the command line to the verb."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from groundplan.cli.screen import Screen


@dataclass(slots=True)
class Session:
    """`pick_target` makes the target from a folder and a source folder; None: this machine.

    It is not typed closer because naming the target here would import its parts for every verb.
    """

    screen: Screen = field(default_factory=Screen)
    pick_target: Callable[..., Any] | None = None
    when_interrupted: str = "nothing was changed"
