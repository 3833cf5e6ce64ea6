"""`groundplan completion SHELL`: the script that makes a shell complete verbs and options."""

import click
from click.shell_completion import get_completion_class

from groundplan.cli.asked.options import Verb, Word
from groundplan.cli.asked.session import Session

SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=Verb,
    examples=(
        ('eval "$(groundplan completion bash)"', "for this bash; in ~/.bashrc for every one"),
        ('eval "$(groundplan completion zsh)"', "for zsh, in ~/.zshrc"),
        ("groundplan completion fish | source", "for fish, in ~/.config/fish/config.fish"),
    ),
)
@click.argument(
    "shell",
    cls=Word,
    told="bash, zsh or fish.",
    type=click.Choice(SHELLS),
)
@click.pass_context
def verb(ctx: click.Context, shell: str) -> None:
    """Print the script that completes verbs, options and part names in SHELL."""
    made = get_completion_class(shell)
    assert made is not None
    session = ctx.ensure_object(Session)
    completion = made(ctx.find_root().command, {}, "groundplan", "_GROUNDPLAN_COMPLETE")
    session.screen.data(completion.source().rstrip("\n"))
