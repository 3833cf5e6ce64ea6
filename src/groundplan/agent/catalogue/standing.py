"""What stands of each service, written down by `up` and at the end of each release."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from groundplan.agent.catalogue.kept import Rolling
from groundplan.design.design import Design
from groundplan.design.parts import Process, Service
from groundplan.design.release import running_of
from groundplan.design.standing import Says, Standing, Standings
from groundplan.ports.folder import RELEASES
from groundplan.ports.journal import Journal, Outcome, State
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.folder import Folder

STANDING = "standing.json"
_STANDINGS = TypeAdapter(dict[str, Standing])


def read(folder: Path) -> Standings:
    """All that is known; nothing where a platform was built before this was written down."""
    try:
        return _STANDINGS.validate_json((folder / RELEASES / STANDING).read_bytes())
    except (OSError, ValidationError):
        return {}


def write(folder: Path, standings: Standings) -> None:
    """All of it."""
    text = _STANDINGS.dump_json(dict(standings), indent=1).decode()
    write_if_changed(folder / RELEASES / STANDING, text + "\n")


def ended(folder: Path, rolling: Rolling, journal: Journal, outcome: Outcome) -> None:
    """At the end of a release: who stands, and whether the other one was taken back."""
    applied, service = Folder(folder).applied(), rolling.release.service
    running = running_of(applied, service) if applied else ()
    if rolling.says is None or not running:
        return
    known = dict(read(folder))
    before = known.get(service)
    stands = Standing(
        says=rolling.says,
        version=running[0].version,
        directory=running[0].process.workdir,
        tree=before.tree if before else "",
        release=before.release if before else "",
    )
    if outcome.state is State.DONE:
        stands = replace(stands, release=journal.operation, tree="")
    else:
        stands = replace(stands, refused=rolling.release.version)
    with suppress(OSError):  # a full disk makes no failure of a release that has ended
        write(folder, {**known, service: stands})


def brought(
    folder: Path, design: Design, says: dict[str, Says], trees: dict[str, str], kept: set[str]
) -> None:
    """After `up`: what it brought by the file alone, with copies of the code, and what it kept."""
    known = dict(read(folder))
    for service, said in says.items():
        running, before = running_of(design, service), known.get(service)
        if not running:
            continue
        if service in kept and before is not None:
            known[service] = replace(before, says=said)
            continue
        known[service] = Standing(
            says=said,
            version=running[0].version,
            directory=running[0].process.workdir,
            tree=trees.get(service, before.tree if before else ""),
        )
    write(folder, {name: each for name, each in known.items() if name in says})


def as_started(folder: Path, applied: Design, service: str) -> Design:
    """What runs, with the copy of the code that was started in place of what lies there now."""
    stands = read(folder).get(service)
    if stands is None or not stands.tree or not Path(stands.tree).is_dir():
        return applied
    directory, tree = stands.directory, stands.tree

    def moved(process: Process) -> Process:
        return replace(process, workdir=tree) if process.workdir == directory else process

    parts = tuple(
        replace(part, process=moved(part.process))
        if isinstance(part, Service) and part.service == service
        else part
        for part in applied.parts
    )
    jobs = tuple(
        replace(job, process=moved(job.process)) if job.service == service else job
        for job in applied.jobs
    )
    return replace(applied, parts=parts, jobs=jobs)
