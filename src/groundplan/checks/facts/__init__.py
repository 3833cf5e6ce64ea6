"""Dated figures with their sources: what a rule may lean on besides the file itself."""

from groundplan.checks.facts.facts import Facts, load
from groundplan.checks.facts.provenance import Confidence, Fact
from groundplan.checks.facts.rows import (
    Deprecation,
    EngineRelease,
    InstanceType,
    Limit,
    Price,
    RegionFacts,
    Sla,
    StorageRule,
)

__all__ = [
    "Confidence",
    "Deprecation",
    "EngineRelease",
    "Fact",
    "Facts",
    "InstanceType",
    "Limit",
    "Price",
    "RegionFacts",
    "Sla",
    "StorageRule",
    "load",
]
