"""Workflows that GitHub accepts and zizmor has nothing against; releases change version.yaml."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from targets.cloud.rendering import MVLBIM, UNRELATED, tree

from groundplan.targets.cloud.pipelines.promote import FIND_DIGEST, KNOWN
from groundplan.targets.cloud.pipelines.release import WRITE_VERSION

WORKFLOWS = {
    name.rpartition("/")[2]: text for name, text in tree(MVLBIM).items() if ".github/" in name
}
BIN = Path(sys.executable).parent


def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=15,
        env={"PATH": "/usr/bin:/bin", **variables},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in WORKFLOWS.items():
        path = tmp_path / ".github" / "workflows" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / ".github" / "workflows"


def jobs() -> list[dict[str, Any]]:
    loaded = [yaml.safe_load(text) for text in WORKFLOWS.values()]
    return [job for workflow in loaded for job in workflow["jobs"].values()]


def test_all_five_are_there() -> None:
    assert sorted(WORKFLOWS) == [
        "ci.yml",
        "drift.yml",
        "promote.yml",
        "release.yml",
        "terraform-plan.yml",
    ]


def test_zizmor_finds_nothing(folder: Path) -> None:
    told = run(str(BIN / "zizmor"), "--offline", "--min-severity", "low", str(folder))
    assert told.returncode == 0, told.stdout
    assert "No findings to report" in told.stdout + told.stderr


def test_zizmor_sees_a_slip(folder: Path) -> None:
    release = folder / "release.yml"
    release.write_text(
        re.sub(
            r"aquasecurity/trivy-action@\w+", "aquasecurity/trivy-action@v1", release.read_text()
        )
    )
    assert run(str(BIN / "zizmor"), "--offline", str(folder)).returncode > 10


def test_their_schema_accepts_them(folder: Path) -> None:
    words = (str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows")
    told = run(*words, *map(str, sorted(folder.glob("*.yml"))))
    assert told.returncode == 0, told.stdout


def test_every_action_is_a_commit_and_no_job_has_more_rights_than_it_names() -> None:
    for job in jobs():
        assert set(job["permissions"]) <= {"contents", "id-token"}
        assert job["timeout-minutes"] <= 30
        for step in job["steps"]:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step.get("uses", f"a@{'0' * 40}"))


@pytest.mark.parametrize("name", ["terraform-plan", "drift"])
def test_every_root_that_is_rendered_is_looked_at(name: str) -> None:
    live = {
        path.removeprefix("terraform/live/").removesuffix("/settings.tf")
        for path in tree(MVLBIM)
        if path.startswith("terraform/live/") and path.endswith("/settings.tf")
    }
    seen: list[str] = []
    for job in yaml.safe_load(WORKFLOWS[f"{name}.yml"])["jobs"].values():
        matrix = job.get("strategy", {}).get("matrix", {}).get("root", [""])
        where = job["steps"][-1]["working-directory"].removeprefix("terraform/live/")
        seen += [where.replace("${{ matrix.root }}", root) for root in matrix]
    assert sorted(seen) == sorted(live)
    assert {"state", "edge", "azure"} < live


def test_a_root_without_credentials_is_warned_of_and_not_touched() -> None:
    jobs = yaml.safe_load(WORKFLOWS["drift.yml"])["jobs"]
    for job, key in (("drift-edge", "CLOUDFLARE_API_TOKEN"), ("drift-azure", "ARM_CLIENT_ID")):
        warn, *others = jobs[job]["steps"]
        assert warn["run"].startswith("echo '::warning::")
        assert warn["if"] == f"env.{key} == ''"
        assert {step["if"] for step in others} == {f"env.{key} != ''"}
    assert "CLOUDFLARE_API_TOKEN" not in str(jobs["drift"])


def test_a_scan_that_can_fail_stands_before_the_push() -> None:
    steps = yaml.safe_load(WORKFLOWS["release.yml"])["jobs"]["image-mvlbim-api"]["steps"]
    scan = next(n for n, step in enumerate(steps) if step.get("with", {}).get("exit-code") == "1")
    push = next(n for n, step in enumerate(steps) if "docker push" in step.get("run", ""))
    assert scan < push


def test_what_comes_from_outside_is_never_part_of_a_script() -> None:
    for job in jobs():
        for step in job["steps"]:
            assert "${{ inputs" not in step.get("run", "")
            assert "${{ github" not in step.get("run", "")


@pytest.mark.parametrize("digest", ["", f"sha256:{'5e' * 32}"])
@pytest.mark.parametrize("version", ["1.2.3", "5d41402abc4b2a76b9719d911017c592ae2f0b1c"])
def test_a_release_changes_both_values_of_version_yaml_alone(
    tmp_path: Path, version: str, digest: str
) -> None:
    before = {name: text for name, text in tree(MVLBIM).items() if "gitops/apps/" in name}
    for name, text in before.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    told = run(
        "bash",
        "-c",
        f"cd {tmp_path}\n{WRITE_VERSION}{WRITE_VERSION}",
        SERVICE="mvlbim-api",
        ENVIRONMENT="staging",
        VERSION=version,
        DIGEST=digest,
    )
    assert (told.returncode, told.stderr) == (0, "")
    changed = [name for name, text in before.items() if (tmp_path / name).read_text() != text]
    assert changed == [n for n in before if "/staging-" in n and n.endswith("/version.yaml")]
    for name in changed:
        assert re.fullmatch(r"gitops/apps/mvlbim-api/staging-[a-z0-9-]+/version\.yaml", name)
        image, label = yaml.safe_load((tmp_path / name).read_text())
        assert re.fullmatch(rf"[^:]+/mvlbim/api:{version}{digest and '@'}{digest}", image["value"])
        assert label["value"] == version


def test_a_promotion_takes_the_digest_that_was_tried(tmp_path: Path) -> None:
    for name, text in tree(MVLBIM).items():
        if "gitops/apps/" in name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
    digest = f"sha256:{'5e' * 32}"
    given = {"SERVICE": "mvlbim-api", "VERSION": "2.0.0"}
    script = f"cd {tmp_path}\n{WRITE_VERSION}"
    assert not run("bash", "-c", script, ENVIRONMENT="staging", DIGEST=digest, **given).stderr
    script = f"cd {tmp_path}\n{FIND_DIGEST}{WRITE_VERSION}"
    assert not run("bash", "-c", script, ENVIRONMENT="production", **given).stderr
    file = tmp_path / "gitops/apps/mvlbim-api/production-eu-west-1/version.yaml"
    assert f"mvlbim/api:2.0.0@{digest}" in file.read_text()


def test_integration_tests_wait_for_the_version_and_come_before_people_promote() -> None:
    job = yaml.safe_load(WORKFLOWS["release.yml"])["jobs"]["integration-mvlbim-api"]
    assert job["needs"] == "versions"
    assert job["env"] == {"BASE_URL": "https://api.staging.mvlbim.example", "READY": "/readyz"}
    assert "$VERSION" in job["steps"][-2]["run"]
    assert job["steps"][-1]["run"].endswith("pytest -m integration\n")


def test_the_scan_of_quality_is_off_without_a_token() -> None:
    job = yaml.safe_load(WORKFLOWS["ci.yml"])["jobs"]["quality"]
    assert [step.get("if") for step in job["steps"]] == [None, "env.SONAR_TOKEN != ''"]


@pytest.mark.parametrize("version", ["", "a b", "$(id)", "-x", "a|b", "a" * 129])
def test_what_is_no_version_is_refused(version: str) -> None:
    assert run("bash", "-c", KNOWN, VERSION=version).returncode == 1
    assert run("bash", "-c", KNOWN, VERSION="1.2.3").returncode == 0


def test_images_are_built_apart_and_run_without_rights() -> None:
    text = tree(MVLBIM)["images/mvlbim-api/Dockerfile"]
    assert text.count("\nFROM ") == 2
    assert text.index("USER 10001:10001") < text.index("ENTRYPOINT")


def test_a_repository_that_is_elsewhere_gets_none() -> None:
    for path in UNRELATED:
        assert not any(name.startswith((".github", "images")) for name in tree(path))


HADOLINT = shutil.which("hadolint", path=f"{BIN}:{os.environ['PATH']}")


@pytest.mark.skipif(HADOLINT is None, reason="hadolint is not on this machine: make setup")
def test_hadolint_finds_nothing(tmp_path: Path) -> None:
    assert HADOLINT is not None
    text = tree(MVLBIM)["images/mvlbim-api/Dockerfile"]
    (tmp_path / "Dockerfile").write_text(text)
    told = run(HADOLINT, str(tmp_path / "Dockerfile"))
    assert (told.returncode, told.stdout) == (0, "")
    (tmp_path / "Dockerfile").write_text(text.replace("FROM python:3.12-slim", "FROM python"))
    assert run(HADOLINT, str(tmp_path / "Dockerfile")).returncode == 1
