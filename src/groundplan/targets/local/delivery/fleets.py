"""The replicas of this machine's services: what they use, what is left, another number of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from groundplan.design.parts import Service
from groundplan.design.scale import numbers, place_of
from groundplan.ports.fleets import Fleet, Room
from groundplan.targets.local import scale
from groundplan.targets.local.delivery.usage import Times, bytes_of
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.machine import Machine, account_for_root
from groundplan.targets.local.processes.supervisor import Supervisor

KEPT_FREE = 8  # of this many parts of the memory one is nobody's: a laptop has other things to do


@dataclass(slots=True)
class LocalFleets:
    """The port on this machine; its looks are weighed against each other."""

    folder: Path
    _times: Times = field(default_factory=Times)

    def look(self) -> Mapping[str, Fleet]:
        """Asks the kernel about every replica."""
        applied = Folder(self.folder).applied()
        if applied is None:
            return {}
        rows = Supervisor(self.folder).programs()
        pids = {name: row.pid for name, row in rows.items() if row.pid is not None}
        followed = {each.service for each in applied.scaling}
        found = {}
        for place, number in numbers(applied).items():
            parts = [p for p in applied.parts if isinstance(p, Service) and place_of(p) == place]
            if parts[0].service in followed:
                found[place] = self._fleet(number, parts, pids)
        return found

    def room(self) -> Room:
        """What nobody uses."""
        cores = psutil.cpu_count() or 1
        memory = psutil.virtual_memory()
        return Room(
            cores=cores * (1 - psutil.cpu_percent() / 100),
            bytes=max(0, memory.available - memory.total // KEPT_FREE),
        )

    def stand(self, wanted: Mapping[str, int]) -> dict[str, list[int]]:
        """As `up` would do it: from here on it keeps them, too."""
        applied = Folder(self.folder).applied()
        if applied is None:
            return {}
        scale.keep(self.folder, wanted)
        machine = Machine(
            folder=self.folder, source=self.folder, design=applied, account=account_for_root()
        )
        return scale.carry(machine, Supervisor(self.folder))

    def _fleet(self, number: int, parts: list[Service], pids: Mapping[str, int]) -> Fleet:
        readings = [
            (cores, size)
            for part in parts
            if part.name in pids
            for cores in [self._times.cores(pids[part.name])]
            for size in [bytes_of(pids[part.name])]
            if cores is not None and size is not None
        ]
        return Fleet(
            number=number,
            standing=len(parts),
            seen=len(readings),
            cores=sum(cores for cores, _ in readings),
            bytes=sum(size for _, size in readings),
        )
