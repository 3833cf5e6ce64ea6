"""What a gateway has counted of a service's versions, and which weights it really runs with.

Requests and failures are Envoy's counts per replica, for a subset that lost its replicas is served
by others. Times are only kept per subset. Copies of requests are evidence, those of testers are
not. Counters begin anew when a gateway restarts: what counts is the growth, and less than before is
growth from zero.
"""

import json
import re
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.design.parts import Gateway
from groundplan.design.routes import MIRROR, TESTERS
from groundplan.ports.releases import Counts, Look
from groundplan.targets.local.parts.envoy.shape import cluster_name
from groundplan.targets.local.parts.http import get

_SECONDS = 2.0
_BUCKET = re.compile(
    r'^envoy_cluster_upstream_rq_time_bucket\{envoy_cluster_name="([^"]*)",le="([^"]*)"\} (\d+)',
    re.MULTILINE,
)
_LEASE = re.compile(r"os\.time\(\) >= (\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A gateway's counters at one instant."""

    requests: Mapping[tuple[str, str], int]  # by cluster and replica's address
    failed: Mapping[tuple[str, str], int]
    times: Mapping[tuple[str, float], int]  # answers up to so many seconds, by cluster


def totals(gateway: Gateway, service: str) -> Totals:
    """What it counted for a service until now; OSError when it does not tell."""
    requests: dict[tuple[str, str], int] = {}
    failed: dict[tuple[str, str], int] = {}
    for cluster in json.loads(_asked(gateway, "/clusters?format=json"))["cluster_statuses"]:
        is_meant = cluster["name"].startswith(f"{service}/")
        if is_meant and cluster["name"] != cluster_name(service, TESTERS):
            for host in cluster.get("host_statuses", ()):
                place = cluster["name"], host["address"]["socket_address"]["address"]
                stats = {each["name"]: int(each.get("value", 0)) for each in host["stats"]}
                failed[place] = stats.get("rq_error", 0)
                requests[place] = stats.get("rq_success", 0) + failed[place]
    pattern = f"%5Ecluster%5C.{re.escape(service)}/.*%5C.upstream_rq_time"
    text = _asked(gateway, f"/stats?format=prometheus&filter={pattern}")
    times = {
        (name, float(edge.replace("+Inf", "inf")) / 1000): int(count)
        for name, edge, count in _BUCKET.findall(text)
    }
    return Totals(requests=requests, failed=failed, times=times)


def grown(
    before: Totals,
    now: Totals,
    service: str,
    canaries: Collection[str],
    limits: tuple[float | None, ...],
) -> Look:
    """What happened between two instants; `limits` are seconds, or None where failures count."""
    sides = []
    for subset in ("canary", "stable"):
        places = [place for place in now.requests if (place[1] in canaries) is (subset == "canary")]
        requests = sum(_growth(before.requests, now.requests, place) for place in places)
        failed = sum(_growth(before.failed, now.failed, place) for place in places)
        names = (subset, MIRROR) if subset == "canary" else (subset,)
        clusters = [cluster_name(service, name) for name in names]
        bad = (
            failed
            if limit is None
            else sum(_slower(before.times, now.times, each, limit) for each in clusters)
            for limit in limits
        )
        sides.append(Counts(requests, tuple(min(each, requests) for each in bad)))
    return Look(*sides)


def served(gateway: Gateway, service: str, subset: str) -> int:
    """The percent that the running gateway gives a subset, now; OSError when it does not tell."""
    cluster = cluster_name(service, subset)
    dump = json.loads(_asked(gateway, "/config_dump?resource=dynamic_route_configs"))
    return max((_share(route, cluster) for route in _routes(dump)), default=0)


def _routes(dump: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for config in dump.get("configs", ()):
        for host in config["route_config"].get("virtual_hosts", ()):
            yield from host.get("routes", ())


def _share(route: dict[str, Any], cluster: str) -> int:
    weighted = route.get("route", {}).get("weighted_clusters", {}).get("clusters", ())
    percent = sum(int(each.get("weight", 0)) for each in weighted if each["name"] == cluster)
    lease = _LEASE.search(json.dumps(route))
    return 0 if lease and time.time() >= int(lease[1]) else percent


def _growth(before: Mapping[Any, int], now: Mapping[Any, int], key: Any) -> int:
    was, is_now = before.get(key, 0), now.get(key, 0)
    return is_now - was if is_now >= was else is_now


def _slower(
    before: Mapping[tuple[str, float], int],
    now: Mapping[tuple[str, float], int],
    cluster: str,
    limit: float,
) -> int:
    """Answers over a limit; over the next smaller edge where the limit is none."""
    edges = [edge for name, edge in now if name == cluster]
    below = max((edge for edge in edges if edge <= limit + 1e-9), default=None)
    everything = _growth(before, now, (cluster, float("inf")))
    return everything - (_growth(before, now, (cluster, below)) if below is not None else 0)


def _asked(gateway: Gateway, path: str) -> str:
    status, body = get(gateway.address, gateway.admin_port, path, seconds=_SECONDS)
    if status != 200:
        raise OSError(f"it answers {status}")
    return body
