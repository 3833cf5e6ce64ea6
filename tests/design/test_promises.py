"""What the file promises, and where it says so."""

from pathlib import Path

import pytest

from groundplan.design.promises import REPLICATION_LAG, promises
from groundplan.promise.promise import Bound, Promise
from groundplan.spec.kpis import Performance, Scalability
from groundplan.spec.load import load
from groundplan.spec.retention import Retention

SMALL = """\
platform: shop
regions:
  world:
    primary: north
"""
WHOLE = (
    SMALL
    + """\
kpis:
  availability:
    target: "99.9%"
    measurement: "uptime"
  performance:
    api_response_time: "< 200ms (p95)"
    database_query_time: "< 100ms (p95)"
    page_load_time: "< 3s"
  scalability:
    concurrent_users: "10,000"
    requests_per_second: "5,000"
    data_throughput: "1GB/hour"
disaster_recovery:
  rto: "4 hours"
  rpo: "1 hour"
primary_database:
  engine: postgresql
  version: "15.3"
  backup:
    retention_days: 30
  read_replicas:
    count: 1
    regions: [north]
cache_layer:
  engine: redis
  version: "7.0"
  backup:
    snapshot_retention_limit: 7
backup:
  database:
    frequency: daily
    retention: "30 days"
  application_data:
    frequency: hourly
    retention: "7 days"
  configuration:
    frequency: on_change
retention:
  application_logs: "90 days"
  security_logs: "1 year"
  audit_logs: "7 years"
  debug_logs: "7 days"
  metrics: "15 days"
  traces: "3 days"
data_lake:
  buckets:
    raw_data: shop-raw
  lifecycle_policies:
    - transition_to_ia: 30
    - expiration: 2555
cost_monitoring:
  budgets:
    - name: "Monthly Infrastructure"
      limit: "$10,000"
    - name: "Data Transfer"
      limit: "$2,000"
"""
)
HOUR, DAY = 3600.0, 86_400.0


def read(text: str, folder: Path) -> dict[str, Promise]:
    path = folder / "platform.yaml"
    path.write_text(text)
    return {promise.id: promise for promise in promises(load(path))}


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, Promise]:
    return read(WHOLE, tmp_path)


def test_a_file_without_promises_has_none(tmp_path: Path) -> None:
    assert read(SMALL, tmp_path) == {}


@pytest.mark.parametrize(
    ("id_", "target", "bound", "limit", "unit"),
    [
        ("kpis.availability.target", "99.9%", Bound.AT_LEAST, 0.999, "ratio"),
        ("kpis.performance.api_response_time", "< 200ms (p95)", Bound.AT_MOST, 0.2, "s"),
        ("kpis.performance.database_query_time", "< 100ms (p95)", Bound.AT_MOST, 0.1, "s"),
        ("kpis.performance.page_load_time", "< 3s", Bound.AT_MOST, 3, "s"),
        ("kpis.scalability.concurrent_users", "10,000", Bound.AT_LEAST, 10_000, "users"),
        ("kpis.scalability.requests_per_second", "5,000", Bound.AT_LEAST, 5000, "1/s"),
        ("kpis.scalability.data_throughput", "1GB/hour", Bound.AT_LEAST, 1e9 / HOUR, "B/s"),
        ("disaster_recovery.rto", "4 hours", Bound.AT_MOST, 4 * HOUR, "s"),
        ("disaster_recovery.rpo", "1 hour", Bound.AT_MOST, HOUR, "s"),
        (REPLICATION_LAG, "1 hour", Bound.AT_MOST, HOUR, "s"),
        ("backup.database.frequency", "daily", Bound.AT_MOST, DAY, "s"),
        ("backup.database.retention", "30 days", Bound.AT_LEAST, 30 * DAY, "s"),
        ("backup.application_data.frequency", "hourly", Bound.AT_MOST, HOUR, "s"),
        ("backup.application_data.retention", "7 days", Bound.AT_LEAST, 7 * DAY, "s"),
        ("primary_database.backup.retention_days", "30 days", Bound.AT_LEAST, 30 * DAY, "s"),
        ("cache_layer.backup.snapshot_retention_limit", "7 days", Bound.AT_LEAST, 7 * DAY, "s"),
        ("retention.audit_logs", "7 years", Bound.AT_LEAST, 7 * 365.25 * DAY, "s"),
        (
            "data_lake.lifecycle_policies[1].expiration",
            "2555 days",
            Bound.AT_LEAST,
            2555 * DAY,
            "s",
        ),
        ("cost_monitoring.budgets[1].limit", "$2,000", Bound.AT_MOST, 2000, "USD"),
    ],
)
def test_a_promise_keeps_what_was_written_as_a_number(
    whole: dict[str, Promise], id_: str, target: str, bound: Bound, limit: float, unit: str
) -> None:
    promise = whole[id_]
    assert (promise.target, promise.bound, promise.unit) == (target, bound, unit)
    assert promise.limit == pytest.approx(limit)
    assert promise.section == id_.split(".")[0]


def test_no_field_that_promises_something_is_forgotten(whole: dict[str, Promise]) -> None:
    fields = {
        *(f"kpis.performance.{name}" for name in Performance.model_fields),
        *(f"kpis.scalability.{name}" for name in Scalability.model_fields),
        *(f"retention.{name}" for name in Retention.model_fields),
    }
    assert fields <= set(whole)


def test_a_promise_stands_where_its_value_is_written(whole: dict[str, Promise]) -> None:
    lines = WHOLE.splitlines()
    for promise in whole.values():
        written = lines[promise.line - 1][promise.column - 1 :]
        assert written.strip('"').startswith(promise.target.removesuffix(" days"))


def test_statements_are_sentences_without_our_notation(whole: dict[str, Promise]) -> None:
    said = {promise.id: promise.statement for promise in whole.values()}
    assert said["kpis.performance.api_response_time"] == (
        "the api response time is below 200ms at p95"
    )
    assert said["retention.audit_logs"] == "audit logs are kept for 7 years"
    assert said["cost_monitoring.budgets[0].limit"] == (
        "Monthly Infrastructure costs at most $10,000 a month"
    )
    assert "RPO" in said[REPLICATION_LAG]


def test_replicas_that_nobody_asked_for_cannot_lag(tmp_path: Path) -> None:
    alone = WHOLE.replace("count: 1\n    regions: [north]", "count: 0")
    assert REPLICATION_LAG not in read(alone, tmp_path)
    standby = alone.replace('version: "15.3"', 'version: "15.3"\n  multi_az: true')
    assert REPLICATION_LAG in read(standby, tmp_path)


def test_a_threshold_may_have_any_operator_and_kind(tmp_path: Path) -> None:
    text = SMALL + 'kpis:\n  performance:\n    api_response_time: ">= 95%"\n'
    promise = read(text, tmp_path)["kpis.performance.api_response_time"]
    assert (promise.bound, promise.limit, promise.unit) == (Bound.AT_LEAST, 0.95, "ratio")
    assert promise.statement == "the api response time is at least 95%"


def test_metrics_that_prometheus_keeps_are_promised_when_written(tmp_path: Path) -> None:
    assert "prometheus.retention" not in read(SMALL + "prometheus: {}\n", tmp_path)
    text = SMALL + 'prometheus:\n  retention: "40 days"\n'
    assert read(text, tmp_path)["prometheus.retention"].limit == 40 * DAY
