"""Elasticsearch and OpenSearch: `_bulk` with `create`, so a document that is there is not there
twice. Each item has an answer of its own. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from groundplan.operations.observe.sinks.form import Answer, Doc, Letter, Said, refusal

CONFLICT = 409  # it has that id already
_WRONG = frozenset({400, 413, 422})  # about the document; others (full, locked) pass


class Elasticsearch:
    """`url` is that of the cluster, maybe with a name and a password; `token` an API key."""

    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url.rstrip('/')}/_bulk"
        self._headers = {"Content-Type": "application/x-ndjson"}
        if token:
            self._headers["Authorization"] = f"ApiKey {token}"

    def letter(self, docs: Sequence[Doc]) -> Letter:
        """Two lines for each: where it goes, and what it is."""
        body = b"".join(
            orjson.dumps({"create": {"_index": _index(doc), "_id": doc.id}})
            + b"\n"
            + orjson.dumps(doc.ecs)
            + b"\n"
            for doc in docs
        )
        return Letter(url=self._url, headers=self._headers, body=body)

    def understood(self, said: Said, docs: Sequence[Doc]) -> Answer:
        """Those that are wrong are put aside; others that were refused come again."""
        if said.status != 200:
            return refusal(said, docs)
        try:
            items = [next(iter(item.values())) for item in orjson.loads(said.body)["items"]]
            found = [(int(item["status"]), item.get("error")) for item in items]
        except (ValueError, KeyError, TypeError, AttributeError, StopIteration):
            found = []
        if len(found) != len(docs):
            every = tuple(range(len(docs)))
            return Answer(again=every, why="its answer is not that of a _bulk request")
        again = tuple(
            n
            for n, (status, _) in enumerate(found)
            if status >= 400 and status != CONFLICT and status not in _WRONG
        )
        bad = tuple(
            (n, _why(status, error)) for n, (status, error) in enumerate(found) if status in _WRONG
        )
        first = found[again[0]] if again else (0, None)
        why = f"{len(again)} of {len(docs)} are to come again: {_why(*first)}" if again else ""
        return Answer(again=again, bad=bad, why=why)

    def inquiry(self, receipt: str) -> Letter:
        """It gives no receipts."""
        raise AssertionError(receipt)

    def is_kept(self, said: Said, receipt: str) -> bool:
        """It gives no receipts."""
        raise AssertionError(receipt)


def _index(doc: Doc) -> str:
    """As the rendered Logstash names them."""
    return f"{doc.klass}-logs-{datetime.fromtimestamp(doc.at, UTC):%Y.%m.%d}"


def _why(status: int, error: Any) -> str:
    if isinstance(error, dict):
        return f"{status} {error.get('type', '')}: {error.get('reason', '')}"
    return f"{status} {error or ''}".strip()
