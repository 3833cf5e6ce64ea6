"""Who is told of operations: the file's names, what they hear of, and how they are reached.

Where they are reached is a secret: a file of the platform's folder, named here and read when it is
needed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from groundplan.spec.load import Source
from groundplan.spec.notifications import Moment

SECRET = "notify-"  # secrets/notify-pagerduty: a key or an address, and maybe a second word


class Means(StrEnum):
    """In whose words somebody is told."""

    PAGERDUTY = "pagerduty"
    SLACK = "slack"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Somebody who is told."""

    name: str
    means: Means
    secret: str  # the file in `secrets` that says where
    kinds: tuple[str, ...]  # of operations; none: all
    moments: tuple[Moment, ...]

    @property
    def slug(self) -> str:
        """The name as a file, or a key of Kubernetes, would be called."""
        return self.secret.removeprefix(SECRET)


def slug(name: str) -> str:
    """A name as a file would be called."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")


def means_of(name: str) -> Means:
    """PagerDuty and Slack are told in their own words, others by a webhook."""
    short = slug(name)
    return next((each for each in (Means.PAGERDUTY, Means.SLACK) if each in short), Means.WEBHOOK)


def receivers(source: Source) -> tuple[Receiver, ...]:
    """Everybody whom the file's `notifications` name."""
    return tuple(
        Receiver(
            name=each.notify,
            means=means_of(each.notify),
            secret=SECRET + slug(each.notify),
            kinds=each.of,
            moments=each.when,
        )
        for each in source.platform.notifications
    )
