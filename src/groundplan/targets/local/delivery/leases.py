"""Leases of weights, renewed while something is built: that may take longer than a lease.

Without it the regions that have the new version already would be given stable in the middle of a
build, and the replicas that are being replaced would have users again. Only routes are written, for
which replicas may have requests is the build's own.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from groundplan.design.parts import Gateway
from groundplan.design.release import leased, share
from groundplan.errors import TargetError
from groundplan.targets.local.files import write_if_changed
from groundplan.targets.local.folder import Folder
from groundplan.targets.local.parts.envoy.listener import routes
from groundplan.targets.local.parts.envoy.shape import ROUTES

RENEWALS = 4  # in the time of a lease


@dataclass(slots=True, kw_only=True)
class Leases:
    """The leases of one service. Who writes weights meanwhile holds `turn`."""

    folder: Path
    service: str
    seconds: float
    turn: threading.RLock = field(default_factory=threading.RLock)

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

    def renew(self) -> None:
        """Once: the weights that are written down, for as long as a lease lasts from now on."""
        with self.turn:
            applied = Folder(self.folder).applied()
            if applied is None:
                return
            until = time.time() + self.seconds
            for part in leased(applied, self.service, until=until).parts:
                if isinstance(part, Gateway) and share(part, self.service) > 0:
                    write_if_changed(self.folder / part.directory / ROUTES, routes(part))

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self.seconds / RENEWALS):
            with suppress(OSError, TargetError):  # then it ends by itself, which is what it is for
                self.renew()
