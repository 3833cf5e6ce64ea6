"""Proves copies of what is not the database, and brings them back: caches, files, configuration."""

from collections.abc import Callable
from dataclasses import dataclass, field

from groundplan.design.promises import CACHE_RESTORE_TIME, FILES_RESTORE_TIME
from groundplan.errors import TargetError
from groundplan.operations.recovery.copy import CopyPorts, What
from groundplan.operations.recovery.point import moment, refused, shown
from groundplan.operations.recovery.thread import kept, tried
from groundplan.ports.archive import Backup
from groundplan.ports.journal import Journal, Outcome, State
from groundplan.ports.shelf import Brought
from groundplan.promise.promise import Evidence, EvidenceKind, Verdict

PROMISES = {"cache": CACHE_RESTORE_TIME, "files": FILES_RESTORE_TIME}
FORMS = "latest, a copy's name, or a time such as 2026-01-31T13:30:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prove:
    """What is to be proven: the newest copy of each repository, or the one that is named."""

    what: What
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BringBack:
    """To when, and into which folder (absolute; empty: in place). `dry`: only say what it does."""

    what: What
    to: str
    into: str = ""
    dry: bool = False


@dataclass(slots=True)
class _Done:
    """What was brought back from which copy, in how many seconds, and what was not."""

    brought: list[tuple[Backup, Brought, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def chosen(
    what: What, to: str, copies: tuple[Backup, ...], *, now: float
) -> tuple[tuple[Backup, ...], ...]:
    """For each thing to bring back the copies that may do, the best first. Pure.

    Each region's cache is its own; of files every repository holds the same. TargetError for what
    nobody can bring back.
    """
    good = tuple(copy for copy in copies if not copy.faults)
    if not good:
        raise refused(to, f"there is no good copy of the {what}", f"backup run --what {what}")
    named = tuple(copy for copy in copies if to in (copy.name, copy.label))
    if named:
        return tuple((copy,) for copy in named) if what == "cache" else (named,)
    at = now if to == "latest" else moment(to)
    if at is None:
        raise refused(to, "no copy is called so, and it is no time", f"write {FORMS}")
    if at > now:
        raise refused(to, f"it is in the future: it is {shown(now)} now", "--to latest")
    before = sorted((copy for copy in good if copy.ended <= at), key=lambda copy: -copy.ended)
    if not before:
        first = min(good, key=lambda copy: copy.ended)
        raise refused(to, f"the oldest, {first.name}, is of {shown(first.ended)}", "a later time")
    if what != "cache":
        return (tuple(before),)
    regions = dict.fromkeys(copy.repository for copy in before)
    return tuple(tuple(c for c in before if c.repository == region) for region in regions)


def prove(journal: Journal, ports: CopyPorts, arguments: Prove) -> Outcome:
    """Reads every byte of each repository, and brings one copy of it back beside the platform."""
    done = _Done()
    for region in ports.shelf.repositories:
        try:
            there = _listed(journal, ports, region)
            found = [c for c in there if arguments.name in (c.name, c.label)] or [
                c for c in there if not c.faults and not arguments.name
            ]
            if not found:
                if not arguments.name:
                    done.faults.append(f"there is no good copy in {region}")
                continue
            journal.tell(f"proves {found[-1].name}", because="reads all of its repository first")
            kept(journal, f"inspect {region}", None, lambda: ports.shelf.inspect(region))  # noqa: B023
            _bring(journal, done, found[-1], lambda: ports.shelf.prove(found[-1]))  # noqa: B023
        except TargetError as error:
            journal.tell(f"no proof in {region}", because=error.why)
            done.faults.append(f"{region}: {error.why}")
    if not done.brought and not done.faults:
        why = f"no copy of the {arguments.what} is called {arguments.name}"
        return Outcome(state=State.REFUSED, summary=why, facts={"try": "groundplan backup list"})
    return _outcome(journal, ports, arguments.what, done, "proven")


def bring_back(journal: Journal, ports: CopyPorts, arguments: BringBack) -> Outcome:
    """Into a folder, or in place with what stood there put aside."""
    what, into, shelf = arguments.what, arguments.into, ports.shelf
    try:
        groups = _groups(journal, ports, arguments)
    except TargetError as error:
        return Outcome(
            state=State.REFUSED,
            summary=f"{error.why}; try: {error.try_}",
            facts={"why": error.why, "try": error.try_},
        )
    names = ", ".join(f"{group[0].name} of {shown(group[0].ended)}" for group in groups)
    if arguments.dry:
        where = f"into {into}" if into else "in place"
        return Outcome(state=State.DONE, summary=f"would bring back {names}, {where}")
    journal.tell(f"brings the {what} back", because=names)
    done, mark = _Done(), journal.operation
    for group in groups:
        whys: list[str] = []
        for copy in group:
            folder = f"{into}/{copy.repository}" if what == "cache" else into
            try:
                if into:
                    _bring(journal, done, copy, lambda: shelf.bring(copy, folder))  # noqa: B023
                else:
                    _keep_cache(journal, ports, what, copy.repository)
                    _bring(journal, done, copy, lambda: shelf.replace(copy, mark))  # noqa: B023
                break
            except TargetError as error:
                journal.tell(f"{copy.name} cannot be brought back", because=error.why)
                whys.append(f"{copy.name}: {error.why}")
        else:
            done.faults.append("; ".join(whys))
    return _outcome(journal, ports, what, done, "brought back")


def _groups(
    journal: Journal, ports: CopyPorts, arguments: BringBack
) -> tuple[tuple[Backup, ...], ...]:
    copies: list[Backup] = []
    for region in ports.shelf.repositories:
        found = tried(
            journal,
            f"list {region}",
            tuple[Backup, ...],
            lambda: ports.shelf.copies(region),  # noqa: B023
        )
        if isinstance(found, TargetError):
            journal.tell(f"the repository in {region} cannot be used", because=found.why)
        else:
            copies += found
    return chosen(arguments.what, arguments.to, tuple(copies), now=journal.now())


def _listed(journal: Journal, ports: CopyPorts, region: str) -> tuple[Backup, ...]:
    return kept(journal, f"list {region}", tuple[Backup, ...], lambda: ports.shelf.copies(region))


def _keep_cache(journal: Journal, ports: CopyPorts, what: What, region: str) -> None:
    """Keys are given back into a server that runs: what it has now becomes a copy first."""
    if what == "cache":
        mark = f"{journal.operation}-before"
        made = kept(journal, f"keep {region}", Backup, lambda: ports.shelf.copy(region, mark))
        journal.tell(f"what the cache of {region} holds now is kept", because=made.name)


def _bring(journal: Journal, done: _Done, copy: Backup, do: Callable[[], Brought]) -> None:
    began = journal.now()
    brought = kept(journal, f"bring {copy.name}", Brought, do)
    seconds = journal.now() - began
    aside = f"; what stood there is in {brought.aside}" if brought.aside else ""
    journal.tell(
        f"{copy.name}: {brought.items:,} {brought.what}, {brought.bytes / 2**20:.1f} MB",
        because=f"in {seconds:.1f} s{aside}",
    )
    done.brought.append((copy, brought, seconds))


def _outcome(journal: Journal, ports: CopyPorts, what: What, done: _Done, did: str) -> Outcome:
    seconds = max((seconds for _, _, seconds in done.brought), default=None)
    names = ", ".join(
        f"{copy.name} ({brought.items:,} {brought.what})" for copy, brought, _ in done.brought
    )
    parts = [f"{did}: {names}"] if names else []
    summary = "; but ".join([*parts, "; ".join(done.faults)] if done.faults else parts)
    return Outcome(
        state=State.FAILED if done.faults else State.DONE,
        summary=summary,
        facts={
            "copies": [copy.name for copy, _, _ in done.brought],
            "items": sum(brought.items for _, brought, _ in done.brought),
            "bytes": sum(brought.bytes for _, brought, _ in done.brought),
            "seconds": seconds,
            "aside": [brought.aside for _, brought, _ in done.brought if brought.aside],
            "faults": list(done.faults),
        },
        evidence=_evidence(ports, what, summary, (seconds, bool(done.faults)), journal.now()),
    )


def _evidence(
    ports: CopyPorts, what: What, summary: str, found: tuple[float | None, bool], at: float
) -> tuple[Evidence, ...]:
    """A copy that cannot be brought back breaks the promise, however fast the others are."""
    seconds, has_faults = found
    return tuple(
        Evidence(
            promise=promise.id,
            kind=EvidenceKind.MEASURED,
            verdict=(Verdict.BROKEN if has_faults or seconds is None else promise.verdict(seconds)),
            value=seconds,
            at=at,
            how="the last copy that was brought back: out of its repository, and looked at",
            because=summary,
            samples=1,
        )
        for promise in ports.promises
        if promise.id == PROMISES.get(what)
    )
