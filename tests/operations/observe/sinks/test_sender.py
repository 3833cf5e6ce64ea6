"""What waits is sent until it is taken, what is refused is put aside, and nothing is doubled."""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from operations.observe.logs.samples import NOW, collected, collecting, write
from operations.observe.sinks.receivers import Receiver, receiving

from groundplan.operations.observe.logs.collect import Collector
from groundplan.operations.observe.logs.spool import Spool
from groundplan.operations.observe.sinks.elasticsearch import Elasticsearch
from groundplan.operations.observe.sinks.form import Form, Letter, Said
from groundplan.operations.observe.sinks.otlp import Otlp
from groundplan.operations.observe.sinks.sender import AwayError, Sender
from groundplan.operations.observe.sinks.splunk import Splunk


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def post(letter: Letter) -> Said:
    try:
        answer = httpx.post(letter.url, content=letter.body, headers=dict(letter.headers))
    except httpx.HTTPError as error:
        raise AwayError(type(error).__name__) from error
    after = answer.headers.get("Retry-After", "")
    return Said(status=answer.status_code, body=answer.content, retry_after=after)


def spooled(folder: Path, *lines: str, bytes_max: int = 10**9) -> Spool:
    """Lines that the store has, and that wait."""
    write(folder, "".join(f"{line}\n" for line in lines).encode())
    spool = Spool(folder / "spool", ("application", "security"), bytes_max=bytes_max)
    with collecting(folder) as collector:
        collector.spool_for([(spool, 0)])
        one_batch(collector)
        collector.feed()
    return spool


def one_batch(collector: Collector) -> None:
    """The last line does not wait for what may go on from it: the output is quiet."""
    for output, _ in collector._lines.values():
        output.read()
    collected(collector)


def lines(count: int, first: int = 0) -> tuple[str, ...]:
    return tuple(json.dumps({"message": f"n{n}", "n": n}) for n in range(first, first + count))


def sender(spool: Spool, form: Form) -> Sender:
    return Sender(spool, form, post, random.Random(1))


def sent(each: Sender, steps: int = 200) -> list[float]:
    """Until nothing waits; how long it would have waited in between."""
    waits: list[float] = []
    for _ in range(steps):
        wait = each.step()
        if wait is None:
            return waits
        waits.append(wait)
    raise AssertionError(f"not done after {steps} steps: {each.trouble}")


def form_of(name: str, receiver: Receiver) -> Form:
    forms: dict[str, Form] = {
        "elasticsearch": Elasticsearch(receiver.url, "key"),
        "splunk": Splunk(receiver.url, "key", "here"),
        "otlp": Otlp(receiver.url, "key"),
    }
    return forms[name]


@pytest.mark.parametrize("name", ["elasticsearch", "splunk", "otlp"])
def test_every_record_arrives_once_with_its_fields(
    name: str, receiver: Receiver, tmp_path: Path
) -> None:
    spool = spooled(tmp_path, *lines(2500), '{"message":"no","http.response.status_code":403}')
    found = sender(spool, form_of(name, receiver))
    sent(found)
    assert len(receiver.kept) == sum(receiver.came.values()) == 2501
    assert (found.progress.sent, spool.entries()) == (2501, ())
    word = {"elasticsearch": "ApiKey", "splunk": "Splunk", "otlp": "Bearer"}[name]
    assert {each["Authorization"] for each in receiver.headers} == {f"{word} key"}
    assert "n2499" in str([*receiver.kept.values()])


def test_documents_are_of_their_class_and_day(receiver: Receiver, tmp_path: Path) -> None:
    spool = spooled(tmp_path, '{"message":"no","http.response.status_code":403}')
    sent(sender(spool, Elasticsearch(f"{receiver.url}/", "")))
    (document,) = receiver.kept.values()
    assert document["_index"] == "security-logs-2026.11.25"
    assert document["service.name"] == "shop"
    assert "Authorization" not in receiver.headers[0]


def test_only_what_was_too_much_comes_again(receiver: Receiver, tmp_path: Path) -> None:
    busy = {"n1", "n3"}

    def items(document: dict[str, Any]) -> int:
        if document["message"] == "n2":
            return 400
        if document["message"] in busy:
            busy.discard(document["message"])
            return 429
        return 201

    receiver.items = items
    spool = spooled(tmp_path, *lines(5))
    found = sender(spool, Elasticsearch(receiver.url, ""))
    waits = sent(found)
    assert sorted(each["message"] for each in receiver.kept.values()) == ["n0", "n1", "n3", "n4"]
    assert sorted(receiver.came.values()) == [1, 1, 1, 2, 2]
    assert any(0.5 <= wait <= 1 for wait in waits), "it waited a little"
    assert (found.progress.sent, found.progress.refused) == (4, 1)
    (line,) = (spool.folder / "refused.ndjson").read_text().splitlines()
    assert "mapper_parsing_exception" in json.loads(line)["why"]
    assert json.loads(line)["record"]["message"] == "n2"


def test_a_sink_that_is_away_is_tried_less_and_less_often(
    receiver: Receiver, tmp_path: Path
) -> None:
    receiver.mood = lambda path, body: (503, b"")
    found = sender(spooled(tmp_path, *lines(3)), Elasticsearch(receiver.url, ""))
    waits = [found.step() or 0 for _ in range(12)]
    assert all(2**n / 2 <= wait <= 2**n for n, wait in enumerate(waits[:7]))
    assert all(60 <= wait <= 120 for wait in waits[8:])
    assert "503" in found.trouble
    receiver.mood = None
    sent(found)
    assert (len(receiver.kept), found.trouble) == (3, "")


def test_nobody_there_and_a_wrong_token_lose_nothing(receiver: Receiver, tmp_path: Path) -> None:
    spool = spooled(tmp_path, *lines(3))
    gone = sender(spool, Splunk("http://127.0.0.1:9", "key", "here"))
    assert gone.step()
    assert gone.trouble == "ConnectError"
    receiver.mood = lambda path, body: (403, b'{"text":"Invalid token","code":4}')
    wrong = sender(spool, Splunk(receiver.url, "key", "here"))
    assert wrong.step()
    assert "token" in wrong.trouble
    assert len(spool.entries()) == 1


def test_a_letter_that_is_too_large_is_made_smaller(receiver: Receiver, tmp_path: Path) -> None:
    receiver.mood = lambda path, body: (413, b"too much") if len(body) > 3000 else None
    found = sender(
        spooled(tmp_path, *lines(40), json.dumps({"message": "x" * 4000})), _es(receiver)
    )
    sent(found)
    assert (found.progress.sent, found.progress.refused) == (40, 1)


def test_a_sink_that_refuses_everything_does_not_get_everything(
    receiver: Receiver, tmp_path: Path
) -> None:
    receiver.mood = lambda path, body: (400, b"this is no bulk")
    found = sender(spooled(tmp_path, *lines(500)), _es(receiver))
    for _ in range(200):
        if found.step():
            break
    assert found.progress.refused == 20
    assert "refuses everything: it answers 400: this is no bulk" in found.trouble


def test_splunks_bad_event_is_left_out(receiver: Receiver, tmp_path: Path) -> None:
    def mood(path: str, body: bytes) -> tuple[int, bytes] | None:
        names = [json.loads(line)["event"]["message"] for line in body.splitlines()]
        if "n3" not in names:
            return None
        said = {"text": "Invalid data format", "code": 6}
        return 400, json.dumps(said | {"invalid-event-number": names.index("n3")}).encode()

    receiver.mood = mood
    found = sender(spooled(tmp_path, *lines(5)), Splunk(receiver.url, "key", "here"))
    sent(found)
    assert (len(receiver.kept), found.progress.refused) == (4, 1)


def test_a_receipt_is_asked_for_until_it_is_kept(receiver: Receiver, tmp_path: Path) -> None:
    receiver.acks = True
    spool = spooled(tmp_path, *lines(5))
    found = sender(spool, Splunk(receiver.url, "key", "here"))
    assert found.step() == 1
    assert (found.progress.sent, len(spool.entries())) == (0, 1)
    sent(found)
    assert (receiver.asked, found.progress.sent, len(receiver.kept)) == (2, 5, 5)
    assert len({each["X-Splunk-Request-Channel"] for each in receiver.headers}) == 1


def test_what_is_not_kept_comes_again_with_the_same_ids(receiver: Receiver, tmp_path: Path) -> None:
    receiver.acks = True
    never = b'{"acks":{}}'
    receiver.mood = lambda path, body: (200, never) if path.endswith("/ack") else None
    found = sender(spooled(tmp_path, *lines(2)), Splunk(receiver.url, "key", "here"))
    for _ in range(31):
        assert set(receiver.came.values()) <= {1}
        found.step()
    assert "has not kept it" in found.trouble
    found.step()
    assert (set(receiver.came.values()), len(receiver.kept)) == ({2}, 2)


def test_what_otlp_refuses_in_part_is_counted(receiver: Receiver, tmp_path: Path) -> None:
    from_the_wire = b"\x0a\x06\x08\x02\x12\x02no"  # partial_success: 2 rejected, "no"
    receiver.mood = lambda path, body: (200, from_the_wire)
    found = sender(spooled(tmp_path, *lines(5)), Otlp(receiver.url, ""))
    sent(found)
    assert (found.progress.sent, found.progress.refused) == (3, 2)


def test_another_process_goes_on_where_one_was(receiver: Receiver, tmp_path: Path) -> None:
    spool = spooled(tmp_path, *lines(2500))
    first = sender(spool, _es(receiver))
    first.step()
    ids = set(receiver.came)
    assert len(ids) == 1000
    sent(sender(spool, _es(receiver)))
    assert len(receiver.kept) == 2500
    assert set(receiver.came.values()) == {1}
    os.unlink(spool.folder / "progress.json")
    assert spooled(tmp_path, *lines(1, 2500)).entries()
    sent(sender(spool, _es(receiver)))
    assert len(receiver.kept) == 2501


def test_what_is_there_already_is_taken(receiver: Receiver, tmp_path: Path) -> None:
    spool = spooled(tmp_path, *lines(1500))
    sender(spool, _es(receiver)).step()
    (spool.folder / "progress.json").unlink()
    again = sender(spool, _es(receiver))
    sent(again)
    assert (again.progress.sent, again.progress.refused, len(receiver.kept)) == (1500, 0, 1500)
    assert sorted(set(receiver.came.values())) == [1, 2]


def test_what_is_merged_was_put_aside_before(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool", ("application",))
    with collecting(tmp_path) as collector:
        collector.spool_for([(spool, 0)])
        for first in (0, 5):
            write(tmp_path, b"".join(f"{line}\n".encode() for line in lines(5, first)))
            one_batch(collector)
        collector.tidy(NOW, hot_since=NOW + 7200)
        assert len(collector.store.manifest.files()) == 1
    assert sum(entry.rows for entry in spool.entries()) == 10


def test_what_waits_survives_merging_and_stays_bounded(tmp_path: Path) -> None:
    spool = spooled(tmp_path, *lines(100))
    with collecting(tmp_path) as collector:
        collector.spool_for([(spool, 0)])
        collected(collector)
        collector.store.compact(before=NOW + 7200)
    assert [entry.rows for entry in spool.entries()] == [100]
    assert spool.path(spool.entries()[0]).stat().st_size > 0
    small = Spool(spool.folder, ("application",), bytes_max=spool.size() + 100)
    write(tmp_path, b"".join(f"{line}\n".encode() for line in lines(50, 100)))
    with collecting(tmp_path) as collector:
        collector.spool_for([(small, 0)])
        one_batch(collector)
        assert collector.feed() == {"spool": 100}
        assert [entry.rows for entry in small.entries()] == [50]
        assert small.dropped(collector.store.manifest) == 100
        collector.spool_for([])
        assert small.entries() == ()


def test_what_may_not_be_kept_any_longer_is_dropped(tmp_path: Path) -> None:
    spool = spooled(tmp_path, *lines(3))
    with collecting(tmp_path) as collector:
        collector.spool_for([(spool, 0)])
        collector.tidy(NOW + 89 * 86_400, hot_since=0)
        assert len(spool.entries()) == 1
        collector.tidy(NOW + 91 * 86_400, hot_since=0)
        assert spool.entries() == ()
        assert spool.dropped(collector.store.manifest) == 3


def _es(receiver: Receiver) -> Form:
    return Elasticsearch(receiver.url, "")
