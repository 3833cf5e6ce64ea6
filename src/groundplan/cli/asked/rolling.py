"""What is to be rolled out: the file, what was typed, and a copy of the code as it is now."""

from dataclasses import dataclass, replace
from pathlib import Path

from groundplan.agent.catalogue import standing
from groundplan.agent.catalogue.kept import Rolling
from groundplan.cli.asked.mistake import Mistake
from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.meeting import ways_for
from groundplan.design.release import Counters, Release, has_same_schema, release_of, running_of
from groundplan.design.scale import following
from groundplan.design.standing import as_released, says
from groundplan.operations.delivery.plan import plan_for
from groundplan.ports.folder import RELEASES
from groundplan.spec.load import Source
from groundplan.targets.local.delivery.checkout import checkout
from groundplan.targets.local.delivery.commits import committed
from groundplan.targets.local.delivery.trees import TREES, lay_out
from groundplan.targets.local.delivery.usage import Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the command line says; what it leaves out the file says."""

    service: str | None = None
    version: str | None = None
    directory: str | None = None
    ref: str | None = None


def rolling(source: Source, running: Design, typed: Typed, folder: Path) -> Rolling:
    """The release that is asked for; Mistake when it is none."""
    name = _named(source, typed.service)
    said = says(source, name)
    wanted = _typed(source, name, typed, folder)
    started = standing.as_started(folder, running, name)
    first = _release(wanted, running, name)
    if started is running and typed.ref is None:
        _refuse_the_same(first, running)  # nobody knows the code that was started
    wanted, at = _copied(wanted, name, typed, folder)
    release = _release(wanted, running, name)
    _refuse_the_same(release, started)
    platform = wanted.platform
    allowed = platform.services[name].resources.limits
    plan = plan_for(platform, name, tuple(region.name for region in running.regions))
    if has_same_schema(started, release):
        plan = replace(plan, expands=False, contracts=False, reverts=False)
    return Rolling(
        plan=plan,
        release=replace(
            release,
            ways=ways_for(platform, name, plan.weights),
            counters=_counters(wanted, name),
        ),
        source=str(source.path.absolute().parent),
        limits=Limits(
            cores=allowed.cpu.cores if allowed.cpu else None,
            bytes=allowed.memory.bytes if allowed.memory else None,
        ),
        committed=at,
        says=said,
        contracts_apart=True,
    )


def apart(folder: Path, directory: Path) -> tuple[Path, ...]:
    """What of groundplan's own may lie below a directory of code, and is never copied."""
    home = folder.parent.resolve()
    return (folder,) if directory.resolve().is_relative_to(home) else (folder, home)


def _named(source: Source, service: str | None) -> str:
    services = tuple(source.platform.services)
    name = service or next(iter(services), "")
    if name not in services:
        known = ", ".join(services) or "the file has none"
        raise Mistake(f"there is no service '{name}'", try_=f"one of: {known}")
    return name


def _typed(source: Source, name: str, typed: Typed, folder: Path) -> Source:
    """The file with what was typed in its place. Without a word: what was released stays, and only
    the file's settings are new; what was taken back is tried again."""
    if typed.version is None and typed.directory is None and typed.ref is None:
        stands = standing.read(folder).get(name)
        is_kept = stands is not None and not stands.refused
        return as_released(source, {name: stands})[0] if stands and is_kept else source
    return _changed(source, name, version=typed.version, directory=typed.directory)


def _copied(source: Source, name: str, typed: Typed, folder: Path) -> tuple[Source, float | None]:
    """With a copy of the code in place of where it lies, and when that was committed.

    With a ref its version is the ref's name, unless one was typed.
    """
    directory = source.path.absolute().parent / source.platform.services[name].directory
    trees = folder / RELEASES / TREES
    if typed.ref is not None:
        found = checkout(directory, typed.ref, trees)
        version = typed.version or found.name
        return _changed(source, name, version=version, directory=str(found.path)), found.committed
    if directory.is_relative_to(trees):
        return source, None
    path = lay_out(directory, trees, apart=apart(folder, directory))
    return _changed(source, name, directory=str(path)), committed(directory)


def _changed(
    source: Source, name: str, *, version: str | None = None, directory: str | None = None
) -> Source:
    given = {"version": version, "directory": directory}
    update = {key: value for key, value in given.items() if value is not None}
    services = dict(source.platform.services)
    services[name] = services[name].model_copy(update=update)
    return replace(source, platform=source.platform.model_copy(update={"services": services}))


def _release(source: Source, running: Design, name: str) -> Release:
    regions = tuple(region.name for region in running.regions)
    try:
        return following(release_of(build(source, regions=regions), name), running)
    except KeyError as error:
        raise Mistake(
            f"{name} does not run here",
            try_=f"write services.{name}.command, then groundplan up",
        ) from error


def _refuse_the_same(release: Release, running: Design) -> None:
    if set(release.replicas) == set(running_of(running, release.service)):
        raise Mistake(
            f"{release.service} runs just so: version {release.version}, this code, these settings",
            try_="name another --version or --directory, or edit the file",
        )


def _counters(source: Source, service: str) -> Counters | None:
    written = source.platform.services[service].counters
    return Counters(ended=written.ended, failed=written.failed) if written else None
