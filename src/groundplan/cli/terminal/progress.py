"""Shows a target's progress on stderr: a bar for each region on a terminal, else a line a part."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from groundplan.cli.terminal.screen import Screen
from groundplan.cli.terminal.tally import Tally, told
from groundplan.targets.local.progress import Progress, Report, Stage

_LINES = frozenset({Stage.READY, Stage.RELOADING, Stage.STOPPING, Stage.REMOVED, Stage.FAILED})


@contextmanager
def shown(screen: Screen, *, done: str) -> Iterator[Report]:
    """A function to report events to, from any thread. `done` is the word for what is done."""
    if not screen.draws:
        yield _lines(screen)
        return
    console = Console(
        stderr=True, highlight=False, no_color=not screen.has_color(err=True), soft_wrap=False
    )
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24, complete_style="green", finished_style="green"),
        MofNCompleteColumn(),
        TextColumn(done),
        TimeElapsedColumn(),
        TextColumn("{task.fields[doing]}", markup=False),
        console=console,
        refresh_per_second=8,
    )
    with bars:
        yield _bars(bars)


def _lines(screen: Screen) -> Callable[[Progress], None]:
    lock = Lock()

    def report(event: Progress) -> None:
        if event.stage in _LINES or screen.verbose:
            with lock:
                screen.note(f"{event.seconds:6.1f} s  {event.site}  {told(event)}")

    return report


def _bars(bars: Bars) -> Callable[[Progress], None]:
    lock = Lock()
    tallies: dict[str, tuple[Tally, TaskID]] = {}

    def report(event: Progress) -> None:
        with lock:
            if event.site not in tallies:
                row = bars.add_task(event.site, total=None, doing="")
                tallies[event.site] = (Tally(), row)
            tally, row = tallies[event.site]
            tally.add(event)
            bars.update(row, total=tally.total, completed=tally.done, doing=tally.doing())

    return report
