"""`apply` refuses what would go wrong before it touches anything."""

import shutil
from pathlib import Path

import pytest
from cli.doubles import Prompt
from targets.cloud.rendering import MVLBIM, PLATFORMS

BAKERY = PLATFORMS / "bakery.yaml"
NOTHING = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE")


@pytest.fixture
def alone(prompt: Prompt, monkeypatch: pytest.MonkeyPatch) -> Prompt:
    """Nobody's credentials are near."""
    monkeypatch.setenv("HOME", str(prompt.folder))
    for name in NOTHING:
        monkeypatch.delenv(name, raising=False)
    return prompt


def test_without_credentials_nothing_is_begun(alone: Prompt) -> None:
    shutil.copy(MVLBIM, "platform.yaml")
    alone("render", "out")
    told = alone("apply", "out", "--only", "global")
    assert told.code == 4
    assert "there are no credentials where its provider looks for them" in told.err
    assert "aws sso login" in told.err
    assert not Path("out/terraform/live/global/.terraform").exists()


def test_a_folder_that_was_edited_is_refused(alone: Prompt) -> None:
    shutil.copy(MVLBIM, "platform.yaml")
    alone("render", "out")
    file = Path("out/terraform/live/edge/main.tf")
    file.write_text(file.read_text() + "# mine\n")
    told = alone("apply", "out")
    assert told.code == 1
    assert "out is not as rendered: 1 file would change" in told.err


def test_what_is_critical_needs_a_reason(alone: Prompt) -> None:
    text = MVLBIM.read_text().replace('rpo: "1 hour"', 'rpo: "1 minute"')
    Path("platform.yaml").write_text(text)
    alone("render", "out")
    told = alone("apply", "out")
    assert (told.code, "critical finding" in told.err) == (1, True), told.err
    assert "--force REASON" in told.err
    assert alone("apply", "out", "--force", "a drill").code == 4  # and then the credentials


def test_a_root_that_is_not_there_is_named(alone: Prompt) -> None:
    shutil.copy(MVLBIM, "platform.yaml")
    alone("render", "out")
    told = alone("apply", "out", "--only", "globe")
    assert told.code == 1
    assert "one of state, global, dev/us-east-1" in told.err


def test_a_plan_for_a_cloud_tells_regions_costs_and_changes(alone: Prompt) -> None:
    shutil.copy(MVLBIM, "platform.yaml")
    told = alone("plan", "--target", "cloud", "--env", "production")
    assert told.code == 0
    assert "  us-east-1 (writes): $" in told.out
    assert "PostgreSQL 15.20, the primary: db.m6g.xlarge, 500 GiB, in two zones" in told.out
    assert "edge: Cloudflare in front of" in told.out
    assert "standby: Azure canadacentral" in told.out
    alone("render", "out")
    assert alone("plan", "--target", "cloud", "--dir", "out").out.endswith(
        "out: as it would be rendered\n"
    )
    text = Path("platform.yaml").read_text()
    Path("platform.yaml").write_text(text.replace("max_replicas: 20", "max_replicas: 21"))
    told = alone("plan", "--target", "cloud", "--dir", "out", "--detailed-exitcode")
    assert told.code == 2
    assert "would change" in told.out


def test_a_plan_for_a_cloud_is_data_for_programs(alone: Prompt) -> None:
    shutil.copy(BAKERY, "platform.yaml")
    told = alone("plan", "--target", "cloud", "-o", "json")
    assert '"format_version": "1.0"' in told.out
    assert '"region": "eu-central-1"' in told.out
