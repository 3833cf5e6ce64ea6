"""Requests per second and p95 through edge, gateway and service, beside the service alone and a
bare Envoy in front of the same replicas, in one run. At the end the document's KPI, reached or not.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import httpx
from measured import REPOSITORY, run, table

from groundplan.design.design import Design

PLATFORM = REPOSITORY / "examples" / "mvlbim" / "platform.yaml"
PATH = "/api/v1/projects"
SECONDS = 8
BARE = "127.90.0.1:8080"
REPORT = """
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %f %d\\n", summary.requests, summary.duration,
    latency:percentile(95), errors.connect + errors.read + errors.write + errors.status
    + errors.timeout))
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One run of wrk."""

    per_second: float
    p95_ms: float
    failed: int


def main() -> None:
    """Brings the example up in a new folder, loads it, prints the table, takes it away."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: sudo apt-get install wrk")
    home = Path(tempfile.mkdtemp(prefix="gpb-", dir="/tmp"))
    home.chmod(0o755)
    environment = {"GROUNDPLAN_HOME": str(home)}
    script = home / "report.lua"
    script.write_text(REPORT)
    words = [sys.executable, "-m", "groundplan"]
    try:
        run([*words, "up", str(PLATFORM), "--yes"], environment=environment)
        design = Design.from_json(next(home.glob("*/applied.json")).read_bytes())
        _measure(design, script, home)
    finally:
        run([*words, "down", str(PLATFORM), "--purge", "--yes"], environment=environment)
        shutil.rmtree(home)


def _measure(design: Design, script: Path, home: Path) -> None:
    site = design.regions[0].name
    service = next(part for part in design.at(site) if part.kind == "service")
    gateway = next(part for part in design.at(site) if part.kind == "gateway")
    replicas = design.replicas(service.service, site=site)
    envoy = _bare_envoy(home, tuple(f"{part.address}" for part in replicas), service.port)
    places = {
        "one replica, directly": f"{service.address}:{service.port}",
        "bare Envoy, all replicas": BARE,
        "gateway, all replicas": f"{gateway.address}:{gateway.port}",
        "edge, gateway, all replicas": design.entry,
    }
    rows = []
    try:
        for connections in (64, 1000):
            results = {name: _wrk(at, connections, script) for name, at in places.items()}
            peer = results["bare Envoy, all replicas"].per_second
            rows += [
                (
                    str(connections),
                    name,
                    f"{r.per_second:,.0f}",
                    f"{r.per_second / peer:.2f}",
                    f"{r.p95_ms:,.0f}",
                    str(r.failed),
                )
                for name, r in results.items()
            ]
        kpi = _wrk(design.entry, 10_000, script)
    finally:
        envoy.terminate()
        envoy.wait(timeout=10)
    header = ("connections", "way", "requests/s", "x bare Envoy", "p95 ms", "failed")
    table(f"GET {PATH}", header, rows)
    reached = kpi.per_second >= 5000 and kpi.p95_ms < 200 and kpi.failed == 0
    print(
        f"\nKPI 5,000 requests/s, 10,000 connections, p95 < 200 ms: "
        f"{'reached' if reached else 'NOT reached'} on this machine "
        f"({kpi.per_second:,.0f} requests/s, p95 {kpi.p95_ms:,.0f} ms, {kpi.failed} failed)"
    )


def _wrk(place: str, connections: int, script: Path) -> Result:
    """A closed loop of two threads; the client takes its share of the same two cores."""
    out = run(
        [
            "wrk",
            "-t2",
            f"-c{connections}",
            f"-d{SECONDS}s",
            "--timeout=10s",
            f"-s{script}",
            f"http://{place}{PATH}",
        ]
    )
    line = next(line for line in out.splitlines() if line.startswith("RESULT"))
    _, requests, micros, p95, failed = line.split()
    return Result(
        per_second=int(requests) / int(micros) * 1e6, p95_ms=float(p95) / 1e3, failed=int(failed)
    )


def _bare_envoy(home: Path, addresses: tuple[str, ...], port: int) -> subprocess.Popen[bytes]:
    """Envoy with a listener, a route and a cluster, and nothing else."""
    endpoints = "".join(
        "\n          - endpoint: {address: {socket_address: "
        f"{{address: {address}, port_value: {port}}}}}}}"
        for address in addresses
    )
    host, _, listen = BARE.partition(":")
    config = home / "bare.yaml"
    config.write_text(
        _BARE.format(
            host=host,
            port=listen,
            endpoints=endpoints,
            network="envoy.extensions.filters.network",
        )
    )
    envoy = subprocess.Popen(
        [
            str(Path(sys.executable).parent / "envoy"),
            "-c",
            str(config),
            "--concurrency",
            "1",
            "--disable-hot-restart",
            "-l",
            "error",
        ]
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://{BARE}{PATH}", timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return envoy
    envoy.kill()
    sys.exit(f"the bare Envoy (process {envoy.pid}) did not serve within 20 s")


_BARE = """
static_resources:
  listeners:
  - address: {{socket_address: {{address: {host}, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/{network}.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: bare
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{{match: {{prefix: "/"}}, route: {{cluster: replicas}}}}]
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
  - name: replicas
    type: STATIC
    load_assignment:
      cluster_name: replicas
      endpoints:
      - lb_endpoints:{endpoints}
"""


if __name__ == "__main__":
    main()
