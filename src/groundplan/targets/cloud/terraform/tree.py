"""terraform/: the modules that are used, a root for each site, one for what is not of a site.

A root has a state of its own, so that a plan for one region cannot touch another. S3 itself holds
the lock; a table in DynamoDB only when the file insists.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.files import File
from groundplan.targets.cloud.hcl_text import Block, document
from groundplan.targets.cloud.terraform import calls, others, settings, shared

TOP = "terraform"
Call = Callable[[Cluster, str], Mapping[str, Any] | None]

# Module: the sections that it comes from, and its values at a site. In the order of a root.
OF_SITE: dict[str, tuple[tuple[str, ...], Call]] = {
    "kms": (("platform",), calls.kms),
    "network": (("regions", "vpc_security", "cloud.network"), calls.network),
    "eks": (("environments", "spot_instances", "retention"), calls.eks),
    "secrets": (("services", "disaster_recovery.stores.secrets"), calls.secrets),
    "postgres": (("primary_database", "disaster_recovery.rpo"), calls.database),
    "redis": (("cache_layer",), calls.redis),
    "search": (("logging.elasticsearch",), calls.search),
    "lake": (("data_lake",), calls.lake),
    "waf": (("waf",), calls.waf),
    "certificate": (("waf", "cloud.domain"), calls.certificate),
    "backup": (("backup.database",), calls.backup),
}
# Modules that others call.
NEEDS = {"lake": ("buckets",), "state": ("buckets",)}


def files(clusters: tuple[Cluster, ...], environment: str | None) -> Iterator[File]:
    """Roots of the sites, the root of the whole, then the modules that they use."""
    home = clusters[0].site.region
    used: dict[str, tuple[str, ...]] = {}
    for cluster in clusters:
        found = {
            name: call(cluster, _home(clusters, cluster)) for name, (_, call) in OF_SITE.items()
        }
        used |= {name: OF_SITE[name][0] for name, values in found.items() if values is not None}
        if environment in (None, cluster.site.environment):
            yield from _root(cluster, {n: v for n, v in found.items() if v is not None})
    whole = shared.modules(clusters)
    used |= {name: shared.SECTIONS[name] for name in whole}
    yield from _shared_root(clusters[0], whole, home)
    for other in others.roots(clusters):
        used[other.module] = other.sections
        yield from other.files
    for outer, inner in NEEDS.items():
        if outer in used:
            used |= {name: (*used.get(name, ()), *used[outer]) for name in inner}
    for name, sections in used.items():
        yield from _module(name, sections)


def _home(clusters: tuple[Cluster, ...], cluster: Cluster) -> str:
    """The region that writes in the environment of a cluster."""
    environment = cluster.site.environment
    return next(c.site.region for c in clusters if c.site.environment == environment)


def _root(cluster: Cluster, found: Mapping[str, Mapping[str, Any]]) -> Iterator[File]:
    site = cluster.site
    folder = f"{TOP}/live/{site.environment}/{site.region}"
    sections = dict.fromkeys(section for name in found for section in OF_SITE[name][0])
    calls_text = document(
        [settings.call(name, values, "../../../modules") for name, values in found.items()]
    )
    data = [Block("data", ("aws_caller_identity", "current"))] if "postgres" in found else []
    text = document(data) + ("\n" if data else "") + calls_text
    if found.get("waf", {}).get("is_counting"):
        text += "\n" + document([calls.COUNTS])
    yield settings.file(f"{folder}/main.tf", text, tuple(sections), site.environment)
    yield from settings.outputs(folder, found, tuple(sections), site.environment)
    text = settings.root(
        cluster, f"{site.environment}/{site.region}", settings.aws(cluster, site.region)
    )
    yield settings.file(f"{folder}/settings.tf", text, settings.SECTIONS, site.environment)


def _shared_root(
    cluster: Cluster, found: Mapping[str, dict[str, Any]], region: str
) -> Iterator[File]:
    folder = f"{TOP}/live/global"
    sections = dict.fromkeys(section for name in found for section in shared.SECTIONS[name])
    text = document(
        [settings.call(name, values, "../../modules") for name, values in found.items()]
    )
    if "dns" in found:
        text += "\n" + document(shared.variables(found["dns"]))
        yield shared.gateways(cluster, folder)
    if found:
        yield settings.file(f"{folder}/main.tf", text, tuple(sections))
        yield from settings.outputs(folder, found, tuple(sections))
        text = settings.root(cluster, "global", settings.aws(cluster, region, is_shared=True))
        yield settings.file(f"{folder}/settings.tf", text, settings.SECTIONS)


def _module(name: str, sections: tuple[str, ...]) -> Iterator[File]:
    top = package_files("groundplan.targets.cloud.terraform") / "modules" / name
    for path, text in _below(top, ""):
        yield settings.file(f"{TOP}/modules/{name}/{path}", text, sections, None)


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _below(entry, f"{path}{entry.name}/")
        else:
            yield f"{path}{entry.name}", entry.read_text("utf-8")
