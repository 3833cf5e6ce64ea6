"""Objectives in the words of OpenSLO v1."""

import re
from pathlib import Path

from groundplan.design.build import build
from groundplan.operations.observe.openslo import documents
from groundplan.spec.load import load

EXAMPLE = Path(__file__).parents[3] / "examples" / "mvlbim" / "platform.yaml"


def test_every_objective_has_its_policies_and_every_reference_leads_somewhere() -> None:
    found = list(documents(build(load(EXAMPLE))))
    assert {each["apiVersion"] for each in found} == {"openslo/v1"}
    names = {(each["kind"], each["metadata"]["name"]) for each in found}
    assert len(names) == len(found), "a name stands for one document"
    slos = [each["spec"] for each in found if each["kind"] == "SLO"]
    assert [slo["objectives"][0]["target"] for slo in slos] == [0.999, 0.95, 0.95]
    for slo in slos:
        assert ("Service", slo["service"]) in names
        for policy in slo["alertPolicies"]:
            assert ("AlertPolicy", policy["alertPolicyRef"]) in names
        ratio = slo["indicator"]["spec"]["ratioMetric"]
        for side in (ratio["bad"], ratio["total"]):
            assert ("DataSource", side["metricSource"]["metricSourceRef"]) in names
            assert "$window" not in side["metricSource"]["spec"]["query"]


def test_a_policy_has_one_condition_and_names_are_plain() -> None:
    for each in documents(build(load(EXAMPLE))):
        assert re.fullmatch(r"[a-z0-9-]+", each["metadata"]["name"])
        if each["kind"] == "AlertPolicy":
            assert len(each["spec"]["conditions"]) == 1
