"""terraform/: the modules that are used, a root for each site, one for what is not of a site.

A root has a state of its own, so that a plan for one region cannot touch another. S3 itself holds
the lock; a table in DynamoDB only when the file insists.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable
from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.files import File, header
from groundplan.targets.cloud.hcl_text import Block, document
from groundplan.targets.cloud.terraform import calls, shared

TOP = "terraform"
REQUIRED_VERSION = ">= 1.11"
REQUIRED_AWS = ">= 6.0"
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
    "backup": (("backup.database",), calls.backup),
}


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
        [_call(name, values, "../../../modules") for name, values in found.items()]
    )
    data = [Block("data", ("aws_caller_identity", "current"))] if "postgres" in found else []
    text = document(data) + ("\n" if data else "") + calls_text
    yield _file(f"{folder}/main.tf", text, tuple(sections), site.environment)
    yield from _settings(cluster, folder, site.region, f"{site.environment}/{site.region}")


def _shared_root(
    cluster: Cluster, found: Mapping[str, Mapping[str, Any]], region: str
) -> Iterator[File]:
    folder = f"{TOP}/live/global"
    sections = dict.fromkeys(section for name in found for section in shared.SECTIONS[name])
    text = document([_call(name, values, "../../modules") for name, values in found.items()])
    if "dns" in found:
        text += "\n" + document([shared.GATEWAYS])
        yield shared.gateways(cluster, folder)
    if found:
        yield _file(f"{folder}/main.tf", text, tuple(sections), None)
        yield from _settings(cluster, folder, region, "global", is_shared=True)


def _call(name: str, values: Mapping[str, Any], modules: str) -> Block:
    given = {key: value for key, value in values.items() if value is not None}
    return Block("module", (name,), {"source": f"{modules}/{name}"}, more=given)


def _settings(
    cluster: Cluster, folder: str, region: str, state: str, *, is_shared: bool = False
) -> Iterator[File]:
    environment = None if is_shared else cluster.site.environment
    written = cluster.platform.terraform
    wanted = written.required_providers.get("aws") if written else None
    requirement = {"source": "hashicorp/aws", "version": wanted.version if wanted else REQUIRED_AWS}
    terraform = Block(
        "terraform",
        (),
        {"required_version": (written and written.required_version) or REQUIRED_VERSION},
        (Block("required_providers", (), {"aws": requirement}), *_backend(cluster, state)),
    )
    tags = dict(cluster.tags)
    if is_shared:
        tags.pop("Environment", None)
    account = cluster.platform.cloud.account
    provider = Block(
        "provider",
        ("aws",),
        {"region": region, **({"allowed_account_ids": [account]} if account else {})},
        (Block("default_tags", (), {"tags": tags}),),
    )
    sections = ("terraform", "cost_monitoring", "cloud.account")
    yield _file(f"{folder}/settings.tf", document([terraform, provider]), sections, environment)


def _backend(cluster: Cluster, state: str) -> tuple[Block, ...]:
    """Where the state is: its key in the file is what every state's key begins with."""
    written = cluster.platform.terraform
    s3 = written.backend.s3 if written and written.backend else None
    if s3 is None:
        return ()
    folder, _, name = s3.key.rpartition("/")
    key = "/".join(part for part in (folder, state, name) if part)
    values: dict[str, Any] = {"bucket": s3.bucket, "key": key, "region": s3.region}
    values |= {"encrypt": s3.encrypt, "use_lockfile": s3.use_lockfile or not s3.dynamodb_table}
    if s3.kms_key_id:
        values["kms_key_id"] = s3.kms_key_id
    if s3.dynamodb_table and not s3.use_lockfile:
        values["dynamodb_table"] = s3.dynamodb_table
    return (Block("backend", ("s3",), values),)


def _module(name: str, sections: tuple[str, ...]) -> Iterator[File]:
    top = package_files("groundplan.targets.cloud.terraform") / "modules" / name
    for path, text in _below(top, ""):
        yield _file(f"{TOP}/modules/{name}/{path}", text, sections, None)


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _below(entry, f"{path}{entry.name}/")
        else:
            yield f"{path}{entry.name}", entry.read_text("utf-8")


def _file(path: str, text: str, sections: tuple[str, ...], environment: str | None) -> File:
    return File(path=path, text=f"{header(*sections)}\n{text}", environment=environment)
