"""How much is lost and how long a restore takes. Amounts are bytes, times seconds."""

import math
from dataclasses import dataclass


def transfer_seconds(size_bytes: float, bytes_per_second: float) -> float:
    """Time to move data: 500 GiB at 125 MiB/s take 4,096 s."""
    return size_bytes / bytes_per_second if bytes_per_second else math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCycle:
    """A backup that is made every so often, takes a while, and then has to reach its place."""

    interval_seconds: float
    run_seconds: float = 0
    copy_seconds: float = 0

    @property
    def loss_seconds_max(self) -> float:
        """Writes that a loss just before the next copy arrives takes away."""
        return self.interval_seconds + self.run_seconds + self.copy_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """The stages of a recovery, one after another."""

    detect_seconds: float = 0
    approve_seconds: float = 0
    provision_seconds: float = 0
    copy_seconds: float = 0
    replay_seconds: float = 0
    verify_seconds: float = 0
    switch_seconds: float = 0

    @property
    def seconds(self) -> float:
        """From the fault to service."""
        return (
            self.detect_seconds
            + self.approve_seconds
            + self.provision_seconds
            + self.copy_seconds
            + self.replay_seconds
            + self.verify_seconds
            + self.switch_seconds
        )
