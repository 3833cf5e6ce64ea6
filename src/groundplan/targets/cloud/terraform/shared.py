"""What belongs to no single site: images, names, budgets, the pipeline's roles."""

from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.delivery import github_repository
from groundplan.targets.cloud.design.edge import has_cloudflare
from groundplan.targets.cloud.design.stores import copies_of, image_names
from groundplan.targets.cloud.files import File, header
from groundplan.targets.cloud.hcl_text import Block, Expression

SECTIONS = {
    "kms": ("platform",),
    "registry": ("services", "disaster_recovery.stores.registry"),
    "dns": ("cloud.domain", "services", "providers.edge"),
    "budgets": ("cost_monitoring",),
    "github-oidc": ("cloud.repository", "environments"),
}
GATEWAYS = Block(
    "variable",
    ("gateways",),
    {
        "description": "By public name and region: the balancer that the cluster has made there.",
        "type": Expression("map(map(string))"),
    },
)
AROUND = Block(
    "variable",
    ("around_edge",),
    {
        "description": "Public names lead to the regions, past the edge: for its outages.",
        "type": Expression("bool"),
        "default": False,
    },
)
VERIFICATION = Block(
    "variable",
    ("edge_verification",),
    {
        "description": "The output verification_key of live/edge.",
        "type": Expression("string"),
        "default": "",
    },
)
EDGE_SUFFIX = "cdn.cloudflare.net"  # of a zone whose name servers are elsewhere
TRANSFER = ["EC2: Data Transfer - Internet (Out)", "EC2: Data Transfer - Region to Region (Out)"]


def modules(clusters: tuple[Cluster, ...]) -> dict[str, dict[str, Any]]:
    """The modules of the whole platform with their values."""
    first = clusters[0]
    found = {
        "registry": _registry(clusters),
        "dns": _dns(clusters),
        "budgets": _budgets(clusters),
        "github-oidc": _github(clusters),
    }
    wanted = {name: values for name, values in found.items() if values}
    if "registry" in wanted:
        wanted = {"kms": {"name": f"{first.site.platform}-global"}, **wanted}
    return wanted


def _registry(clusters: tuple[Cluster, ...]) -> dict[str, Any]:
    names = dict.fromkeys(name for cluster in clusters for name in image_names(cluster.platform))
    if not names:
        return {}
    copies = dict.fromkeys(
        region
        for cluster in clusters
        for region in copies_of(cluster.platform, "registry")
        if region != clusters[0].site.region
    )
    return {
        "repositories": list(names),
        "replica_regions": list(copies),
        "kms_key_arn": Expression("module.kms.key_arn"),
    }


def _dns(clusters: tuple[Cluster, ...]) -> dict[str, Any]:
    domain = clusters[0].platform.cloud.domain
    if domain is None:
        return {}
    hosts: dict[str, Any] = {}
    for cluster in clusters:
        if cluster.host and any(workload.is_public for workload in cluster.workloads):
            hosts[cluster.host] = {
                "gateways": Expression(f'lookup(var.gateways, "{cluster.host}", {{}})'),
            }
    edge: dict[str, Any] = {}
    if has_cloudflare(clusters[0].platform):
        edge = {
            "edge_suffix": EDGE_SUFFIX,
            "around_edge": Expression("var.around_edge"),
            "edge_verification": Expression("var.edge_verification"),
        }
    return {"domain": domain, "hosts": hosts, **edge}


def variables(values: dict[str, Any]) -> list[Block]:
    """What the names of the platform are told besides the file."""
    return [GATEWAYS, AROUND, VERIFICATION] if "edge_suffix" in values else [GATEWAYS]


def gateways(cluster: Cluster, folder: str) -> File:
    """Balancers get their names when a cluster makes them: people write those here."""
    more = "kubectl --namespace istio-ingress get service tells the names; written once."
    return File(
        path=f"{folder}/gateways.auto.tfvars",
        text=header("cloud.domain", more=more) + "\ngateways = {}\n",
        is_kept=True,
    )


def _budgets(clusters: tuple[Cluster, ...]) -> dict[str, Any]:
    """The budgets of the whole file: the last environment that has them, which is the largest."""
    written = [c.platform.cost_monitoring for c in clusters if c.platform.cost_monitoring]
    if not written:
        return {}
    found = written[-1]
    budgets = {
        budget.name: {
            "limit": f"{budget.limit.amount:f}",
            "percents": [float(share.percent) for share in budget.alerts],
            **({"usage_types": TRANSFER} if budget.covers == ("transfer",) else {}),
        }
        for budget in found.budgets
    }
    return {
        "name": clusters[0].site.platform,
        "budgets": budgets,
        "cost_allocation_tags": list(found.cost_allocation_tags),
        "recommendations": list(found.optimization_recommendations),
    }


def _github(clusters: tuple[Cluster, ...]) -> dict[str, Any]:
    first = clusters[0]
    repository = github_repository(first.git.repository)
    if repository is None:
        return {}
    branch = f"ref:refs/heads/{first.git.branch}"
    return {
        "name": first.site.platform,
        "repository": repository,
        "image_prefix": f"{first.site.platform}/",
        "roles": {
            "push": {"subjects": [branch], "may_push": True},
            "plan": {"subjects": [branch, "pull_request"], "may_read": True},
        },
    }
