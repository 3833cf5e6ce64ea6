"""The options that every verb has, the ones that several share, and the class that reads them."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from groundplan.cli.asked.session import Session
from groundplan.cli.terminal.screen import Screen

F = TypeVar("F", bound=Callable[..., Any])

FORMAT_VERSION = "1.0"
SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
EVERY_VERB = "Options of every verb"
_SHARED = ("color", "quiet", "verbose", "no_input", "yes", "trace", "help")


def every_verb() -> list[click.Option]:
    """Options of every verb; they may also stand before it."""
    return [
        click.Option(
            ["--color"],
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            help="Colours: on a terminal (auto), always or never.  [default: auto]",
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="No progress and no notes."),
        click.Option(["-v", "--verbose"], is_flag=True, help="More notes on what is done."),
        click.Option(["--no-input"], is_flag=True, help="Never ask; what needs an answer fails."),
        click.Option(["-y", "--yes"], is_flag=True, help="Answer every question with yes."),
        click.Option(["--trace"], is_flag=True, help="Show where in groundplan an error arose."),
    ]


class Word(click.Argument):
    """An argument, with a line in the help."""

    def __init__(self, *args: Any, told: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.told = told

    @property
    def title(self) -> str:
        """Its name in capitals, without the brackets of what may be left out."""
        return self.human_readable_name.strip("[]")


class Verb(click.Command):
    """A command with the options of every verb, and examples: a line each, and what it does."""

    def __init__(self, *args: Any, examples: tuple[tuple[str, str], ...], **kwargs: Any) -> None:
        super().__init__(*args, **{"context_settings": SETTINGS, **kwargs})
        self.examples = examples
        self.params.extend(every_verb())

    def invoke(self, ctx: click.Context) -> Any:
        """Sets the session up, then runs the verb with its own options only."""
        session = ctx.ensure_object(Session)
        take = ctx.params.pop
        session.trace = take("trace")
        session.screen = Screen(
            color=take("color"),
            quiet=take("quiet"),
            verbose=take("verbose"),
            may_ask=not take("no_input"),
            yes=take("yes"),
        )
        return super().invoke(ctx)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Arguments, the verb's own options, then those of every verb."""
        arguments = [(each.title, each.told) for each in self.params if isinstance(each, Word)]
        own: list[tuple[str, str]] = []
        shared: list[tuple[str, str]] = []
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record:
                (shared if option.name in _SHARED else own).append(record)
        sections = (("Arguments", arguments), ("Options", own), (EVERY_VERB, shared))
        for title, records in sections:
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Examples"):
            formatter.write_dl(list(self.examples), col_max=50)


def file_argument(function: F) -> F:
    """[FILE]"""
    return click.argument(
        "file",
        cls=Word,
        told="The platform file, or the folder it is in.  [default: ./platform.yaml]",
        required=False,
        type=click.Path(readable=False),  # one that cannot be read is a finding, not wrong usage
    )(function)


def action_argument(actions: tuple[str, ...]) -> Callable[[F], F]:
    """[ACTION], which is `list` unless it is said."""
    return click.argument(
        "action",
        cls=Word,
        told=f"{', '.join(actions)}.  [default: list]",
        type=click.Choice(actions),
        default="list",
    )


def dry_run_option(function: F) -> F:
    """--dry-run"""
    return click.option("--dry-run", is_flag=True, help="Only tell what would be done.")(function)


def environment_option(function: F) -> F:
    """--env"""
    return click.option(
        "--env",
        "environment",
        metavar="E",
        help="Environment of the file, for example staging.  [default: the file's own]",
    )(function)


def why_option(function: F) -> F:
    """--why"""
    return click.option("--why", metavar="TEXT", default="", help="The reason, for the journal.")(
        function
    )


def regions_option(function: F) -> F:
    """--regions"""
    return click.option(
        "--regions",
        metavar="N|all|a,b",
        help="Regions to run: how many, all, or their names.  [default: 3, the primary first]",
    )(function)


def output_option(*forms: str) -> Callable[[F], F]:
    """-o text|json and whatever else the verb has."""
    return click.option(
        "-o",
        "--output",
        type=click.Choice(["text", *forms]),
        default="text",
        help=f"Form of the data: text, {', '.join(forms)}.  [default: text]",
    )
