"""`release`: what it refuses before anything is changed."""

import pytest
from cli.doubles import Prompt

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
