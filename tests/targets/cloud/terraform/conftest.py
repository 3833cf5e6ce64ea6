"""Terraform for the tests of this folder, when it is on this machine."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from targets.cloud.terraform.running import SCHEMAS, Run
from targets.cloud.terraform.schema_provider import attached


@pytest.fixture
def terraform(tmp_path: Path) -> Iterator[Run]:
    """Runs Terraform in a folder, attached to providers that know schemas alone."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on this machine")
    with attached(SCHEMAS, tmp_path) as attach:
        told = {
            "TF_CLI_CONFIG_FILE": os.devnull,
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
        }

        def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                ["terraform", words[0], "-no-color", *words[1:]],
                cwd=folder,
                env={**os.environ, **attach, **told},
                capture_output=True,
                text=True,
                timeout=15,
            )

        yield run
