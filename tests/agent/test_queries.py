"""The queries, answered by Prometheus' own engine from series that are written here."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from groundplan.agent.sampling import queries
from groundplan.agent.sampling.queries import Query

INGRESS = 'envoy_http_conn_manager_prefix="ingress"'
ADMIN = 'envoy_http_conn_manager_prefix="admin"'
EVERY_SECONDS = 15


def answered(query: Query, folder: Path, *, series: dict[str, str], at: str) -> dict[str, float]:
    """Each label set of the answer and its value, told by `promtool test rules`.

    promtool only compares, so it is given nothing to compare with and tells what it got.
    """
    inputs = [{"series": name, "values": values} for name, values in series.items()]
    test: dict[str, Any] = {
        "interval": f"{EVERY_SECONDS}s",
        "input_series": inputs,
        "promql_expr_test": [
            {"expr": query.text, "eval_time": at, "exp_samples": [{"labels": "never", "value": 0}]}
        ],
    }
    (folder / "test.yml").write_text(yaml.safe_dump({"rule_files": [], "tests": [test]}))
    promtool = shutil.which("promtool")
    assert promtool, "promtool comes with Debian's package `prometheus`"
    told = subprocess.run(
        [promtool, "test", "rules", folder / "test.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    got = next(
        line for line in told.stdout.splitlines() + told.stderr.splitlines() if "got:" in line
    )
    found = got.partition("got:")[2].strip().strip('"')
    if found == "nil":
        return {}
    samples = (sample.strip() for sample in found.replace('\\"', '"').split(", {"))
    pairs = (sample.lstrip("{").rpartition(" ") for sample in samples)
    return {labels.rstrip("}"): float(value) for labels, _, value in pairs}


def test_requests_are_counted_by_class_over_all_gateways(tmp_path: Path) -> None:
    found = answered(
        queries.REQUESTS,
        tmp_path,
        series={
            f'envoy_http_downstream_rq_xx{{{INGRESS},envoy_response_code_class="2",part="a"}}': (
                "0+15x40"
            ),
            f'envoy_http_downstream_rq_xx{{{INGRESS},envoy_response_code_class="2",part="b"}}': (
                "0+15x40"
            ),
            f'envoy_http_downstream_rq_xx{{{INGRESS},envoy_response_code_class="5",part="a"}}': (
                "0x20 3x20"
            ),
            f'envoy_http_downstream_rq_xx{{{ADMIN},envoy_response_code_class="2",part="a"}}': (
                "0+999x40"
            ),
        },
        at="10m",
    )
    assert found == {
        'envoy_response_code_class="2"': pytest.approx(1200, rel=0.03),
        'envoy_response_code_class="5"': pytest.approx(3, rel=0.03),
    }


def test_a_gateway_that_was_restarted_forgets_nothing(tmp_path: Path) -> None:
    name = f'envoy_http_downstream_rq_xx{{{INGRESS},envoy_response_code_class="5"}}'
    found = answered(queries.REQUESTS, tmp_path, series={name: "0 10x10 0 5x10"}, at="6m")
    assert found == {'envoy_response_code_class="5"': pytest.approx(15, rel=0.05)}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (queries.API_TIMES, f"envoy_http_downstream_rq_time_bucket{{{INGRESS},"),
        (queries.QUERY_TIMES, "db_query_duration_seconds_bucket{"),
    ],
)
@pytest.mark.parametrize(
    ("values", "at", "count"),
    [
        ("_x10 600x20", "6m", 600),  # it begins to exist with 600
        ("_x10 600x4 700x20", "6m", 700),
        ("600x300 700x200", "76m", 100),  # what is older than an hour does not count
        ("600x500", "100m", 0),
        ("_x10 600x4 0 50x20", "6m", 650),  # nearly: the process was restarted within the hour
    ],
)
def test_a_histogram_is_counted_from_its_first_value(
    tmp_path: Path, query: Query, name: str, values: str, *, at: str, count: float
) -> None:
    series = {f'{name}le="100",part="a"}}': values, f'{name}le="+Inf",part="a"}}': values}
    found = answered(query, tmp_path, series=series, at=at)
    assert set(found) == {'le="100"', 'le="+Inf"'}
    if "0 50" in values:
        assert 50 <= found['le="100"'] <= count
    else:
        assert found['le="100"'] == pytest.approx(count, rel=0.1)


def test_histograms_of_several_ages_are_added(tmp_path: Path) -> None:
    name = "db_query_duration_seconds_bucket"
    found = answered(
        queries.QUERY_TIMES,
        tmp_path,
        series={
            f'{name}{{le="0.1",part="old"}}': "600x300 700x200",
            f'{name}{{le="0.1",part="new"}}': "_x290 40x200",
        },
        at="76m",
    )
    assert found == {'le="0.1"': pytest.approx(140, rel=0.05)}


def test_failures_are_not_served(tmp_path: Path) -> None:
    found = answered(
        queries.SERVED,
        tmp_path,
        series={
            f'envoy_http_downstream_rq_xx{{{INGRESS},envoy_response_code_class="2"}}': "0+150x40",
            f'envoy_http_downstream_rq_xx{{{INGRESS},envoy_response_code_class="5"}}': "0+150x40",
        },
        at="5m",
    )
    assert found == {"": 10.0}


def test_connections_of_all_gateways_are_added(tmp_path: Path) -> None:
    found = answered(
        queries.CONNECTIONS,
        tmp_path,
        series={
            f'envoy_http_downstream_cx_active{{{INGRESS},part="a"}}': "30x20",
            f'envoy_http_downstream_cx_active{{{INGRESS},part="b"}}': "12x20",
        },
        at="2m",
    )
    assert found == {"": 42.0}
