"""What a rollout may ask of webhooks: a word before and after a step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from groundplan.ports.journal import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A webhook of the file, and what its silence or its no means."""

    name: str
    url: str
    when: Literal["before-step", "after-step"]
    on_refusal: Literal["hold", "abort"]
    seconds: float  # how long one answer may take
    tries: int  # looks in a row without a yes after which an abort follows
    token: str = ""  # the secret that proves who asks, by its name


class Hooks(Protocol):
    """Those who are asked."""

    def ask(self, hook: Hook, about: Mapping[str, Json], *, key: str) -> str:
        """Why the answer is no yes; nothing when it is one. The same key is the same question."""
