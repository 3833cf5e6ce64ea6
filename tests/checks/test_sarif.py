"""`check -o sarif` is SARIF 2.1.0, by its official schema and by what code scanning needs of it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import npm
import pytest
from checks import harness

from groundplan.checks.catalogue import catalogue
from groundplan.checks.rule import Problem, Rule
from groundplan.checks.run import check, fingerprint
from groundplan.checks.sarif import sarif
from groundplan.checks.subject import Subject
from groundplan.errors import Severity

# The schema with the validator that its package uses. It is of draft 4.
PACKAGES = ("@microsoft/jest-sarif@1.0.0-beta.0", "ajv@6.12.6")
SCHEMA = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
VALIDATE = """
const Ajv = require("ajv")
const fs = require("fs")
const ajv = new Ajv({schemaId: "id", meta: false, allErrors: true, format: "full"})
const draft4 = require("ajv/lib/refs/json-schema-draft-04.json")
ajv.addMetaSchema(draft4)
ajv._opts.defaultMeta = draft4.id
const fits = ajv.compile(require(process.argv[1]))
fits(JSON.parse(fs.readFileSync(0)))
console.log(JSON.stringify((fits.errors || []).map(e => `${e.dataPath} ${e.message}`)))
"""
LEVELS = {"error", "warning", "note"}
ODD = "my platform #1 ü.yaml"


def log_of(
    path: Path, root: Path, baseline: frozenset[str] = frozenset(), more: tuple[Rule, ...] = ()
) -> dict[str, Any]:
    """The log of all rules over a file, as it would be read back."""
    subject = harness.subject_at(path)
    text = path.read_text(encoding="utf-8")
    report = check(subject, (*catalogue(), *more), text=text, baseline=baseline)
    made = sarif(report, catalogue(), version="1.2.3", root=root)
    read: dict[str, Any] = json.loads(json.dumps(made))
    return read


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return log_of(harness.DOCUMENT, harness.ROOT)


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A log with all that may be in one: set aside by a comment, known before, an odd name, a rule
    that broke."""
    folder = tmp_path_factory.mktemp("a folder")
    text = harness.DOCUMENT.read_text(encoding="utf-8")
    rto = '  rto: "4 hours"'
    assert rto in text
    file = folder / ODD
    ignored = text.replace(rto, f'{rto} # groundplan: ignore=REC008 reason="drilled"')
    file.write_text(ignored, encoding="utf-8")
    known = check(harness.subject_at(file), catalogue()).findings[:3]
    marks = frozenset(fingerprint(finding) for finding in known)
    return log_of(file, folder, marks, (replace(catalogue()[0], id="OUR001", check=_breaks),))


def _breaks(_subject: Subject) -> Iterator[Problem]:
    raise KeyError("nothing")


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The log of a file that does not load, which code scanning shows as well."""
    file = tmp_path_factory.mktemp("wrong") / "platform.yaml"
    file.write_text("platform: shop\nregoins: {}\n")
    done = subprocess.run(
        [sys.executable, "-m", "groundplan", "check", str(file), "-o", "sarif"],
        capture_output=True,
        text=True,
        check=False,
        timeout=15,
    )
    assert done.returncode == 3, done.stderr
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def results(log: dict[str, Any]) -> list[dict[str, Any]]:
    (run,) = log["runs"]
    found: list[dict[str, Any]] = run["results"]
    return found


def physical(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for location in (*result["locations"], *result.get("relatedLocations", ())):
        yield location["physicalLocation"]


def test_every_finding_is_a_result_with_its_rule(document: dict[str, Any]) -> None:
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in catalogue()]
    assert {each["ruleId"] for each in results(document)} >= {rule.id for rule in catalogue()} - {
        "REG004"
    }
    for each in results(document):
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        assert each["level"] in LEVELS
        assert each["message"]["text"]


def test_every_result_stands_in_the_file(document: dict[str, Any]) -> None:
    lines = harness.DOCUMENT.read_text(encoding="utf-8").splitlines()
    for each in results(document):
        assert len(each["locations"]) == 1
        for place in physical(each):
            region = place["region"]
            assert place["artifactLocation"]["uri"] == "examples/mvlbim/document.yaml"
            assert 1 <= region["startLine"] <= len(lines)
            assert 1 <= region["startColumn"] <= len(lines[region["startLine"] - 1]) + 1
            begin = (region["startLine"], region["startColumn"])
            assert begin < (region["endLine"], region["endColumn"]) <= (len(lines) + 1, 1)


def test_fingerprints_tell_all_results_apart(document: dict[str, Any]) -> None:
    marks = [tuple(sorted(each["partialFingerprints"].items())) for each in results(document)]
    twice = {mark for mark in marks if marks.count(mark) > 1}
    same = [
        (each["ruleId"], each["message"]["text"])
        for each in results(document)
        if tuple(sorted(each["partialFingerprints"].items())) in twice
    ]
    assert same == []


def test_a_rule_that_broke_is_told(document: dict[str, Any], varied: dict[str, Any]) -> None:
    (fine,), (broken,) = (log["runs"][0]["invocations"] for log in (document, varied))
    assert (fine["executionSuccessful"], broken["executionSuccessful"]) == (True, False)
    (note,) = broken["toolExecutionNotifications"]
    assert note["associatedRule"]["id"] == "OUR001"


def test_numbers_for_the_security_tab_follow_the_severity(document: dict[str, Any]) -> None:
    rules = document["runs"][0]["tool"]["driver"]["rules"]
    figures = {rule.id: rule.severity for rule in catalogue()}
    order = list(Severity)
    by_figure = sorted(rules, key=lambda rule: -float(rule["properties"]["security-severity"]))
    ranks = [order.index(figures[rule["id"]]) for rule in by_figure]
    assert ranks == sorted(ranks)


def test_a_file_with_an_odd_name_has_a_uri(varied: dict[str, Any]) -> None:
    uris = {
        place["artifactLocation"]["uri"] for each in results(varied) for place in physical(each)
    }
    assert {unquote(uri) for uri in uris} == {ODD}
    assert not any(" " in uri or "#" in uri for uri in uris)


def test_what_is_set_aside_is_told_with_how(varied: dict[str, Any]) -> None:
    kinds = [each["suppressions"][0]["kind"] for each in results(varied) if "suppressions" in each]
    assert kinds.count("inSource") == 1
    assert kinds.count("external") == 3


def test_a_file_that_does_not_load_is_told_as_well(refused: dict[str, Any]) -> None:
    assert {each["ruleId"] for each in results(refused)} == {"SPEC001"}
    assert all(each["level"] == "error" for each in results(refused))


def problems(modules: Path, log: dict[str, Any]) -> list[str]:
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, "-e", VALIDATE, SCHEMA],
        cwd=modules,
        input=json.dumps(log),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.stories
@pytest.mark.timeout(180)
def test_logs_fit_the_official_schema(
    tmp_path: Path, document: dict[str, Any], varied: dict[str, Any], refused: dict[str, Any]
) -> None:
    modules = npm.installed(tmp_path, *PACKAGES)
    clean = log_of(harness.GOLDEN / "whole.yaml", harness.ROOT)
    for log in (document, varied, refused, clean):
        assert problems(modules, log) == []
    results(document)[0]["level"] = "terrible"
    assert problems(modules, document) != []
