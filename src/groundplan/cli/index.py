"""The table of verbs: where each one lives and its line in the help.

The group reads names and help lines from here, so that only the verb that runs is imported by name
(`groundplan check` needs no rich).
"""

import difflib
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click
from click.core import ParameterSource
from click.shell_completion import CompletionItem

from groundplan import __version__
from groundplan.cli.asked.options import SETTINGS, every_verb
from groundplan.cli.exits import Exit


@dataclass(frozen=True, slots=True)
class Entry:
    """A verb's module, which calls its command `verb`, and what it does in one line."""

    module: str
    line: str


VERBS = {
    "init": Entry("groundplan.cli.verbs.init", "Write a small platform.yaml to start from."),
    "check": Entry("groundplan.cli.verbs.check", "Find everything that is wrong with the file."),
    "explain": Entry(
        "groundplan.cli.verbs.explain", "Tell what a rule means, or what proves a promise."
    ),
    "schema": Entry("groundplan.cli.verbs.schema", "Print the file's JSON Schema, for editors."),
    "plan": Entry("groundplan.cli.verbs.plan", "Show what `up` would change."),
    "render": Entry("groundplan.cli.verbs.render", "Write the platform as files for a cloud."),
    "apply": Entry("groundplan.cli.verbs.apply", "Carry rendered files out in a cloud."),
    "rehearse": Entry("groundplan.cli.verbs.rehearse", "Simulate a release on a virtual clock."),
    "up": Entry("groundplan.cli.verbs.up", "Build or mend the platform on this machine."),
    "release": Entry("groundplan.cli.verbs.release", "Give users a new version, step by step."),
    "rollout": Entry("groundplan.cli.verbs.rollout", "See releases and why; pause, promote, undo."),
    "down": Entry("groundplan.cli.verbs.down", "Stop the platform; its data stays."),
    "status": Entry("groundplan.cli.verbs.status", "Show regions, parts, health and addresses."),
    "logs": Entry("groundplan.cli.verbs.logs", "Show a part's output."),
    "backup": Entry("groundplan.cli.verbs.backup", "Make, show and prove backups."),
    "switchover": Entry(
        "groundplan.cli.verbs.switchover", "Move the primary to another region, in order."
    ),
    "failover": Entry("groundplan.cli.verbs.failover", "Give the primary up for another region."),
    "restore": Entry("groundplan.cli.verbs.restore", "Bring the database back from its backups."),
    "drill": Entry(
        "groundplan.cli.verbs.drill", "Break something for real, and time the response."
    ),
    "isolate": Entry("groundplan.cli.verbs.isolate", "Shut a region off, as after a break-in."),
    "secrets": Entry("groundplan.cli.verbs.secrets", "Make new credentials for the stores."),
    "promises": Entry("groundplan.cli.verbs.promises", "Show every promise with its evidence."),
    "roadmap": Entry("groundplan.cli.verbs.roadmap", "Show how far the file's timeline is."),
    "search": Entry("groundplan.cli.verbs.search", "Search what all parts wrote."),
    "trace": Entry("groundplan.cli.verbs.trace", "Show what a request did, part by part."),
    "lake": Entry("groundplan.cli.verbs.lake", "Fill, ask and age the data lake."),
    "slo": Entry("groundplan.cli.verbs.slo", "Show what is left of each error budget."),
    "alerts": Entry("groundplan.cli.verbs.alerts", "Show what is wrong, and who is told."),
    "operations": Entry(
        "groundplan.cli.verbs.operations", "See, approve or abort what is being done."
    ),
    "journal": Entry("groundplan.cli.verbs.journal", "Show who did what, when and why."),
    "version": Entry("groundplan.cli.verbs.version", "Print the version."),
    "completion": Entry("groundplan.cli.verbs.completion", "Print a shell's completion script."),
}

_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
_EPILOG = """\
FILE is ./platform.yaml unless you name one. Start with `groundplan init`.

\b
Exit codes:
  0    fine
  1    a promise is broken, a part is not healthy, a finding counts; or wrong usage
  2    there is a difference (plan --detailed-exitcode, render --check)
  3    the file is wrong
  4    the machine refused, or groundplan failed
  130  interrupted
"""


class Verbs(click.Group):
    """`groundplan` itself: every verb by name, loaded when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        with _without_plugins():
            verb = importlib.import_module(VERBS[cmd_name].module).verb
        assert isinstance(verb, click.Command)
        return verb

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in VERBS and not ctx.resilient_parsing:
            close = difflib.get_close_matches(args[0], VERBS, n=1)
            guess = f" Did you mean '{close[0]}'?" if close else ""
            raise click.UsageError(f"There is no verb '{args[0]}'.{guess}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, entry.line) for name, entry in VERBS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        verbs = (name for name in VERBS if name.startswith(incomplete))
        found = [CompletionItem(name, help=VERBS[name].line) for name in verbs]
        return found + click.Command.shell_complete(self, ctx, incomplete)


@contextmanager
def _without_plugins() -> Iterator[None]:
    """While our models are made: pydantic would read the metadata of every installed package to
    look for plugins, which takes an eighth of a `check`. No process that we start hears of it."""
    if _PLUGINS in os.environ:
        yield
        return
    os.environ[_PLUGINS] = "__all__"
    try:
        yield
    finally:
        del os.environ[_PLUGINS]


def _before_the_verb(**given: Any) -> Exit | None:
    """Options typed before the verb become the defaults of the verb's own options."""
    ctx = click.get_current_context()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        return Exit.USAGE
    verb = groundplan.get_command(ctx, ctx.invoked_subcommand)
    assert verb is not None
    typed = {
        name: value
        for name, value in given.items()
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
    }
    if "output" in typed and not any(option.name == "output" for option in verb.params):
        raise click.UsageError(f"'{verb.name}' has only one form of output: leave -o out.", ctx)
    ctx.default_map = {ctx.invoked_subcommand: typed}
    return None


groundplan = Verbs(
    name="groundplan",
    callback=_before_the_verb,
    invoke_without_command=True,
    params=[
        *every_verb(),
        click.Option(["-o", "--output"], help="Form of the data, where a verb has several."),
    ],
    help="One file describes a multi-region platform; groundplan checks, runs and proves it.",
    epilog=_EPILOG,
    subcommand_metavar="VERB [ARGS]...",
    context_settings=SETTINGS,
)
click.version_option(__version__, prog_name="groundplan", message="%(prog)s %(version)s")(
    groundplan
)
