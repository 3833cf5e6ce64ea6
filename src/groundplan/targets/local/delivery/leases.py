"""Leases of weights, renewed while something is built: that may take longer than a lease.

Without it the regions that have the new version already would be given stable in the middle of a
build, and the replicas that are being replaced would have users again. Only routes are written, for
which replicas may have requests is the build's own. Workers have no gateway: each has its lease in
a file, and works as long as that says (`by_lease`).
"""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from groundplan.design.parts import Gateway, Service
from groundplan.design.release import leased, share
from groundplan.errors import TargetError
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.parts.envoy.listener import routes
from groundplan.targets.local.parts.envoy.shape import ROUTES
from groundplan.targets.local.parts.service import lease_file

RENEWALS = 4  # in the time of a lease


@dataclass(slots=True, kw_only=True)
class Leases:
    """The leases of one service. Who writes weights meanwhile holds `turn`."""

    folder: Path
    service: str
    seconds: float
    turn: threading.RLock = field(default_factory=threading.RLock)
    _workers: dict[str, Service] = field(default_factory=dict)  # that are being started

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Renews them until it is left."""
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def grant(self, workers: Iterable[Service], *, until: float) -> None:
        """Lets them work until that instant, also those that are about to be started."""
        for part in workers:
            if part.is_leased:
                write_if_changed(lease_file(part, self.folder), f"{until:.3f}\n")

    @contextmanager
    def granted(self, workers: Iterable[Service]) -> Iterator[None]:
        """Lets them work from their start, and renews that until it is left."""
        self._workers = {part.name: part for part in workers}
        try:
            self.grant(self._workers.values(), until=time.time() + self.seconds)
            with self.kept():
                yield
        finally:
            self._workers = {}

    def ended(self, part: Service, now: float) -> float | None:
        """Since when it may work no longer; None while it may, or before it ever might."""
        try:
            until = float(lease_file(part, self.folder).read_text())
        except (OSError, ValueError):
            return None
        return until if until <= now else None

    def renew(self) -> None:
        """Once: the weights that are written down, for as long as a lease lasts from now on."""
        with self.turn:
            applied = Folder(self.folder).applied()
            if applied is None:
                return
            until = time.time() + self.seconds
            standing = {part.name: part for part in applied.parts if isinstance(part, Service)}
            mine = [p for p in standing.values() if p.service == self.service]
            self.grant((*mine, *self._workers.values()), until=until)
            for part in leased(applied, self.service, until=until).parts:
                if isinstance(part, Gateway) and share(part, self.service) > 0:
                    write_if_changed(self.folder / part.directory / ROUTES, routes(part))

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self.seconds / RENEWALS):
            with suppress(OSError, TargetError):  # then it ends by itself, which is what it is for
                self.renew()
