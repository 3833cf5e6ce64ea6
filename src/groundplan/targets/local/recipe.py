"""What the local target must know to run one kind of part. One subclass per kind, in parts/."""

from abc import ABC, abstractmethod
from enum import StrEnum
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from groundplan.design.parts import Part
from groundplan.targets.local.files import File
from groundplan.targets.local.machine import Account, Machine
from groundplan.targets.local.processes.programs import Program

P = TypeVar("P", bound=Part)


class Change(StrEnum):
    """What a part needs when its own facts changed."""

    RESTART = "restart"
    RELOAD = "reload"  # it re-reads its files on a signal, without a gap


class Recipe(ABC, Generic[P]):
    """How to make, start, ask and stop one kind of part. Recipes hold no state.

    The order of the calls for a new part: `files` are written, `prepare` runs (it may already use
    them), the supervisor starts `command`, `probe` is asked until it answers None, `settle` runs.
    Every one of them is safe to repeat.
    """

    programs: ClassVar[tuple[Program, ...]] = ()
    change: ClassVar[Change] = Change.RESTART
    reload_signal: ClassVar[str] = "HUP"
    stop_signal: ClassVar[str] = "TERM"
    stop_seconds: ClassVar[int] = 10
    ready_seconds: ClassVar[float] = 30  # how long a start may take before it counts as failed
    refuses_root: ClassVar[bool] = False
    keeps_data: ClassVar[bool] = False  # its folder survives when the part leaves the design

    @abstractmethod
    def command(self, part: P, machine: Machine) -> tuple[str, ...]:
        """The command that the supervisor keeps alive; it stays in the foreground."""

    @abstractmethod
    def files(self, part: P, machine: Machine) -> tuple[File, ...]:
        """Every file that the part reads, rendered."""

    @abstractmethod
    def probe(self, part: P, machine: Machine) -> str | None:
        """None when the part serves, else one sentence why it does not. Bounded to 2 s."""

    def environment(self, part: P, machine: Machine) -> tuple[tuple[str, str], ...]:
        """Variables for the command, added to a small fixed environment."""
        return ()

    def workdir(self, part: P, machine: Machine) -> Path:
        """Where the command runs."""
        return machine.directory(part)

    def prepare(self, part: P, machine: Machine) -> None:
        """What must exist before the first start (a data directory, a base backup)."""

    def waits_for(self, part: P, machine: Machine) -> tuple[str, ...]:
        """Parts that must serve before `prepare`, besides those that the design says."""
        return ()

    def why_down(self, part: P, machine: Machine) -> str | None:
        """Why it must not run as it is, when there is a reason that the supervisor cannot know."""
        return None

    def needs_restart(self, part: P, machine: Machine) -> bool:
        """Whether the files that were just written hold what a reload would leave out."""
        return False

    def settle(self, part: P, machine: Machine) -> None:
        """What is done once it serves (roles, databases)."""

    def instances(self, part: P) -> int:
        """How many inotify instances it takes to follow its files; an account has few."""
        return 0

    def stops_within(self, part: P) -> int:
        """Seconds from the stop signal until the supervisor kills it."""
        return self.stop_seconds

    def account(self, machine: Machine) -> Account | None:
        """The account it runs under when we are root and it refuses that; None: our own."""
        return machine.account if self.refuses_root else None
