"""From batches to the store: whole traces, once, whatever is killed or comes twice or late."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from operations.observe.traces.samples import ALL, NOW, batch, decide_all, keeping, put, span

from groundplan.design.sampling import Sampling, Strategy
from groundplan.operations.observe.traces.columns import CLOCK
from groundplan.operations.observe.traces.find import Traces
from groundplan.operations.observe.traces.keeper import SPOOL
from groundplan.operations.observe.traces.pending import HOLD_SECONDS

NONE = Sampling(default=Strategy(share=0.0, per_second=100.0), slow_seconds=0.2)


def found(folder: Path, trace: int) -> list[str]:
    return [each.name for each in Traces(folder).trace(f"{trace:032x}")]


def test_a_trace_waits_for_its_spans_and_is_kept_whole(tmp_path: Path) -> None:
    with keeping(tmp_path) as keeper:
        put(keeper, batch(span(1, 11, parent=10, name="database", at=NOW + 0.002)))
        assert decide_all(keeper, at=NOW + HOLD_SECONDS - 1) == 0
        put(keeper, batch(span(1, 10, name="GET /"), service="gateway"))
        assert decide_all(keeper) == 2
    assert found(tmp_path, 1) == ["GET /", "database"]


def test_what_is_kept_is_no_part_of_the_batches_that_it_came_in(tmp_path: Path) -> None:
    came = batch(span(1, 1, name="GET /"), span(1, 2, name="query"), span(2, 1, name="PUT /"))
    with keeping(tmp_path) as keeper:
        put(keeper, came)
        keeper.decide(NOW + HOLD_SECONDS)
        came.resource_spans[0].resource.attributes[0].key = "gone"
        for each in came.resource_spans[0].scope_spans[0].spans:
            each.name = "gone"
        keeper.write(keeper.unwritten())
    assert found(tmp_path, 1) == ["GET /", "query"]
    (put_span,) = Traces(tmp_path).trace(f"{2:032x}")
    assert (put_span.name, put_span.resource) == ("PUT /", {"service.name": "shop"})


def test_what_failed_or_was_slow_is_kept_and_the_rest_is_not(tmp_path: Path) -> None:
    with keeping(tmp_path, NONE) as keeper:
        put(keeper, batch(span(1, 1), span(1, 2, parent=1, failed=True)))
        put(keeper, batch(span(2, 1, seconds=0.3)))
        put(keeper, batch(span(3, 1)))
        assert decide_all(keeper) == 3
        assert keeper.counts["error"] == keeper.counts["slow"] == keeper.counts["not chosen"] == 1
    assert [each.why for each in Traces(tmp_path).trace(f"{1:032x}")] == ["error", "error"]
    assert found(tmp_path, 3) == []


def test_a_4xx_is_no_error_though_a_clients_span_says_so(tmp_path: Path) -> None:
    with keeping(tmp_path, NONE) as keeper:
        client = Span.SPAN_KIND_CLIENT
        put(keeper, batch(span(1, 1, failed=True, kind=client, http__status_code="404")))
        put(keeper, batch(span(2, 1, failed=True, kind=client, http__status_code="503")))
        put(keeper, batch(span(3, 1, failed=True, http__status_code="404")))
        assert decide_all(keeper) == 2
    assert found(tmp_path, 1) == []


def test_a_late_span_follows_what_was_decided(tmp_path: Path) -> None:
    with keeping(tmp_path, NONE) as keeper:
        put(keeper, batch(span(1, 1, failed=True), span(2, 1)))
        decide_all(keeper)
        put(keeper, batch(span(1, 2, name="late"), span(2, 2)), at=NOW + 20)
        assert decide_all(keeper, at=NOW + 40) == 1
        put(keeper, batch(span(2, 3, name="late error", failed=True)), at=NOW + 50)
        assert decide_all(keeper, at=NOW + 60) == 1
    assert "late" in found(tmp_path, 1)
    assert found(tmp_path, 2) == ["late error"]


def test_traces_whose_spans_have_the_same_ids_are_all_kept(tmp_path: Path) -> None:
    with keeping(tmp_path) as keeper:
        for trace, at in ((1, NOW), (2, NOW + 20)):
            put(keeper, batch(span(trace, 1, at=at)), at=at)
            assert decide_all(keeper, at=at + 10) == 1
    assert found(tmp_path, 1) == found(tmp_path, 2) != []


def test_what_comes_twice_is_there_once(tmp_path: Path) -> None:
    same = batch(span(1, 1), span(1, 2))
    with keeping(tmp_path) as keeper:
        put(keeper, same, same)
        assert decide_all(keeper) == 2
        put(keeper, same, at=NOW + 20)
        assert decide_all(keeper, at=NOW + 40) == 0
    assert len(found(tmp_path, 1)) == 2


def test_spans_without_ids_are_refused_and_counted(tmp_path: Path) -> None:
    wrong = [span(0, 1), span(1, 0), Span(trace_id=b"short", span_id=b"12345678")]
    with keeping(tmp_path) as keeper:
        assert put(keeper, batch(*wrong, span(1, 1))) == 3
        assert decide_all(keeper) == 1


@pytest.mark.parametrize("at", [0.0, 4_102_444_800.0], ids=["1970", "2100"])
def test_a_broken_clock_counts_from_arrival(tmp_path: Path, at: float) -> None:
    with keeping(tmp_path, NONE) as keeper:
        put(keeper, batch(span(1, 1, at=at, failed=True)))
        decide_all(keeper)
    (kept,) = Traces(tmp_path).trace(f"{1:032x}")
    assert kept.start == NOW
    assert kept.attributes[CLOCK] == str(round(at * 1e9))


def test_an_end_before_the_start_is_no_length(tmp_path: Path) -> None:
    with keeping(tmp_path) as keeper:
        put(keeper, batch(span(1, 1, seconds=-5)))
        decide_all(keeper)
    assert Traces(tmp_path).trace(f"{1:032x}")[0].duration_ns == 0


def test_secrets_of_addresses_and_attributes_are_not_kept(tmp_path: Path) -> None:
    with keeping(tmp_path) as keeper:
        url = "http://shop/a?token=hunter2"
        put(keeper, batch(span(1, 1, http__url=url, db__statement="SET password='hunter2'")))
        decide_all(keeper)
    (kept,) = Traces(tmp_path).trace(f"{1:032x}")
    assert kept.attributes["http.url"] == "http://shop/a"
    assert "hunter2" not in str(kept)


def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from operations.observe.traces.samples import *\n"
        "with keeping(Path(sys.argv[1])) as keeper:\n"
        "    put(keeper, batch(span(1, 1), span(2, 1)))\n"
        "    decide_all(keeper)\n"
        "    put(keeper, batch(span(1, 2), span(3, 1)), at=NOW + 11)\n"
        "    keeper.decide(NOW + 30)\n"
        "    keeper.write(keeper.unwritten())\n"  # in the store, and its segment still there
        "    put(keeper, batch(span(4, 1)), at=NOW + 40)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    words = [sys.executable, "-c", program, str(tmp_path)]
    folder = Path(__file__).parents[3]
    done = subprocess.run(words, env={"PYTHONPATH": str(folder)}, check=False, timeout=15)
    assert done.returncode == -9
    with (tmp_path / SPOOL / "000000000099.spool").open("wb") as stream:
        stream.write(b"\7\0\0\0cut off")  # as a kill leaves it
    with keeping(tmp_path) as keeper:
        assert decide_all(keeper, at=NOW + 60) == 1, "only what was not in the store yet"
        assert len(list((tmp_path / SPOOL).glob("*.spool"))) == 0
    for trace, spans in ((1, 2), (2, 1), (3, 1), (4, 1)):
        assert len(found(tmp_path, trace)) == spans, trace


def test_a_full_memory_decides_before_its_time(tmp_path: Path) -> None:
    with keeping(tmp_path, room=3) as keeper:
        put(keeper, batch(*(span(number, 1) for number in range(1, 6))))
        assert decide_all(keeper, at=NOW) == 2
        assert keeper.counts["waiting"] == 3
        assert not keeper.is_full


def test_a_flood_is_decided_between_two_rounds(tmp_path: Path) -> None:
    with keeping(tmp_path, NONE, room=10) as keeper:
        put(keeper, batch(*(span(number, 1) for number in range(1, 12))))
        keeper.make_room(NOW)
        assert keeper.counts["waiting"] == 11, "one more is no reason to look at all"
        put(keeper, batch(span(12, 1), span(13, 1)))
        keeper.make_room(NOW)
        assert keeper.counts["waiting"] == 10


def test_traces_go_when_their_time_is_over(tmp_path: Path) -> None:
    with keeping(tmp_path, ALL, "3 days") as keeper:
        put(keeper, batch(span(1, 1)))
        decide_all(keeper)
        assert keeper.tidy(NOW + 3 * 86_400) == ()
        (gone,) = keeper.tidy(NOW + 3 * 86_400 + 3600)
        assert gone.partition.begins == datetime.fromtimestamp(NOW, UTC)
    assert found(tmp_path, 1) == []
