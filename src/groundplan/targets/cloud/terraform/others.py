"""Roots that are not AWS's: the edge in front of all regions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from groundplan.spec.waf import Waf
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.edge import has_cloudflare, hosts, managed, rules
from groundplan.targets.cloud.files import File, header
from groundplan.targets.cloud.hcl_text import Block, Expression, document
from groundplan.targets.cloud.terraform import settings
from groundplan.targets.cloud.terraform.shared import GATEWAYS

EDGE = "terraform/live/edge"
EDGE_SECTIONS = ("providers.edge", "waf", "cloud.domain", "regions")
COUNTS = Block(
    "variable",
    ("firewall_counts",),
    {"description": "The firewall only counts, as it does at first.", "type": Expression("bool")},
)
ACCOUNT = Block(
    "variable",
    ("cloudflare_account",),
    {"description": "The account at Cloudflare.", "type": Expression("string")},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A root, and the module that it calls."""

    module: str
    sections: tuple[str, ...]
    files: tuple[File, ...]


def roots(clusters: tuple[Cluster, ...]) -> Iterator[Other]:
    """Those that the file asks for."""
    platform = clusters[0].platform
    if has_cloudflare(platform) and platform.cloud.domain:
        yield _edge(clusters)


def _edge(clusters: tuple[Cluster, ...]) -> Other:
    last = clusters[-1]  # the last environment is the one with users
    written = last.platform.waf
    here = written if written and written.runs_at != "region" else None
    call = settings.call("cloudflare-edge", _edge_values(clusters, here), "../../modules")
    main = document([call, ACCOUNT, GATEWAYS, COUNTS])
    provider = settings.Use(
        name="cloudflare",
        source="cloudflare/cloudflare",
        version=">= 5.0",
        block=Block("provider", ("cloudflare",), {}),
    )
    first = here.count_first if here else None
    return Other(
        module="cloudflare-edge",
        sections=EDGE_SECTIONS,
        files=(
            settings.file(f"{EDGE}/main.tf", main, EDGE_SECTIONS),
            settings.file(
                f"{EDGE}/settings.tf", settings.root(last, "edge", provider), settings.SECTIONS
            ),
            _own_values(str(first) if first else ""),
        ),
    )


def _edge_values(clusters: tuple[Cluster, ...], here: Waf | None) -> dict[str, Any]:
    known = {name: managed(name) for name in (here.managed_rules if here else ())}
    return {
        "account_id": Expression("var.cloudflare_account"),
        "domain": clusters[0].platform.cloud.domain,
        "hosts": {
            host.name: {
                "health_path": host.health_path,
                "order": list(host.order),
                "near": {
                    part: list(regions)
                    for part, regions in host.near.items()
                    if regions != host.order
                },
                "probed_from": list(host.probed_from),
                "gateways": Expression(f'lookup(var.gateways, "{host.name}", {{}})'),
            }
            for host in hosts(clusters)
        },
        "rules": list(rules(here.rules)) if here else [],
        "managed_rulesets": {name: both[0] for name, both in known.items() if both},
        "body_bytes_max": here.body_limit.bytes if here and here.body_limit else None,
        "is_counting": Expression("var.firewall_counts"),
    }


def _own_values(first: str) -> File:
    """What only the team knows, or finds out: written once, then theirs."""
    why = f" # for {first}, then false (waf.count_first)" if first else ""
    more = "The account, and the balancers that the clusters have made; written once, then yours."
    return File(
        path=f"{EDGE}/edge.auto.tfvars",
        text=header("providers.edge", "waf.count_first", more=more)
        + '\ncloudflare_account = ""\n'
        + "gateways           = {}\n"
        + f"firewall_counts    = {str(bool(first)).lower()}{why}\n",
        is_kept=True,
    )
