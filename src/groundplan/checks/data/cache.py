"""The rule of what a cache is for."""

from collections.abc import Iterator

from groundplan.checks.reading import counted
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity


@rule(
    "DAT006",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="A cache must say whether its data exists elsewhere too, and evict what fits that.",
    why="a store that evicts loses data, a cache that cannot evict refuses writes when it is full",
    source="Redis documentation, key eviction; Amazon ElastiCache best practices",
)
def cache_has_a_role(subject: Subject) -> Iterator[Problem]:
    cache = subject.platform.cache_layer
    if cache is None:
        return
    servers = cache.cluster.num_cache_clusters if cache.cluster else 1
    words = f"{cache.engine} {cache.version} on {counted(servers, 'server')}"
    if cache.role is None:
        message = f"{words} evicts by {cache.eviction}, and nothing says whether that loses data"
        path, edit = "cache_layer", "add role: cache (its data exists elsewhere too) or role: store"
    elif cache.role == "store" and cache.eviction != "noeviction":
        message = f"{words} is the only place of its data and evicts it by {cache.eviction}"
        path, edit = "cache_layer.role", "write eviction: noeviction, or role: cache"
    elif cache.eviction.startswith("volatile-") and cache.default_ttl is None:
        message = f"{words} evicts only keys with a time to live, and 0 keys get one"
        path, edit = "cache_layer.eviction", 'add default_ttl: "1 hour"'
    else:
        return
    yield Problem(
        path=path, also=("cache_layer.version", "cache_layer.cluster"), message=message, try_=edit
    )
