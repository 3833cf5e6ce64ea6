"""Versions of the configuration as a shelf of copies: `up` makes them, in git.

A version is proven when git finds every object whole and its design is one that can be read. It is
never brought back in place: what runs is what `up` built from a file.
"""

from pathlib import Path

from pydantic import ValidationError

from groundplan.design.design import Design
from groundplan.errors import TargetError
from groundplan.ports.archive import Backup, Kind
from groundplan.ports.folder import DESIGN, SOURCE
from groundplan.ports.shelf import Brought
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.history import History

HERE = "here"  # its one repository stands in the platform's folder


class ConfigurationShelf:
    """The history of one platform's configuration."""

    def __init__(self, folder: Path, history: str) -> None:
        self._folder = folder
        self._history = History(folder / history)

    @property
    def repositories(self) -> tuple[str, ...]:
        return (HERE,)

    def copies(self, repository: str) -> tuple[Backup, ...]:
        return tuple(
            Backup(
                label=name,
                repository=repository,
                kind=Kind.FULL,
                began=at,
                ended=at,
                stop_lsn=0,
                bytes=0,
                stored_bytes=0,
            )
            for name, at, _ in self._history.commits()
        )

    def copy(self, repository: str, mark: str) -> Backup:
        """The design that runs, and the platform file as the last version has it or as it stands in
        its folder; no second version of the same."""
        design = self._folder / DESIGN
        files = {DESIGN: design.read_text(encoding="utf-8")}
        source = Path((self._folder / SOURCE).read_text())
        known = self.copies(repository)
        names = set(self._history.files(known[-1].label)) if known else {"platform.yaml"}
        for name in names - {DESIGN}:
            files[name] = (source / name).read_text(encoding="utf-8")
        self._history.keep(files, f"asked for by {mark}")
        return self.copies(repository)[-1]

    def delete(self, repository: str, labels: tuple[str, ...]) -> None:
        """Versions are kept for ever."""

    def inspect(self, repository: str) -> None:
        self._history.check()

    def prove(self, copy: Backup) -> Brought:
        files = self._history.files(copy.label)
        try:
            Design.from_json(files[DESIGN].encode())
        except (KeyError, ValidationError) as error:
            raise TargetError(
                part="configuration",
                doing=f"proving version {copy.label}",
                why=f"its design cannot be read: {str(error).splitlines()[0]}",
                try_="groundplan backup list; an older version may do",
            ) from error
        return _brought(files)

    def bring(self, copy: Backup, into: str) -> Brought:
        files = self._history.files(copy.label)
        Path(into).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, text in files.items():
            write_if_changed(Path(into) / name, text, mode=0o600)
        return _brought(files)

    def replace(self, copy: Backup, mark: str) -> Brought:
        raise TargetError(
            part="configuration",
            doing="bringing the configuration back in place",
            why="what runs is what `groundplan up` built from a file",
            try_="--into a folder, compare, then `groundplan up` with that file",
        )


def _brought(files: dict[str, str]) -> Brought:
    size = sum(len(text.encode()) for text in files.values())
    return Brought(items=len(files), bytes=size, what="files")
