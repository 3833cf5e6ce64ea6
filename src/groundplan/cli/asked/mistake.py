"""What was typed is understood, but cannot be done."""

import click


class Mistake(click.ClickException):
    """Exit code 1, like every mistake in the usage. `try_` is what to type instead."""

    def __init__(self, what: str, *, try_: str) -> None:
        super().__init__(what)
        self.try_ = try_
