"""The way in: runs a verb and turns whatever happens into words and an exit code.

Verbs return an exit code (or nothing, for fine) and let errors pass; all of them end here.
"""

import gc
import sys
import traceback

import click

from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.session import Session
from groundplan.cli.exits import Exit
from groundplan.cli.index import groundplan
from groundplan.cli.shown import failures
from groundplan.errors import SpecError, TargetError

# A verb makes many small values and ends: looking for garbage among them, and among all there is
# once more at the end, costs a fifth of `check`.
GARBAGE_MIN = 100_000


def main(arguments: list[str] | None = None, session: Session | None = None) -> int:
    """Runs `groundplan ARGUMENTS` and returns the exit code. None: those of the process, which
    ends with it."""
    gc.set_threshold(GARBAGE_MIN)
    if arguments is None:
        code = main(sys.argv[1:], session)
        gc.freeze()
        return code
    session = session or Session()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A sign that the terminal's encoding lacks is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    try:
        return int(_run(arguments, session))
    except KeyboardInterrupt:  # click turns the first into Abort; this is a second one
        return int(Exit.INTERRUPTED)
    except Exception as error:
        if "--trace" in arguments:
            traceback.print_exception(error)
        return int(_explained(error, session))


def _run(arguments: list[str], session: Session) -> Exit:
    result = groundplan.main(arguments, prog_name="groundplan", standalone_mode=False, obj=session)
    return Exit(result or Exit.FINE)


def _explained(error: Exception, session: Session) -> Exit:
    """Says what went wrong, so that a person knows what to do next."""
    screen = session.screen
    match error:
        case Mistake():
            failures.mistake(error, screen)
            return Exit.USAGE
        case click.UsageError():
            failures.usage(error, screen)
            return Exit.USAGE
        case click.Abort():
            screen.error(f"Interrupted: {session.when_interrupted}.")
            return Exit.INTERRUPTED
        case SpecError():
            failures.spec(error, screen)
            return Exit.WRONG_FILE
        case TargetError():
            failures.target(error, screen)
            return Exit.REFUSED
        case OSError():
            failures.machine(error, screen)
            return Exit.REFUSED
        case _:
            failures.bug(error, screen)
            return Exit.REFUSED
