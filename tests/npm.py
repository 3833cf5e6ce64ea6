"""Programs and schemas that only npm has, installed for one session into a temporary folder."""

import shutil
import subprocess
from pathlib import Path

import pytest
from network import outside

SECONDS_MAX = 120
PATIENCE = ("--fetch-retries=1", "--fetch-timeout=20000")


def installed(folder: Path, *packages: str) -> Path:
    """The folder that holds the packages' folders. Without npm or a registry the test is skipped,
    and says what it would have shown."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip(f"NOT SHOWN: npm and node are missing, so {' and '.join(packages)} did not run")
    words = [npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    try:
        with outside():
            done = subprocess.run(
                [*words, *PATIENCE, "--prefix", str(folder), *packages],
                capture_output=True,
                text=True,
                check=False,
                timeout=SECONDS_MAX,
                stdin=subprocess.DEVNULL,
            )
    except subprocess.TimeoutExpired:
        pytest.skip(f"NOT SHOWN: npm did not bring {packages} within {SECONDS_MAX} s")
    if done.returncode != 0:
        pytest.skip(f"NOT SHOWN: npm cannot bring {' and '.join(packages)}: {done.stderr[-300:]}")
    return folder / "node_modules"
