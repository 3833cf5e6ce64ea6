"""How the time of a check grows with the file, and beside it checkov on the plain files that the
10,000 values mean (see plain.py), in one run.

checkov is installed from the package index into a folder that is removed afterwards; CHECKOV names
one that is there already. Without either its rows say so. It looks at resources one at a time and
groundplan at the file's promises together, so this compares waiting times, not findings.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from generated import platform, teams_of
from measured import core_seconds, median_seconds, run, table
from plain import write

from groundplan.spec.compose import compose

SIZES = (1_000, 10_000, 30_000, 100_000)
BESIDE = 10_000
TIMES = 5
TIMES_BESIDE = 3
VERSION = "3.3.30"
INSTALL_SECONDS = 300


def main() -> None:
    """Both tables, from a folder that is removed."""
    with tempfile.TemporaryDirectory(prefix="gpb-") as name:
        folder = Path(name)
        seconds = _growth(folder)
        _beside_checkov(folder, seconds[BESIDE])


def _growth(folder: Path) -> dict[int, float]:
    start = median_seconds(lambda: run([sys.executable, "-c", "pass"]), times=TIMES)
    nothing = median_seconds(lambda: run(_groundplan("explain", "REC001")), times=TIMES)
    rows, seconds = [], {}
    for size in SIZES:
        path = folder / f"platform-{size}.yaml"
        text = platform(teams_of(size))
        path.write_text(text)
        values = compose(text, path.name)[0].size
        words = _groundplan("check", str(path), "--fail-on", "never", "-q")
        seconds[size] = median_seconds(lambda words=words: run(words), times=TIMES)
        core = core_seconds(lambda words=words: run(words), times=TIMES)
        each = (seconds[size] - nothing) / values * 1e6
        rows.append((f"{values:,} values", f"{seconds[size]:.2f}", f"{core:.2f}", f"{each:.1f}"))
    table(
        "check of a growing file, cold",
        ("what", "seconds", "of a core", "us a value, without the start"),
        (
            ("python start", f"{start:.2f}", "", ""),
            ("groundplan start", f"{nothing:.2f}", "", ""),
            *rows,
        ),
    )
    return seconds


def _beside_checkov(folder: Path, check: float) -> None:
    teams, plain = teams_of(BESIDE), folder / "plain"
    resources = write(plain, teams)
    checkov = os.environ.get("CHECKOV") or _installed(folder / "venv")
    rows = [(f"groundplan check, {teams} teams in one file", f"{check:.2f}", "1.0", "129 rules")]
    if checkov is None:
        rows.append(("checkov", "not measured: it could not be installed", "", ""))
    else:
        start = median_seconds(lambda: run([checkov, "--version"]), times=TIMES_BESIDE)
        words = [checkov, "-d", str(plain), "--soft-fail", "--quiet", "--compact", "-o", "json"]
        words += ["--framework", "kubernetes", "terraform", "github_actions"]
        scan = median_seconds(lambda: run([*words, "--skip-download"]), times=TIMES_BESIDE)
        rows += [
            ("checkov --version", f"{start:.2f}", f"{start / check:.1f}", ""),
            (
                f"checkov, {resources} resources of the same teams",
                f"{scan:.2f}",
                f"{scan / check:.1f}",
                _checked(run([*words, "--skip-download"])),
            ),
        ]
    table(
        "beside checkov, cold",
        ("what", "seconds", "x groundplan", "what it looks at"),
        rows,
    )


def _checked(out: str) -> str:
    """How many checks it says that it made."""
    reports = json.loads(out)
    reports = reports if isinstance(reports, list) else [reports]
    count = sum(each["summary"]["passed"] + each["summary"]["failed"] for each in reports)
    return f"{count:,} checks of single resources"


def _installed(folder: Path) -> str | None:
    """The program in a virtual environment of its own; None when it cannot be had."""
    run([sys.executable, "-m", "venv", str(folder)])
    words = [str(folder / "bin" / "pip"), "install", "-q", f"checkov=={VERSION}"]
    try:
        done = subprocess.run(
            words, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        print(f"checkov was not installed within {INSTALL_SECONDS} s", file=sys.stderr)
        return None
    if done.returncode:
        print(f"checkov could not be installed:\n{done.stderr[-800:]}", file=sys.stderr)
        return None
    return str(folder / "bin" / "checkov")


def _groundplan(*words: str) -> list[str]:
    return [sys.executable, "-m", "groundplan", *words]


if __name__ == "__main__":
    main()
