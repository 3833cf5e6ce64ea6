"""`notifications`: who is told of what is done to the platform, and of what waits for a person.

Where somebody is reached is a secret of the platform, by the name: see docs/how-to/observe.md.
"""

from typing import Annotated, Literal

from pydantic import Field

from groundplan.spec.section import Section, Text

Told = Literal[
    "release",
    "failover",
    "replace-primary",
    "switchover",
    "restore",
    "backup",
    "verify",
    "copy",
    "drill",
    "isolate",
    "readmit",
    "rotate-credentials",
]
Moment = Literal["began", "asks", "failed", "done"]


class Notification(Section):
    """Somebody, and what they are told."""

    notify: Text  # "PagerDuty"
    of: tuple[Told, ...] = ()  # kinds of operations; none: all
    when: Annotated[tuple[Moment, ...], Field(min_length=1)] = ("asks", "failed", "done")
