"""Roots besides those of the sites: the bucket of the states, the edge in front of all regions, the
standby in a second cloud."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from groundplan.spec.terraform import S3Backend
from groundplan.spec.waf import Waf
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.delivery import github_repository
from groundplan.targets.cloud.design.edge import (
    checks_origin,
    has_cloudflare,
    hosts,
    managed,
    rules,
)
from groundplan.targets.cloud.design.standby import (
    COPIES_ACCOUNT,
    COPIES_NAMESPACE,
    WARM_MACHINES,
    Standby,
    standby,
)
from groundplan.targets.cloud.files import File, header
from groundplan.targets.cloud.hcl_text import Block, Expression, document
from groundplan.targets.cloud.terraform import settings
from groundplan.targets.cloud.terraform.calls import KUBERNETES, log_days
from groundplan.targets.cloud.terraform.shared import GATEWAYS

EDGE = "terraform/live/edge"
EDGE_SECTIONS = (
    "providers.edge",
    "waf",
    "vpc_security.origin_check",
    "cloud.domain",
    "regions",
)
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


STATE = "terraform/live/state"
STATE_SECTIONS = ("terraform.backend",)
AZURE = "terraform/live/azure"
AZURE_SECTIONS = ("providers.secondary", "backup", "primary_database", "environments")
GITHUB = "https://token.actions.githubusercontent.com"
LOG_DAYS_MAX = 730  # of a workspace
ISSUER = Block(
    "variable",
    ("issuer",),
    {
        "description": "Whose tokens are believed: the output issuer of the region that writes.",
        "type": Expression("string"),
        "default": None,
    },
)
SUBJECT = f"system:serviceaccount:{COPIES_NAMESPACE}:{COPIES_ACCOUNT}"
WRITER = f'var.issuer == null ? null : {{ issuer = var.issuer, subject = "{SUBJECT}" }}'


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """A root, and the module that it calls."""

    module: str
    sections: tuple[str, ...]
    files: tuple[File, ...]


def roots(clusters: tuple[Cluster, ...]) -> Iterator[Other]:
    """Those that the file asks for."""
    platform = clusters[0].platform
    written = platform.terraform
    if written and written.backend and written.backend.s3:
        yield _state(clusters[0], written.backend.s3)
    if has_cloudflare(platform) and platform.cloud.domain:
        yield _edge(clusters)
    found = standby(clusters)
    if found:
        yield _azure(clusters[-1], found)


def _state(cluster: Cluster, written: S3Backend) -> Other:
    """The bucket that all other roots keep their states in."""
    name = f"{cluster.site.platform}-state"
    key = settings.call("kms", {"name": name}, "../../modules")
    values = {
        "name": cluster.site.platform,
        "bucket": written.bucket,
        "replica_region": written.replica_region,
        "kms_key_arn": Expression("module.kms.key_arn"),
    }
    call = settings.call("state", values, "../../modules")
    provider = settings.aws(cluster, written.region, is_shared=True)
    return Other(
        module="state",
        sections=STATE_SECTIONS,
        files=(
            settings.file(f"{STATE}/main.tf", document([key, call]), STATE_SECTIONS),
            settings.file(
                f"{STATE}/settings.tf",
                settings.root(cluster, "state", provider),
                settings.SECTIONS,
            ),
        ),
    )


def _azure(cluster: Cluster, found: Standby) -> Other:
    call = settings.call("azure-standby", _azure_values(cluster, found), "../../modules")
    provider = settings.Use(
        name="azurerm",
        source="hashicorp/azurerm",
        version=">= 4.0",
        block=Block(
            "provider",
            ("azurerm",),
            {"storage_use_azuread": True},
            (Block("features", (), {}),),
        ),
    )
    return Other(
        module="azure-standby",
        sections=AZURE_SECTIONS,
        files=(
            settings.file(f"{AZURE}/main.tf", document([call, ISSUER]), AZURE_SECTIONS),
            *settings.outputs(AZURE, ["azure-standby"], AZURE_SECTIONS),
            settings.file(
                f"{AZURE}/settings.tf",
                settings.root(cluster, "azure", provider, backend=_azure_state(found)),
                settings.SECTIONS,
            ),
        ),
    )


def _azure_values(cluster: Cluster, found: Standby) -> dict[str, Any]:
    server = found.database
    return {
        "name": found.name,
        "location": found.location,
        "cidr": found.network,
        "kubernetes_version": KUBERNETES,
        "machine": {
            "size": found.machine,
            "warm": WARM_MACHINES,
            "most": found.machines_most,
        },
        "database": asdict(server) if server else None,
        "copies": {
            each.name: {"days": each.days, "is_immutable": each.is_immutable}
            for each in found.copies
        },
        "storage_account": found.storage_account,
        "registry": found.registry,
        "writer": Expression(WRITER),
        "pipeline": _pipeline(cluster, found),
        "log_days": min(LOG_DAYS_MAX, log_days(cluster)),
        "tags": settings.tags(cluster, is_shared=False),
    }


def _pipeline(cluster: Cluster, found: Standby) -> dict[str, Any] | None:
    """Who plans from the repository; None when GitHub does not run it."""
    repository = github_repository(cluster.git.repository)
    if repository is None:
        return None
    return {
        "issuer": GITHUB,
        "subjects": {
            "branch": f"repo:{repository}:ref:refs/heads/{cluster.git.branch}",
            "pull-request": f"repo:{repository}:pull_request",
        },
        "state_group": f"{found.name}-state",
        "state_account": found.state_account,
    }


def _azure_state(found: Standby) -> Block:
    """What rebuilds the standby must not be lost with the cloud that it stands in for."""
    return Block(
        "backend",
        ("azurerm",),
        {
            "resource_group_name": f"{found.name}-state",
            "storage_account_name": found.state_account,
            "container_name": "state",
            "key": "azure.tfstate",
            "use_azuread_auth": True,
        },
    )


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
            *settings.outputs(EDGE, ["cloudflare-edge"], EDGE_SECTIONS),
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
        "shows_certificate": checks_origin(clusters[-1].platform),
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
