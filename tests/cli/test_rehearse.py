"""`rehearse` tells how the file's rollout would go."""

import json

import pytest
from cli.doubles import Prompt

FILE = """
platform: shop
regions:
  americas: {primary: us-east-1, secondary: ca-central-1}
services:
  api: {port: 8080, command: ./run}
  web: {port: 8081, command: ./run}
canary_deployment:
  initial_traffic: 5
  increment: 45
  interval: 1m
  success_threshold: 99
  max_traffic: 50
  metrics:
    - error_rate: "< 1%"
    - response_time: "< 200ms (p95)"
    - memory_usage: "< 85%"
"""


@pytest.fixture
def shop(prompt: Prompt) -> Prompt:
    (prompt.folder / "platform.yaml").write_text(FILE)
    return prompt


def test_a_good_release_reaches_everybody(shop: Prompt) -> None:
    run = shop("rehearse")
    assert run.code == 0
    assert "5% 5%" in run.out
    assert "100% 100%" in run.out
    assert "done after" in run.out
    assert "not judged: memory_usage < 85%" in run.err


def test_a_bad_one_is_taken_back(shop: Prompt) -> None:
    story = json.loads(shop("rehearse", "--errors", "20%", "-o", "json").out)
    assert story["outcome"] == "returned"
    assert story["failed"] < 40
    assert [line["phase"] for line in story["story"]][-2:] == ["returning", "returned"]


def test_a_slow_one_too(shop: Prompt) -> None:
    story = json.loads(shop("rehearse", "--slow", "90%", "-o", "json").out)
    assert story["outcome"] == "returned"
    assert "slower than 0.2 s" in story["story"][-1]["because"]


def test_the_same_seed_tells_the_same_story(shop: Prompt) -> None:
    words = ("rehearse", "--errors", "2%", "--rate", "5", "--bursts", "--service", "web")
    assert shop(*words).out == shop(*words).out


def test_wrong_words_are_explained(shop: Prompt) -> None:
    assert "one of: api, web" in shop("rehearse", "--service", "ap").err
    assert shop("rehearse", "--errors", "200%").code == 1
    assert shop("rehearse", "--errors", "many").code == 1
