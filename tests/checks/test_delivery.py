"""The rules of delivery: their numbers on the design document, and odd files."""

import pytest
from checks import harness

from groundplan.errors import Severity


def snippet(rule_id: str, kind: str) -> str:
    return (harness.GOLDEN / rule_id / f"{kind}.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("rule_id", "words"),
    [
        ("DEL001", "3 mechanisms move the traffic of mvlbim-api"),
        ("DEL002", "(10%, 50%, 100%), the canary (5%, 15%, 25%, 35%, 45%, 50%)"),
        ("DEL003", "5 and steps of 10 give 45 and then 55, never 50"),
        ("DEL003", "the steps end at 50%"),
        ("DEL004", "2.5% of all requests, 25 times what 99.9% allows"),
        ("DEL005", "names no percentile and is 2.5 times the 200ms of the promise"),
        ("DEL006", "2 gates for processors and memory"),
        ("DEL006", "no label that tells versions apart"),
        ("DEL007", "at night a region has 33.3 requests/s"),
        ("DEL008", "rule 1 of 2 matches /api/v1 and leads nowhere"),
        ("DEL008", "0 hosts"),
        ("DEL012", "3 steps with files of the repository"),
        ("DEL012", "3 steps with a cluster"),
        ("DEL013", "publishes no such port and creates only the database postgres"),
        ("DEL015", "3 environments, and 2 steps to deploy, without dev"),
        ("DEL015", "6 regions, and 2 steps to deploy, for 0 of them"),
        ("DEL018", "99.9% leaves 43.2 min in 30 days"),
    ],
)
def test_numbers_of_the_document(rule_id: str, words: str) -> None:
    assert any(words in finding.message for finding in harness.findings_on_document(rule_id))


def test_requests_at_night_are_assumed_until_the_file_counts_them() -> None:
    (assumed,) = harness.findings_on_document("DEL007")
    assert "assuming an even load on 3 regions" in assumed.assumes
    assert assumed.severity is Severity.MEDIUM
    (known,) = harness.findings_of(snippet("DEL007", "failing-declared"), "DEL007")
    assert not known.assumes


def test_a_step_that_waits_for_enough_requests_may_be_short() -> None:
    waiting = snippet("DEL007", "passing")
    assert not harness.findings_of(waiting.replace("2611", "396"), "DEL007")
    assert harness.findings_of(waiting.replace("2611", "395"), "DEL007")


def test_absurdly_small_steps_end() -> None:
    text = snippet("DEL003", "failing").replace("increment: 10", "increment: 0.0000000000001")
    for rule_id in (rule.id for rule in harness.family("DEL")):
        harness.findings_of(text, rule_id)


@pytest.mark.parametrize("threshold", ["100", "0"])
def test_gates_that_allow_nothing_or_everything_are_no_crash(threshold: str) -> None:
    for name, written in (("DEL004", "95"), ("DEL007", "99")):
        text = snippet(name, "failing").replace(f"threshold: {written}", f"threshold: {threshold}")
        for rule_id in ("DEL004", "DEL007"):
            harness.findings_of(text, rule_id)
    perfect = snippet("DEL004", "failing").replace("99.9%", "100%")
    assert harness.findings_of(perfect, "DEL004")


def test_a_looser_bound_on_errors_is_the_one_to_mend() -> None:
    text = snippet("DEL004", "failing").replace("threshold: 95", "threshold: 99.9")
    (finding,) = harness.findings_of(text, "DEL004")
    assert finding.path.endswith("error_rate")
    assert 'error_rate: "< 0.1%"' in finding.try_


def test_gates_of_a_platform_whose_metrics_are_elsewhere_are_not_judged() -> None:
    text = snippet("DEL006", "failing").partition("prometheus:")[0]
    assert not harness.findings_of(text, "DEL006")


def test_a_match_without_a_path_is_every_path() -> None:
    text = snippet("DEL008", "failing").replace("{prefix: /api/v1}", "{}")
    assert "matches every path" in harness.findings_of(text, "DEL008")[0].message


def test_schema_changes_that_need_a_stop_cannot_be_rolled_out() -> None:
    text = snippet("DEL018", "passing").replace("expand_contract", "offline")
    (finding,) = harness.findings_of(text, "DEL018")
    assert "its schema changes are offline" in finding.message


def test_numbered_steps_are_found_by_their_keys() -> None:
    (finding,) = harness.findings_of(snippet("DEL017", "failing"), "DEL017")
    assert [place.line for place in finding.related] == [7, 9]


def test_a_database_that_a_step_creates_is_there() -> None:
    text = snippet("DEL013", "passing").replace(", POSTGRES_DB: shop", "")
    assert harness.findings_of(text, "DEL013")
    made = text.replace("- run: make test", "- run: createdb shop\n        - run: make test")
    assert not harness.findings_of(made, "DEL013")


def test_a_promise_of_no_time_at_all_is_no_crash() -> None:
    text = harness.DOCUMENT.read_text("utf-8").replace('"< 200ms (p95)"', '"< 0ms (p95)"')
    (finding,) = harness.findings_of(text, "DEL005")
    assert "is more than the 0ms of the promise" in finding.message
