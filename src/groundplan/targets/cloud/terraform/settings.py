"""What every root begins with: Terraform's version, its providers, where its state is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.files import File, header
from groundplan.targets.cloud.hcl_text import Block, Expression, document

REQUIRED_VERSION = ">= 1.11"
OPERATIONS_TAGS = "groundplan:"
SECTIONS = ("terraform", "cost_monitoring", "cloud.account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A provider of a root; `version` holds unless the file says another."""

    name: str
    source: str
    version: str
    block: Block


def aws(cluster: Cluster, region: str, *, is_shared: bool = False) -> Use:
    """AWS in one region, with tags on everything."""
    account = cluster.platform.cloud.account
    block = Block(
        "provider",
        ("aws",),
        {"region": region, **({"allowed_account_ids": [account]} if account else {})},
        (
            Block("default_tags", (), {"tags": tags(cluster, is_shared=is_shared)}),
            # A failover notes in tags who was named the primary, and that is none of Terraform's.
            Block("ignore_tags", (), {"key_prefixes": [OPERATIONS_TAGS]}),
        ),
    )
    return Use(name="aws", source="hashicorp/aws", version=">= 6.0", block=block)


def tags(cluster: Cluster, *, is_shared: bool) -> dict[str, str]:
    """A site's tags; what is not of a site is of no environment."""
    return {key: tag for key, tag in cluster.tags if not is_shared or key != "Environment"}


def root(cluster: Cluster, state: str, *uses: Use, backend: Block | None = None) -> str:
    """The text of settings.tf; the state is in the file's bucket, unless a root has its own."""
    written = cluster.platform.terraform
    required = {}
    for use in uses:
        wanted = written.required_providers.get(use.name) if written else None
        version = wanted.version if wanted else use.version
        required[use.name] = {"source": use.source, "version": version}
    terraform = Block(
        "terraform",
        (),
        {"required_version": (written and written.required_version) or REQUIRED_VERSION},
        (
            Block("required_providers", (), required),
            *((backend,) if backend else _backend(cluster, state)),
        ),
    )
    return document([terraform, *(use.block for use in uses)])


def call(name: str, values: Mapping[str, Any], modules: str) -> Block:
    """The call of a module that lies in a folder."""
    given = {key: value for key, value in values.items() if value is not None}
    return Block("module", (name,), {"source": f"{modules}/{name}"}, more=given)


def file(path: str, text: str, sections: tuple[str, ...], environment: str | None = None) -> File:
    """A file with its header."""
    return File(path=path, text=f"{header(*sections)}\n{text}", environment=environment)


# What people need to know of what was made: outputs of modules, by the name that a root shows.
SHOWN = {
    "eks": {"cluster": "name", "issuer": "issuer"},
    "postgres": {"database_address": "address", "database_alarms": "alarms_topic_arn"},
    "redis": {"cache_address": "address"},
    "search": {"search_endpoint": "endpoint"},
    "backup": {"backup_alarms": "alarms_topic_arn"},
    "dns": {"name_servers": "name_servers"},
    "cloudflare-edge": {"verification_key": "verification_key", "zone_id": "zone_id"},
    "azure-standby": {
        "writer_client_id": "writer_client_id",
        "writer_tenant_id": "writer_tenant_id",
        "database_host": "database_host",
        "registry": "registry",
    },
}


def outputs(
    folder: str, modules: Iterable[str], sections: tuple[str, ...], environment: str | None = None
) -> Iterator[File]:
    """outputs.tf, where a module of a root has something to tell."""
    blocks = [
        Block("output", (shown,), {"value": Expression(f"module.{name}.{own}")})
        for name in modules
        for shown, own in SHOWN.get(name, {}).items()
    ]
    if blocks:
        yield file(f"{folder}/outputs.tf", document(blocks), sections, environment)


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
