"""How fast a file is checked, beside Python's own start and plain YAML loading."""

import sys
from pathlib import Path

import yaml
from measured import REPOSITORY, core_seconds, median_seconds, run, table

from groundplan.cli.asked.audit import audit
from groundplan.design.build import build
from groundplan.spec.load import load

DOCUMENT = REPOSITORY / "examples" / "mvlbim" / "document.yaml"
TIMES = 11


def main() -> None:
    """Cold: a new process. Warm: the same work again in one process."""
    start = median_seconds(lambda: run([sys.executable, "-c", "pass"]), times=TIMES)
    words = [sys.executable, "-m", "groundplan", "check", str(DOCUMENT), "--fail-on", "never"]
    cold = median_seconds(lambda: run(words), times=TIMES)
    core = core_seconds(lambda: run(words), times=TIMES)
    audit(load(DOCUMENT))
    plain = median_seconds(lambda: _plain(DOCUMENT), times=TIMES)
    warm = median_seconds(lambda: load(DOCUMENT), times=TIMES)
    whole = median_seconds(lambda: audit(load(DOCUMENT)), times=TIMES)
    design = median_seconds(lambda: build(load(DOCUMENT), regions="all"), times=TIMES)
    table(
        "check of document.yaml",
        ("what", "seconds", "ratio to its peer"),
        (
            ("python start", f"{start:.3f}", "1.0"),
            ("check, cold", f"{cold:.3f}", f"{cold / start:.1f} x python start"),
            ("check, cold, of a core", f"{core:.3f}", f"{core / cold:.2f} x the wait"),
            ("yaml.CSafeLoader, warm", f"{plain:.4f}", "1.0"),
            ("check, warm: load, 129 rules, cost", f"{whole:.4f}", f"{whole / plain:.1f} x plain"),
            ("load with positions and types", f"{warm:.4f}", f"{warm / plain:.1f} x plain"),
            ("load and six-region design", f"{design:.4f}", f"{design / plain:.1f} x plain"),
        ),
    )


def _plain(path: Path) -> object:
    return yaml.load(path.read_text(), Loader=yaml.CSafeLoader)


if __name__ == "__main__":
    main()
