"""`promises` shows what is known. What is unknown never looks kept."""

import json
from dataclasses import replace

import pytest
from cli.doubles import DESIGN, Prompt

from groundplan.cli.terminal.words import amount
from groundplan.ports.folder import DESIGN as DESIGN_FILE
from groundplan.ports.folder import LEDGER
from groundplan.promise.ledger import Ledger
from groundplan.promise.promise import Bound, Evidence, EvidenceKind, Promise, Verdict

LATENCY = Promise(
    id="kpis.performance.api_response_time",
    section="kpis",
    statement="the API answers below 200ms at p95",
    target="< 200ms (p95)",
    limit=0.2,
    bound=Bound.AT_MOST,
    unit="s",
    file="platform.yaml",
    line=3,
    column=5,
)
USERS = replace(LATENCY, id="kpis.users", target="10,000", unit="users", limit=10_000)


def built(prompt: Prompt, *evidence: Evidence) -> None:
    """A platform whose agent does not run, and its ledger."""
    prompt.write()
    design = replace(DESIGN, promises=(LATENCY, USERS))
    prompt.target.built = design
    folder = prompt.target.folder
    (folder / LEDGER).parent.mkdir(parents=True, exist_ok=True)
    (folder / DESIGN_FILE).write_bytes(design.to_json())
    with Ledger(folder / LEDGER) as ledger:
        ledger.write(*evidence)


def measured(verdict: Verdict, value: float | None) -> Evidence:
    return Evidence(
        promise=LATENCY.id,
        kind=EvidenceKind.MEASURED,
        verdict=verdict,
        value=value,
        at=1_700_000_000,
        how="Prometheus of north",
        because="p95 of 5 minutes",
        samples=20,
    )


def row(out: str, promise: str) -> str:
    return next(line for line in out.splitlines() if line.startswith(promise))


def test_what_is_measured_stands_beside_its_target(prompt: Prompt) -> None:
    built(prompt, measured(Verdict.KEPT, 0.043))
    told = prompt("promises")
    assert told.code == 0
    assert row(told.out, LATENCY.id).split()[-4:] == ["-", "43", "ms", "kept"]
    assert row(told.out, USERS.id).split()[-4:] == ["-", "-", "-", "unknown"]
    assert told.out.endswith("\n2 promises: 1 kept, 1 unknown.\n")
    assert "the agent was not asked, it does not run" in told.err


def test_a_broken_promise_is_1_and_says_where_and_why(prompt: Prompt) -> None:
    built(prompt, measured(Verdict.BROKEN, 0.431))
    told = prompt("promises")
    assert told.code == 1
    assert (
        "platform.yaml:3:5  the API answers below 200ms at p95\n"
        "  measured broken 431 ms: p95 of 5 minutes [Prometheus of north]\n"
    ) in told.out


def test_unknown_is_never_green(prompt: Prompt) -> None:
    built(prompt, measured(Verdict.UNKNOWN, 0.1))
    out = prompt("promises", "--color", "always").out
    assert "\x1b[32m" not in out
    assert "\x1b[33munknown\x1b[0m" in row(out, LATENCY.id)
    assert "100 ms" not in row(out, LATENCY.id), "an old number is no result"


def test_kept_is_green_and_broken_red(prompt: Prompt) -> None:
    built(prompt, measured(Verdict.KEPT, 0.1))
    assert "\x1b[32mkept\x1b[0m" in row(prompt("promises", "--color=always").out, LATENCY.id)
    built(prompt, measured(Verdict.BROKEN, 0.3))
    assert "\x1b[31mbroken\x1b[0m" in row(prompt("promises", "--color=always").out, LATENCY.id)


def test_promises_for_programs(prompt: Prompt) -> None:
    built(prompt, measured(Verdict.BROKEN, 0.431))
    told = prompt("promises", "-o", "json")
    assert told.code == 1
    data = json.loads(told.out)
    assert data["format_version"] == "1.0"
    first, second = data["promises"]
    assert first["id"] == LATENCY.id
    assert first["measured"]["value"] == 0.431
    assert (first["verdict"], second["verdict"]) == ("broken", "unknown")


def test_before_the_first_up_everything_is_unknown(prompt: Prompt) -> None:
    kpis = "kpis:\n  performance: { page_load_time: < 3s }\n"
    (prompt.folder / "platform.yaml").write_text(
        f"platform: shop\nregions: {{ europe: {{ primary: north }} }}\n{kpis}"
    )
    told = prompt("promises")
    assert told.code == 0
    assert "kpis.performance.page_load_time" in told.out
    assert told.out.endswith("1 promise: 1 unknown.\n")
    assert "shop (production) is not built here, so nothing was measured" in told.err


def test_a_file_without_promises_says_so(prompt: Prompt) -> None:
    prompt.write()
    assert prompt("promises").out == "The file makes no promises.\n"


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.043, "s", "43 ms"),
        (14_400, "s", "4 h"),
        (0.9995, "ratio", "99.95%"),
        (0.999_999_96, "ratio", "99.9999%"),
        (1, "ratio", "100%"),
        (5120.4, "1/s", "5,120/s"),
        (2.25, "1/s", "2.2/s"),
        (277_777.8, "B/s", "278 kB/s"),
        (5e15, "B", "5,000 TB"),
        (10_000, "USD", "$10,000"),
        (9_999.5, "USD", "$9,999.50"),
        (10_000, "users", "10,000"),
        (3, "tickets", "3 tickets"),
    ],
)
def test_amounts_in_words(value: float, unit: str, words: str) -> None:
    assert amount(value, unit) == words
