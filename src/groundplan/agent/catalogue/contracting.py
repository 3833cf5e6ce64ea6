"""The operations `contract` and `contract-now`: what a release leaves to be taken from a schema."""

from dataclasses import replace
from pathlib import Path

from groundplan.agent.catalogue.kept import gone, kept, note, noted
from groundplan.agent.performing.kinds import Here
from groundplan.operations.delivery.contract import Contract, later, now
from groundplan.ports.journal import Journal, Outcome, State
from groundplan.targets.local.delivery.schema import LocalSchema


def perform_later(journal: Journal, here: Here, wanted: Contract) -> Outcome:
    """Waits, without the platform."""
    return later(journal, here.operations, wanted)


def perform_now(journal: Journal, here: Here, wanted: Contract) -> Outcome:
    """Contracts; from then on there is no way back to the version before."""
    rolling = kept(here.folder, wanted.release)
    schema = LocalSchema(folder=here.folder, source=Path(rolling.source), release=rolling.release)
    outcome = now(journal, schema, wanted)
    way = noted(here.folder)
    if outcome.state is State.DONE and way is not None and way.left == wanted.release:
        note(here.folder, replace(way, gone=gone(wanted.service, wanted.version)))
    return outcome
