"""`render` writes a folder, says what changed, and checks it."""

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cli.doubles import Prompt
from targets.cloud.rendering import MVLBIM

PLATFORM = Path(__file__).parents[1] / "targets" / "cloud" / "platforms" / "clinic.yaml"


def test_it_writes_checks_and_finds_edits(prompt: Prompt) -> None:
    shutil.copy(PLATFORM, "platform.yaml")
    told = prompt("render", "out")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith("out: ")
    assert prompt("render", "out").out.endswith("no changes\n")
    assert prompt("render", "out", "--check").out == "fine  out is as it would be rendered\n"
    edited = Path("out/gitops/clusters/live-eu-north-1/objects/namespace.yaml")
    edited.write_text(edited.read_text() + "mine: true\n")
    told = prompt("render", "out", "--check")
    assert told.code == 2
    assert "~ gitops/clusters/live-eu-north-1/objects/namespace.yaml  (edited by hand)" in told.out
    assert "    -mine: true" in told.out
    assert "1 file of out would change" in told.err
    assert "overwrote an edit by hand" in prompt("render", "out").err
    assert prompt("render", "out", "--check").code == 0


def test_a_stale_folder_is_not_fine(prompt: Prompt) -> None:
    shutil.copy(PLATFORM, "platform.yaml")
    prompt("render", "out", "--env", "test")
    file = Path("platform.yaml")
    file.write_text(file.read_text().replace("port: 9001", "port: 9002"))
    told = prompt("render", "out", "--check", "--env", "test")
    assert told.code == 2
    assert "+              containerPort: 9002" in told.out
    assert "live-eu-north-1" not in told.out


def test_a_file_that_does_not_fit_is_3_and_nothing_is_written(prompt: Prompt) -> None:
    shutil.copy(PLATFORM, "platform.yaml")
    file = Path("platform.yaml")
    file.write_text(file.read_text().replace("eu-north-1", "eu-north-9"))
    told = prompt("render", "out")
    assert told.code == 3
    assert "eu-north-9 is not a region of AWS" in told.err
    assert not Path("out").exists()


def test_what_an_image_is_built_from_and_is_not_there_is_told(prompt: Prompt) -> None:
    shutil.copytree(MVLBIM.parent, "shop", ignore=shutil.ignore_patterns("__pycache__"))
    assert prompt("render", "out", "shop/platform.yaml").err == ""
    Path("shop/api/requirements.txt").unlink()
    told = prompt("render", "out", "shop/platform.yaml")
    assert told.code == 0
    assert "Dockerfile reads api/requirements.txt, which is not beside platform.yaml" in told.err


def test_foreign_files_are_refused(prompt: Prompt) -> None:
    shutil.copy(PLATFORM, "platform.yaml")
    told = prompt("render", ".")
    assert told.code == 3
    assert "holds files that groundplan has not written: platform.yaml" in told.err


@pytest.mark.parametrize("target", ["local", "cloud"])
def test_plan_draws_what_it_would_make(target: str, prompt: Prompt) -> None:
    words = ["plan", str(MVLBIM), "--target", target, "--picture"]
    drawn = ElementTree.fromstring(prompt(*words, "svg").out)
    assert drawn.tag.endswith("svg")
    told = prompt(*words, "mermaid").out
    assert told.startswith("flowchart TB\n")
    assert 'r_us_east_1["us-east-1: writes<br/>' in told
    assert "r_us_east_1 -. replica .-> r_eu_west_1" in told
    assert ("Cloudflare in front of" in told) is (target == "cloud")
    assert told.count("subgraph ") == told.count("\n  end\n")


def test_a_picture_is_of_the_environment_that_was_asked_for(prompt: Prompt) -> None:
    words = ["plan", str(MVLBIM), "--target", "cloud", "--picture", "mermaid", "--env", "staging"]
    told = prompt(*words).out
    assert "%% mvlbim, staging" in told
    assert "ap_southeast_2" not in told
