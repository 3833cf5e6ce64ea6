"""`release`: what it refuses before anything is changed."""

from dataclasses import replace

import pytest
from cli.doubles import Prompt

from groundplan.agent.catalogue import standing
from groundplan.design.parts import Service

FILE = """
platform: shop
regions:
  americas: {primary: us-east-1}
services:
  api: {port: 8080, command: ./run}
  image-only: {port: 8081, image: "shop:1"}
"""


@pytest.fixture
def shop(prompt: Prompt) -> Prompt:
    (prompt.folder / "platform.yaml").write_text(FILE)
    return prompt


def test_a_platform_that_does_not_run_has_nothing_to_release(shop: Prompt) -> None:
    told = shop("release", "--version", "2")
    assert told.code == 1
    assert "does not run" in told.err
    assert "groundplan up" in told.err


def test_a_service_that_nobody_knows_is_named(shop: Prompt) -> None:
    assert shop("up").code == 0
    assert "one of: api, image-only" in shop("release", "--service", "apo").err


def test_the_same_version_again_is_no_release(shop: Prompt) -> None:
    assert shop("up").code == 0
    assert "runs just so: version 1" in shop("release").err


def test_a_service_without_a_command_does_not_run_here(shop: Prompt) -> None:
    assert shop("up").code == 0
    told = shop("release", "--service", "image-only")
    assert "write services.image-only.command" in told.err


def test_without_a_release_there_is_nothing_to_undo(shop: Prompt) -> None:
    assert shop("up").code == 0
    told = shop("release", "--undo")
    assert told.code == 4
    assert "nothing was released here yet" in told.err


def test_code_that_was_edited_is_a_release(shop: Prompt) -> None:
    """`up` keeps a copy of what it started: the same code is none, another one is."""
    shop.target.folder.mkdir()
    (shop.folder / "run").write_text("one")
    assert shop("up").code == 0
    assert "runs just so: version 1, this code" in shop("release").err
    (shop.folder / "run").write_text("two")
    told = shop("release", "--detach")
    assert "runs just so" not in told.err  # it is asked for; there is no agent here
    trees = list((shop.target.folder / "releases" / "trees").iterdir())
    assert {(each / "run").read_text() for each in trees} == {"one", "two"}


def test_a_directory_that_cannot_be_copied_is_told(shop: Prompt) -> None:
    shop.target.folder.mkdir()
    assert shop("up").code == 0
    (shop.folder / "way-out").symlink_to("/etc/passwd")
    told = shop("release", "--version", "2")
    assert told.code == 4
    assert "way-out is a link to /etc/passwd, which leads out" in told.err
    assert ".groundplanignore" in told.err


def test_up_keeps_what_was_released_and_says_so(shop: Prompt) -> None:
    shop.target.folder.mkdir()
    assert shop("up").code == 0
    folder = shop.target.folder
    (name, stands), *_ = standing.read(folder).items()
    standing.write(folder, {name: replace(stands, version="2", release="release-x")})
    told = shop("plan")
    assert "api: 2 stays, which release-x released; the file says 1" in told.err
    assert shop("up").code == 0
    assert {part.version for part in shop.target.built.parts if isinstance(part, Service)} == {"2"}
    file = shop.folder / "platform.yaml"
    file.write_text(FILE.replace("port: 8080,", 'port: 8080, version: "3",'))
    told = shop("plan")
    assert "the file's 3 takes the place of 2 at once" in told.err
    assert shop("up").code == 0
    assert standing.read(folder)["api"].version == "3"
    assert "stays" not in shop("plan").err


def test_up_goes_on_where_the_code_cannot_be_copied(shop: Prompt) -> None:
    shop.target.folder.mkdir()
    (shop.folder / "way-out").symlink_to("/etc/passwd")
    told = shop("up")
    assert told.code == 0
    assert "an undo of api would run what lies there then: way-out is a link" in told.err
