"""How fast a platform is rendered, and how much memory that takes: the example in six regions, and
a thousand services in six regions beside PyYAML and cdk8s writing the same objects.

cdk8s is installed from the package index into a folder that is removed afterwards; CDK8S names a
Python that has it already. Without either, or without node, its row says so.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import yaml
from measured import REPOSITORY, median_seconds, run, table

from groundplan.checks import facts
from groundplan.cli.asked.atlas import FactsAtlas
from groundplan.spec.load import Source, load
from groundplan.targets.cloud.kubernetes import tree
from groundplan.targets.cloud.render import clusters, render
from groundplan.targets.cloud.yaml_text import document

EXAMPLE = REPOSITORY / "examples" / "mvlbim" / "platform.yaml"
SERVICES = 1_000
SAMPLE = 2_000  # objects that both writers write
BESIDE = 300  # objects that cdk8s writes: it needs about ten milliseconds for each
INSTALL_SECONDS = 300
TIMES = 5
ATLAS = FactsAtlas(facts.load())


def many() -> Source:
    """The example with a thousand services like its own."""
    source = load(EXAMPLE, "production")
    own = source.platform.services["mvlbim-api"]
    services = {f"service-{number:04}": own for number in range(SERVICES)}
    platform = source.platform.model_copy(update={"services": services})
    return replace(source, platform=platform)


def counted(source: Source) -> Iterator[tuple[int, int]]:
    """Objects and bytes, file by file, without keeping any."""
    for cluster in clusters((source,), ATLAS):
        for file in tree.files(cluster):
            is_list = file.path.endswith("kustomization.yaml")
            yield (0 if is_list else file.text.count("\nkind: ")), len(file.text)


def peak_mb() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Cold: a new process that writes every file. Warm: the same in this one, not written."""
    whole = _cold_seconds()
    production = load(EXAMPLE, "production")
    warm = median_seconds(lambda: list(render((production,), ATLAS)), times=TIMES)
    before = peak_mb()
    start = time.process_time()  # of one core, whatever else the machine does
    objects, size = (sum(each) for each in zip(*counted(many()), strict=True))
    seconds = time.process_time() - start
    grown = peak_mb() - before
    sample = _sample()
    ours = median_seconds(lambda: [document(item) for item in sample], times=TIMES)
    theirs = median_seconds(
        lambda: [yaml.dump(i, Dumper=yaml.CSafeDumper, sort_keys=False) for i in sample],
        times=TIMES,
    )
    table(
        "render",
        ("what", "measured", "goal or peer"),
        (
            ("six regions, all files, cold", f"{whole:.2f} s", "< 1 s"),
            ("the same, warm, not written", f"{warm:.2f} s", ""),
            (
                f"{SERVICES:,} services x 6 regions",
                f"{objects:,} objects, {size / 1e6:.0f} MB in {seconds:.1f} s of a core",
                f"{objects / seconds:,.0f} objects/s; goal 5,000",
            ),
            ("memory that it took", f"+{grown:.0f} MB", "streamed"),
            _beside_cdk8s([item for item in sample if "metadata" in item][:BESIDE]),
            (
                "writing YAML alone",
                f"{len(sample) / ours:,.0f} objects/s",
                f"{theirs / ours:.1f} x PyYAML with libyaml ({len(sample) / theirs:,.0f})",
            ),
        ),
    )


def _beside_cdk8s(sample: list[dict[str, object]]) -> tuple[str, str, str]:
    """The same objects, each writer in a process of its own, without its start."""
    name = f"{len(sample)} of the same objects by cdk8s"
    with tempfile.TemporaryDirectory() as folder:
        python = _with_cdk8s(Path(folder))
        if python is None:
            return name, "not measured", "cdk8s or node is not here and cannot be installed"
        told = subprocess.run(
            [python, str(Path(__file__).parent / "cdk8s_peer.py"), f"{folder}/out"],
            input=json.dumps(sample),
            capture_output=True,
            text=True,
            check=True,
        )
    theirs = float(told.stdout)
    ours = median_seconds(lambda: [document(item) for item in sample], times=TIMES)
    return (
        name,
        f"{len(sample) / theirs:,.0f} objects/s",
        f"we write them {theirs / ours:,.0f} x as fast",
    )


def _with_cdk8s(folder: Path) -> str | None:
    if shutil.which("node") is None:
        return None
    if named := os.environ.get("CDK8S"):
        return named
    subprocess.run([sys.executable, "-m", "venv", folder / "own"], check=True)
    python = str(folder / "own" / "bin" / "python")
    words = [python, "-m", "pip", "install", "--quiet", "cdk8s"]
    try:
        done = subprocess.run(words, capture_output=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        return None
    return None if done.returncode else python


def _cold_seconds() -> float:
    """Each time a new process, and a new folder."""
    with tempfile.TemporaryDirectory() as folder:
        number = iter(range(TIMES + 1))

        def once() -> None:
            words = [sys.executable, "-m", "groundplan", "render", f"{folder}/{next(number)}"]
            run([*words, str(EXAMPLE), "--env", "production"])

        return median_seconds(once, times=TIMES)


def _sample() -> list[dict[str, object]]:
    """Objects as plain mappings, for both writers."""
    texts = (
        file.text
        for cluster in clusters((load(EXAMPLE, "production"),), ATLAS)
        for file in tree.files(cluster)
        if not file.is_kept
    )
    found = [item for text in texts for item in yaml.load_all(text, Loader=yaml.CSafeLoader)]
    return (found * (SAMPLE // len(found) + 1))[:SAMPLE]


if __name__ == "__main__":
    main()
