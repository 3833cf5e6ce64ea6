"""All of `apply`: real Terraform with schemas instead of a cloud, git, a stand-in of a cluster."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli.doubles import Prompt
from targets.cloud.apply.api_server import Api, serving
from targets.cloud.rendering import PLATFORMS
from targets.cloud.terraform.running import SCHEMAS
from targets.cloud.terraform.schema_provider import attached

from groundplan.agent.journal import JournalFile
from groundplan.targets.local.folder import folder_of

CLUSTER = "bakery-production-eu-central-1"


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with serving() as found:
        monkeypatch.setenv("KUBECONFIG", str(found.kubeconfig(tmp_path, CLUSTER)))
        yield found


@pytest.fixture
def typed(prompt: Prompt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Prompt]:
    """The bakery, rendered into a repository; AWS's provider is one that knows schemas."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on this machine")
    shutil.copy(PLATFORMS / "bakery.yaml", "platform.yaml")
    assert prompt("render", "out").code == 0
    for words in (
        ("init", "--quiet"),
        ("config", "user.email", "test@localhost"),
        ("config", "user.name", "test"),
    ):
        subprocess.run(["git", "-C", "out", *words], check=True, timeout=20)
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    (tmp_path / "s").mkdir()
    with attached(SCHEMAS, tmp_path / "s") as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        yield prompt


@pytest.mark.timeout(180)
def test_what_failed_is_resumed_and_what_is_done_is_passed_over(typed: Prompt, api: Api) -> None:
    api.refusals += [(403, "applications is forbidden")]
    told = typed("apply", "out", "--yes", "--why", "the first")
    assert told.code == 4, told.err
    assert "applied, " in told.out
    assert "git: " in told.out
    assert "auth can-i patch Application" in told.err
    assert api.objects == {}

    told = typed("apply", "out", "--yes")
    assert told.code == 0, told.err
    # A provider of schemas alone sees changes in values that it made up; nothing is made again.
    assert ": applied, 0 to add" in told.out
    assert ", 0 to destroy" in told.out
    assert "git: nothing to commit" in told.out
    assert f"{CLUSTER}: follows git from now on" in told.out
    assert [is_dry for _, is_dry in api.asked] == [True, True, False]

    told = typed("apply", "out", "--yes")
    assert f"{CLUSTER}: follows git\n" in told.out
    assert "not-to-be-shown" not in told.out + told.err
    with JournalFile(folder_of("bakery", "production"), read_only=True) as journal:
        ends = [each.entry.what for each in journal.newest(9) if each.entry.event == "ended"]
    assert [end.partition(":")[0] for end in ends] == ["failed", "done", "done"]


@pytest.mark.timeout(180)
def test_no_answer_changes_nothing_and_leaves_no_plan(typed: Prompt, api: Api) -> None:
    told = typed("apply", "out", "--no-input")
    assert told.code == 1
    assert "a plan needs an answer" in told.err
    assert not list(Path("out").rglob("*.tfplan"))
    assert not list(Path("out").rglob("terraform.tfstate"))
    assert api.asked == []
