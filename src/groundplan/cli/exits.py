"""What the exit code says; scripts rely on these numbers."""

from enum import IntEnum


class Exit(IntEnum):
    """2 never means anything but "there is a difference", so a usage error is 1."""

    FINE = 0
    BROKEN = 1  # a promise is broken, a part is not healthy, a finding at --fail-on
    USAGE = 1
    DIFFERENT = 2  # only plan and drift with --detailed-exitcode, and render --check
    WRONG_FILE = 3
    REFUSED = 4
    INTERRUPTED = 130
