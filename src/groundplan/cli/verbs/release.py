"""`groundplan release [FILE]`: rolls a new version of a service out, as the file says."""

import json
from dataclasses import asdict, replace
from pathlib import Path

import click

from groundplan.agent.catalogue import releasing
from groundplan.agent.door import asking
from groundplan.cli.asked.account import who_types
from groundplan.cli.asked.mistake import Mistake
from groundplan.cli.asked.options import (
    Verb,
    environment_option,
    file_argument,
    output_option,
    why_option,
)
from groundplan.cli.asked.session import Session
from groundplan.cli.asked.source import read
from groundplan.cli.asked.target import chosen
from groundplan.cli.exits import Exit
from groundplan.cli.following.following import performed, tell_end
from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.growth import carried_by, carrying
from groundplan.design.meeting import ways_for
from groundplan.design.release import Counters, has_same_schema, release_of, running_of
from groundplan.operations.delivery.plan import plan_for
from groundplan.ports.folder import RELEASES
from groundplan.spec.load import Source
from groundplan.targets.local.delivery.checkout import checkout
from groundplan.targets.local.delivery.commits import committed
from groundplan.targets.local.delivery.usage import Limits


@click.command(
    "release",
    cls=Verb,
    examples=(
        ("groundplan release --version 2.1", "the first service's new version, step by step"),
        ("groundplan release --service web --directory web-2.1", "from another folder"),
        ("groundplan release --ref v2.1", "as it is in git at a tag, a branch or a commit"),
        ("groundplan release", "what the file says now: a setting changed"),
        ("groundplan release --version 2.1 --detach", "do not follow it"),
        ("groundplan release --undo", "what was stable before the last one"),
    ),
)
@file_argument
@click.option("--service", metavar="S", help="The service.  [default: the file's first]")
@click.option("--version", "version", metavar="V", help="Its version.  [default: the file's]")
@click.option("--directory", metavar="DIR", help="Where it runs.  [default: the file's]")
@click.option("--ref", metavar="REF", help="Its directory as it is in git there.")
@click.option("--undo", is_flag=True, help="Bring back what was stable before.")
@click.option("--detach", is_flag=True, help="Start it and return; `groundplan rollout` shows it.")
@why_option
@environment_option
@output_option("json")
@click.pass_obj
def verb(
    session: Session,
    /,
    file: str | None,
    service: str | None,
    version: str | None,
    directory: str | None,
    *,
    ref: str | None,
    undo: bool,
    detach: bool,
    why: str,
    environment: str | None,
    output: str,
) -> Exit:
    """Give users a new version of a service, as the file's rollout says.

    A release is what the file says of the service now: its code, its settings, its schema. A
    version that fails is taken back, and everybody gets only a proven one. The agent does it and
    goes on without you; if it dies, too, the gateways return to the stable version by themselves
    within half a minute. Exits 4 when the version was taken back.
    """
    platform = chosen(session, file, environment)
    folder = platform.target.folder
    if platform.built is None:
        raise Mistake(f"{platform} does not run", try_="groundplan up")
    if undo:
        asked = releasing.way_back(folder)
    else:
        source = _changed(read(session, file, environment), service, version, directory)
        source, at = _from_git(source, service, version, ref, folder)
        asked = _kept(session, folder, _rolling(source, platform.built, service, at))
    arguments = asdict(asked)
    if not detach:
        return tell_end(session, performed(session, folder, "release", arguments, why=why), output)
    name = asking.start(folder, "release", arguments, who=who_types(), why=why)
    session.screen.data(json.dumps({"operation": name}) if output == "json" else name)
    session.screen.note("\n  see how it goes   groundplan rollout show")
    return Exit.FINE


def _kept(session: Session, folder: Path, rolling: releasing.Rolling) -> releasing.Asked:
    for gate in rolling.plan.unjudged:
        session.screen.note(f"not judged: {gate}, for the file sets no limit")
    return releasing.keep(folder, rolling)


def _named(source: Source, service: str | None) -> str:
    services = tuple(source.platform.services)
    name = service or next(iter(services), "")
    if name not in services:
        known = ", ".join(services) or "the file has none"
        raise Mistake(f"there is no service '{name}'", try_=f"one of: {known}")
    return name


def _changed(
    source: Source, service: str | None, version: str | None, directory: str | None
) -> Source:
    """The file with what was typed in its place."""
    name = _named(source, service)
    typed = {"version": version, "directory": directory}
    update = {key: value for key, value in typed.items() if value is not None}
    services = dict(source.platform.services)
    services[name] = services[name].model_copy(update=update)
    return replace(source, platform=source.platform.model_copy(update={"services": services}))


def _from_git(
    source: Source, service: str | None, version: str | None, ref: str | None, folder: Path
) -> tuple[Source, float | None]:
    """The service's directory at the ref, and when that was committed.

    Its version is the ref's name, unless one was typed. Without a ref it is what lies there.
    """
    name = _named(source, service)
    directory = source.path.absolute().parent / source.platform.services[name].directory
    if ref is None:
        return source, committed(directory)
    found = checkout(directory, ref, folder / RELEASES / "trees")
    return _changed(source, name, version or found.name, str(found.path)), found.committed


def _counters(source: Source, service: str) -> Counters | None:
    written = source.platform.services[service].counters
    return Counters(ended=written.ended, failed=written.failed) if written else None


def _rolling(
    source: Source, running: Design, service: str | None, at: float | None
) -> releasing.Rolling:
    name = _named(source, service)
    regions = tuple(region.name for region in running.regions)
    try:
        wanted = carrying(build(source, regions=regions), carried_by(running))
        release = release_of(wanted, name)
    except KeyError as error:
        raise Mistake(
            f"{name} does not run here",
            try_=f"write services.{name}.command, then groundplan up",
        ) from error
    if release.replicas == running_of(running, name):
        raise Mistake(
            f"{name} runs just so: version {release.version}, with these settings",
            try_="name another --version or --directory, or edit the file",
        )
    allowed = source.platform.services[name].resources.limits
    plan = plan_for(source.platform, name, regions)
    if has_same_schema(running, release):
        plan = replace(plan, expands=False, contracts=False, reverts=False)
    return releasing.Rolling(
        plan=plan,
        release=replace(
            release,
            ways=ways_for(source.platform, name, plan.weights),
            counters=_counters(source, name),
        ),
        source=str(source.path.absolute().parent),
        limits=Limits(
            cores=allowed.cpu.cores if allowed.cpu else None,
            bytes=allowed.memory.bytes if allowed.memory else None,
        ),
        committed=at,
    )
