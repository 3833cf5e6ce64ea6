"""The edge in front of all regions: which region a client gets, and what is refused there."""

from collections.abc import Iterator
from dataclasses import dataclass

from groundplan.spec.platform import Platform
from groundplan.spec.waf import WafRule
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.sites import Site

# Parts of the world as Cloudflare names them, and whose regions are near, the nearest first.
NEAR = {
    "WNAM": ("us-west", "ca-west", "us", "ca", "mx", "ap", "sa", "eu"),
    "ENAM": ("us-east", "ca", "us", "mx", "eu", "sa", "ap"),
    "NSAM": ("sa", "mx", "us", "ca", "eu"),
    "SSAM": ("sa", "mx", "us", "ca", "eu"),
    "WEU": ("eu-west", "eu", "us-east", "us", "ca", "me", "il", "af"),
    "EEU": ("eu-central", "eu", "il", "me", "us", "ca"),
    "NAF": ("eu-south", "eu", "il", "me", "af", "us", "ca"),
    "SAF": ("af", "eu", "me", "ap-south", "us"),
    "ME": ("me", "il", "ap-south-", "eu", "ap"),
    "SAS": ("ap-south-", "me", "ap-southeast-1", "ap", "eu"),
    "SEAS": ("ap-southeast", "ap", "us-west", "us"),
    "NEAS": ("ap-northeast", "ap-east", "ap", "us-west", "us"),
    "OC": ("ap-southeast-2", "ap-southeast", "ap", "us-west", "us"),
}
# Where a region is, so that it is probed from there: the first that fits.
PLACES = (
    ("us-west", "WNAM"),
    ("us", "ENAM"),
    ("ca-west", "WNAM"),
    ("ca", "ENAM"),
    ("mx", "NSAM"),
    ("sa", "SSAM"),
    ("eu-west", "WEU"),
    ("eu", "EEU"),
    ("af", "SAF"),
    ("me", "ME"),
    ("il", "ME"),
    ("ap-south-", "SAS"),
    ("ap-southeast-2", "OC"),
    ("ap-southeast", "SEAS"),
    ("ap", "NEAS"),
)
# Sets of rules that others maintain, told by a word of what the file calls them:
# Cloudflare's by number (its documentation, WAF managed rules), AWS's by name.
MANAGED = {
    "owasp": ("4814384a9e5d4991b9815dcfc25d2f1f", "AWSManagedRulesCommonRuleSet"),
    "credentials": ("c2e184081120413c86c3ab7e14069605", "AWSManagedRulesATPRuleSet"),
    "cloudflare managed": ("efb7b8c949ac4650a09736fc376e9aee", "AWSManagedRulesCommonRuleSet"),
    "known bad inputs": (
        "efb7b8c949ac4650a09736fc376e9aee",
        "AWSManagedRulesKnownBadInputsRuleSet",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeHost:
    """A public name and the regions behind it. `order` is that of failover; `near` is the same
    for clients of a part of the world."""

    name: str
    health_path: str
    order: tuple[str, ...]
    near: dict[str, tuple[str, ...]]
    probed_from: tuple[str, ...]


def has_cloudflare(platform: Platform) -> bool:
    """Whether requests come through Cloudflare."""
    providers = platform.providers
    return "cloudflare" in ((providers.edge if providers else None) or "").casefold()


def has_region_firewall(platform: Platform) -> bool:
    """Whether each region has a firewall of its own, unless the file has it at the edge alone."""
    return platform.waf is not None and platform.waf.runs_at != "edge"


def checks_origin(platform: Platform) -> bool:
    """Whether the regions answer only who has the edge's certificate."""
    written = platform.vpc_security
    return written is not None and written.origin_check == "client_certificate"


def hosts(clusters: tuple[Cluster, ...]) -> Iterator[EdgeHost]:
    """Each public name once, with the regions of its environment."""
    names = dict.fromkeys(cluster.host for cluster in clusters if cluster.host)
    for name in names:
        here = [cluster for cluster in clusters if cluster.host == name]
        paths = [w.written.health.ready for c in here for w in c.workloads if w.is_public]
        if paths:
            sites = tuple(cluster.site for cluster in here)
            yield EdgeHost(
                name=name,
                health_path=paths[0],
                order=ordered(sites, ()),
                near={part: ordered(sites, wanted) for part, wanted in NEAR.items()},
                probed_from=_probed_from(here[0].platform, sites),
            )


def ordered(sites: tuple[Site, ...], wanted: tuple[str, ...]) -> tuple[str, ...]:
    """Regions, the best first: those of the nearest geography, its active one before its standby,
    which is the file's order; the distance of a geography is that of its active region."""
    active: dict[str, str] = {}
    for site in sites:
        active.setdefault(site.geography, site.region)

    def distance(site: Site) -> int:
        first = active[site.geography]
        return next((n for n, begin in enumerate(wanted) if first.startswith(begin)), len(wanted))

    return tuple(site.region for site in sorted(sites, key=distance))


def place_of(region: str) -> str | None:
    """The part of the world that a region is in; None: not known."""
    return next((part for begin, part in PLACES if region.startswith(begin)), None)


def _probed_from(platform: Platform, sites: tuple[Site, ...]) -> tuple[str, ...]:
    """From where the file has probes, else from where the regions are."""
    named = platform.prometheus.probes_from if platform.prometheus else ()
    found = [place_of(region) for region in named or [site.region for site in sites]]
    return tuple(dict.fromkeys(part for part in found if part))


def rules(written: tuple[WafRule, ...]) -> Iterator[dict[str, object]]:
    """The firewall's own rules; a session is told by what a browser keeps."""
    for rule in written:
        found: dict[str, object] = {"name": rule.name, "type": rule.type, "action": rule.action}
        if rule.threshold:
            found |= {
                "limit": round(rule.threshold.amount),
                "seconds": round(rule.threshold.window.seconds),
                "per": "visitor" if rule.aggregate_by == "session" else "address",
            }
        yield found


def managed(name: str) -> tuple[str, str] | None:
    """What Cloudflare and AWS call a set of rules; None for one that is not known."""
    return next((both for word, both in MANAGED.items() if word in name.casefold()), None)
