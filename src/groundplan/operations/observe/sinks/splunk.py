"""Splunk's HTTP Event Collector: events one after the other, and a receipt where its
acknowledgement is on. An event has its id in the field `log_id`; Splunk itself keeps doubles. Pure.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from groundplan.operations.observe.sinks.form import Answer, Doc, Letter, Said, address, refusal

EVENTS, ACKS = "services/collector/event", "services/collector/ack"
INVALID_EVENT = 6  # of its codes: the one with the number in the answer
_CHANNELS = uuid.UUID("5f0a3f5e-6b0e-4a46-9a4b-0c5b3a6c9f11")


class Splunk:
    """`channel` names who sends: Splunk tells receipts apart by it."""

    def __init__(self, url: str, token: str, channel: str) -> None:
        self._url = address(url, EVENTS)
        self._acks = address(url, ACKS) if self._url.endswith(EVENTS) else ""
        self._headers = {
            "Authorization": f"Splunk {token}",
            "X-Splunk-Request-Channel": str(uuid.uuid5(_CHANNELS, channel)),
            "Content-Type": "application/json",
        }

    def letter(self, docs: Sequence[Doc]) -> Letter:
        """Events, one after the other."""
        body = b"\n".join(orjson.dumps(_event(doc)) for doc in docs)
        return Letter(url=self._url, headers=self._headers, body=body)

    def understood(self, said: Said, docs: Sequence[Doc]) -> Answer:
        """All taken, or none but with the number of the bad one."""
        found = _object(said.body)
        if said.status == 200:
            receipt = found.get("ackId") if self._acks else None
            return Answer(receipt="" if receipt is None else str(receipt))
        number = found.get("invalid-event-number")
        is_one = said.status == 400 and found.get("code") == INVALID_EVENT
        if is_one and isinstance(number, int) and 0 <= number < len(docs):
            why = f"400 {found.get('text', 'invalid event')}"
            rest = tuple(n for n in range(len(docs)) if n != number)
            return Answer(again=rest, bad=((number, why),))
        return refusal(said, docs)

    def inquiry(self, receipt: str) -> Letter:
        """Asks whether an indexer has it."""
        body = orjson.dumps({"acks": [int(receipt)]})
        return Letter(url=self._acks, headers=self._headers, body=body)

    def is_kept(self, said: Said, receipt: str) -> bool:
        """It says true, once."""
        acks = _object(said.body).get("acks")
        return said.status == 200 and isinstance(acks, dict) and acks.get(receipt) is True


def _event(doc: Doc) -> Mapping[str, Any]:
    return {
        "time": round(doc.at, 6),
        "host": doc.ecs.get("cloud.region", ""),
        "source": doc.ecs.get("service.node.name", ""),
        "sourcetype": f"groundplan:{doc.klass}",
        "event": doc.ecs,
        "fields": {"log_id": doc.id},
    }


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
