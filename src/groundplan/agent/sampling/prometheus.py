"""Asks one region's Prometheus for the numbers that the measures need."""

import json
import math
from typing import Any
from urllib.parse import urlencode

from groundplan.agent.sampling import queries
from groundplan.agent.sampling.line import Line
from groundplan.agent.sampling.queries import Query
from groundplan.agent.sampling.seen import Away, Buckets, RegionMetrics, Share

Vector = tuple[tuple[dict[str, str], float], ...]


class PrometheusClient:
    """One region's Prometheus. Answers about long windows are asked for less often."""

    def __init__(self, region: str, address: str, port: int, *, seconds: float = 2) -> None:
        self.region = region
        self._line = Line(address, port, seconds=seconds)
        self._known: dict[Query, tuple[float, Vector]] = {}

    def look(self, now: float) -> RegionMetrics | Away:
        """What it says now, or why it says nothing."""
        try:
            return metrics(self.region, {query: self._ask(query, now) for query in queries.ALL})
        except (OSError, ValueError) as error:
            return Away(name=name_of(self.region), why=str(error))

    def close(self) -> None:
        """Ends its connection."""
        self._line.close()

    def _ask(self, query: Query, now: float) -> Vector:
        at, known = self._known.get(query, (-math.inf, ()))
        if not 0 <= now - at < query.every_seconds:
            status, body = self._line.get(f"/api/v1/query?{urlencode({'query': query.text})}")
            known = vector(status, body)
            self._known[query] = (now, known)
        return known


def name_of(region: str) -> str:
    """What it is called in a sentence."""
    return f"the Prometheus of {region}"


def vector(status: int, body: bytes) -> Vector:
    """The samples of an answer; ValueError when it is not one."""
    try:
        answer = json.loads(body)
        if answer["status"] != "success":
            raise ValueError(str(answer.get("error", answer["status"])))
        return tuple(_sample(item) for item in answer["data"]["result"])
    except (KeyError, IndexError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"it answers {status} with something else than a result") from error


def metrics(region: str, found: dict[Query, Vector]) -> RegionMetrics:
    """The numbers of a region from the answers to all queries."""
    classes = {
        labels.get("envoy_response_code_class", ""): count
        for labels, count in found[queries.REQUESTS]
    }
    total = sum(classes.values())
    return RegionMetrics(
        region=region,
        requests=Share(good=round(total - classes.get("5", 0.0)), total=round(total)),
        api_times=_in_seconds(_buckets(found[queries.API_TIMES])),
        query_times=_buckets(found[queries.QUERY_TIMES]),
        served_per_second=_number(found[queries.SERVED]),
        connections=_number(found[queries.CONNECTIONS]),
    )


def _sample(item: Any) -> tuple[dict[str, str], float]:
    value = float(item["value"][1])
    return item["metric"], 0.0 if math.isnan(value) else value


def _buckets(found: Vector) -> Buckets:
    return {float(labels["le"]): count for labels, count in found if "le" in labels}


def _in_seconds(buckets: Buckets) -> Buckets:
    """Envoy counts in milliseconds."""
    return {bound / 1000: count for bound, count in buckets.items()}


def _number(found: Vector) -> float:
    return sum(value for _, value in found)
