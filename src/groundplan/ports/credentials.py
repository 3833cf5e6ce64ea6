"""The Credentials port: what the stores of a platform let people in with, made anew."""

from typing import Protocol


class Credentials(Protocol):
    """Each call is harmless twice, and they are made in this order."""

    def prepare(self) -> None:
        """Makes new ones, beside those that count."""

    def admit(self) -> None:
        """The stores let people in with the new ones, too."""

    def switch(self) -> tuple[str, ...]:
        """The new ones count; returns the parts that still have the old ones."""

    def restart(self, part: str) -> None:
        """Starts a part anew, without a request lost; it has the new ones then."""

    def retire(self) -> None:
        """The stores refuse the old ones, and end what came in with them."""

    def still_admitted(self) -> tuple[str, ...]:
        """Where the old ones still open something, or nobody could say that they do not."""

    def forget(self) -> None:
        """Deletes the old ones."""
