"""Who types: the account, and who stands behind it with sudo."""

import os

from groundplan.targets.local.folder import account


def who_types() -> str:
    """ada, or "ada as root"."""
    name, behind = account(), os.environ.get("SUDO_USER", "")
    return f"{behind} as {name}" if behind and behind != name else name
