"""The schema of a service on this machine: what may be taken from it, and what runs meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundplan.design.parts import Service
from groundplan.design.release import CANARY, Release
from groundplan.targets.local.delivery.releases import LocalReleases
from groundplan.targets.local.processes.supervisor import Supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalSchema:
    """The port of a contraction; the platform is its caller's alone."""

    folder: Path
    source: Path
    release: Release

    def refusal(self) -> str:
        """Another version that runs as stable or beside it, also one that nobody wrote down."""
        return next(self._others(), "")

    def contract(self) -> str:
        """Runs the service's command for it."""
        return self._releases().work("contract the schema", ())

    def _others(self) -> Iterator[str]:
        service, version = self.release.service, self.release.version
        design = self._releases().design()
        parts = [each for each in design.parts if isinstance(each, Service)]
        mine = [part for part in parts if part.service == service]
        if not mine:
            yield f"{service} does not run here any more"
        for part in mine:
            if part.version != version:
                yield f"{service} {part.version} runs ({part.name}), not {version}"
            elif part.subset == CANARY:
                yield f"a release of {service} goes on ({part.name})"
        known = {part.name for part in parts}
        for name, row in Supervisor(self.folder).programs().items():
            stem = name.partition("/")[2].rpartition("-")[0]
            is_ours = stem in (service, f"{service}-{CANARY}")
            if is_ours and name not in known and row.pid is not None:
                yield f"{name} runs, and nobody knows which version that is"

    def _releases(self) -> LocalReleases:
        return LocalReleases(folder=self.folder, source=self.source, release=self.release, slow=())
