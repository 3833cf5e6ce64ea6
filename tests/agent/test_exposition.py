"""What Prometheus reads of operations and rollouts."""

from typing import Any

from groundplan.agent.door.exposition import text
from groundplan.agent.performing.operation import Operation
from groundplan.operations.delivery.phases import Phase
from groundplan.operations.delivery.run import facts
from groundplan.operations.observe.sinks.standing import SinkStanding
from tests.operations.delivery.samples import BAD, THREE, rehearsed, twin


def rollout(**facts: Any) -> Operation:
    arguments: dict[str, Any] = {"service": "api", "version": '2 "beta"', "release": "abc"}
    return Operation(
        id="release-1", kind="release", arguments=arguments, who="ada", why="", began=5, facts=facts
    )


def test_a_rollout_tells_its_weights_counts_and_evidence() -> None:
    releases = twin(THREE, BAD)
    state = next(
        each.state for each in rehearsed(THREE, releases) if each.state.phase is Phase.RETURNING
    )
    page = text([rollout(**facts(THREE, state))], {})
    head = 'rollout="release-1",service="api",version="2 \\"beta\\""'
    lines = page.splitlines()
    assert f'groundplan_rollout_phase{{{head},phase="returning"}} 1' in lines
    assert f'groundplan_rollout_verdict{{{head},verdict="abort"}} 1' in lines
    assert f'groundplan_rollout_weight_percent{{{head},region="us"}} 0' in lines
    where = f'{head},where="us",gate="error_rate"'
    requests = f'groundplan_rollout_requests{{{where},side="canary"}} '
    assert any(line.startswith(requests) and not line.endswith(" 0") for line in lines)
    against = next(line for line in lines if f'{where},of="against"' in line)
    assert float(against.split()[-1]) > 50


def test_operations_are_counted() -> None:
    page = text([rollout()], {("backup", "done"): 3, ("release", "aborted"): 1})
    assert 'groundplan_operations{kind="release",state="running"} 1' in page
    assert 'groundplan_operations_ended_total{kind="backup",state="done"} 3' in page
    assert page.count("# TYPE groundplan_operations_ended_total counter") == 1
    assert "groundplan_rollout_weight" not in page
    assert 'groundplan_notices{receiver="Slack",state="sent"} 4' in text(
        [], {}, [("Slack", "sent", 4)]
    )


def test_sinks_of_logs_are_counted() -> None:
    sink = SinkStanding(
        name="splunk", sent=7, waiting=5, refused=1, dropped=2, bytes=9, behind_seconds=90.5
    )
    lines = text([], {}, (), [sink]).splitlines()
    for state, number in (("sent", 7), ("waiting", 5), ("refused", 1), ("dropped", 2)):
        assert f'groundplan_log_sink_records{{sink="splunk",state="{state}"}} {number}' in lines
    assert 'groundplan_log_sink_behind_seconds{sink="splunk"} 90.5' in lines
