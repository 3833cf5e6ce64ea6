"""What PagerDuty, Slack and a webhook are told."""

import json
from dataclasses import replace
from typing import Any

import pytest

from groundplan.design.notifications import SECRET, Receiver, means_of, slug
from groundplan.operations.observe.notices import PAGERDUTY, Notice, concerns, letter

ASKS = Notice(
    id="release-1/line-4",
    at=1_000_000.0,
    platform="shop",
    environment="production",
    operation="release-1",
    kind="release",
    moment="asks",
    what="not proven: 3 of 80 requests failed <b>",
    who="ada",
    why="the new till",
)


def receiver(name: str, **fields: Any) -> Receiver:
    given = {"kinds": (), "moments": ("asks", "failed", "done"), **fields}
    return Receiver(name=name, means=means_of(name), secret=SECRET + slug(name), **given)


def body(name: str, notice: Notice, secret: str) -> dict[str, Any]:
    found = letter(receiver(name), notice, secret)
    assert found is not None
    return json.loads(json.dumps(found.body))  # type: ignore[no-any-return]


def test_a_question_opens_an_incident_and_a_good_end_resolves_it() -> None:
    asks = body("PagerDuty", ASKS, "the-key")
    assert (asks["event_action"], asks["routing_key"]) == ("trigger", "the-key")
    assert asks["payload"]["severity"] == "warning"
    assert "waits for a person: not proven" in asks["payload"]["summary"]
    done = body("PagerDuty", replace(ASKS, moment="done"), "the-key")
    assert done["event_action"] == "resolve"
    assert done["dedup_key"] == asks["dedup_key"] == "groundplan/shop/production/release-1"
    failed = body("PagerDuty", replace(ASKS, moment="failed"), "the-key")
    assert failed["payload"]["severity"] == "error"


def test_nobody_is_woken_because_something_began() -> None:
    assert letter(receiver("PagerDuty"), replace(ASKS, moment="began"), "the-key") is None


@pytest.mark.parametrize(
    ("name", "secret", "url"),
    [
        ("PagerDuty", "key", PAGERDUTY),
        ("pagerduty-night", "key http://127.0.0.1:1/v2", "http://127.0.0.1:1/v2"),
        ("Slack #releases", "https://hooks.example/T1", "https://hooks.example/T1"),
        ("Pipeline", "http://127.0.0.1:9/told\n", "http://127.0.0.1:9/told"),
    ],
)
def test_the_secret_says_where(name: str, secret: str, url: str) -> None:
    found = letter(receiver(name), ASKS, secret)
    assert found is not None
    assert found.url == url


@pytest.mark.parametrize("secret", ["", "file:///etc/passwd", "hooks.example"])
def test_a_secret_that_is_no_address_is_refused_without_being_told(secret: str) -> None:
    with pytest.raises(ValueError, match="no address") as caught:
        letter(receiver("Slack"), ASKS, secret)
    assert not secret or secret not in str(caught.value)


def test_slack_gets_text_and_blocks_with_its_signs_escaped() -> None:
    told = body("Slack", ASKS, "https://hooks.example/T1 #releases")
    assert told["channel"] == "#releases"
    assert "&lt;b&gt;" in told["text"]
    section, context = told["blocks"]
    assert section["text"]["type"] == "mrkdwn"
    assert "*release-1* waits for a person" in section["text"]["text"]
    assert "ada: the new till" in context["elements"][0]["text"]


def test_a_webhook_gets_everything() -> None:
    told = body("Pipeline", ASKS, "http://127.0.0.1:9/")
    assert told["id"] == "release-1/line-4"
    assert told["format_version"] == "1.0"
    assert told["moment"] == "asks"


def test_somebody_hears_only_of_what_he_asked_for() -> None:
    chosen = receiver("Slack", kinds=("failover",), moments=("failed",))
    assert not concerns(chosen, ASKS)
    assert not concerns(chosen, replace(ASKS, kind="failover"))
    assert concerns(chosen, replace(ASKS, kind="failover", moment="failed"))
