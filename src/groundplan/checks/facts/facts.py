"""The facts that rules rest on: sizes, prices, regions, contracts, versions, limits.

A lookup gives a row or None. None is "unknown": no rule may read it as zero or as fine. Tables of
the package are read when first asked for; the user's own, whose rows win, when facts are loaded.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from groundplan.checks.facts.overlay import read_overlay
from groundplan.checks.facts.packaged import packaged
from groundplan.checks.facts.provenance import Confidence
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
from groundplan.checks.facts.tables import (
    ALL_TABLES,
    DEPRECATIONS,
    ENGINES,
    INSTANCES,
    LIMITS,
    PRICES,
    REGIONS,
    SLAS,
    STORAGE,
    Key,
    Row,
    Table,
)
from groundplan.units import Version

ENGINE_NAMES = {"postgresql": "postgres", "nodejs": "node"}
EVERYWHERE = "*"
BASE_REGION = "us-east-1"
SCALE = "ec2:c5.xlarge:linux:ondemand"
NOT_SCALED = ("egress:", "discount:")  # these do not follow the price of machines


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All tables. `own` holds the user's rows by table name; they win over the package's."""

    own: Mapping[str, Mapping[Key, Any]] = field(default_factory=dict)

    def instance(self, name: str) -> InstanceType | None:
        """A size of machine, database, cache or search server by its full name."""
        return self._row(INSTANCES, (name,)) or self._row(INSTANCES, (_renamed(name),))

    def price(self, sku: str, region: str) -> Price | None:
        """The list price of a thing in a region.

        Some cost the same everywhere. Where a region's own price is not known, that of us-east-1
        is scaled by what a c5.xlarge costs in both: an inferred price, and marked as one.
        """
        known = self._row(PRICES, (sku, region)) or self._row(PRICES, (sku, EVERYWHERE))
        return known or self._scaled(sku, region)

    def region(self, name: str) -> RegionFacts | None:
        """A region of AWS or Azure."""
        return self._row(REGIONS, (name,))

    def sla(self, service: str, redundancy: str = "any") -> Sla | None:
        """The contract for a service with this redundancy, or for any where there is only one."""
        return self._row(SLAS, (service, redundancy)) or self._row(SLAS, (service, "any"))

    def engine(self, engine: str, version: str) -> EngineRelease | None:
        """The line that a version belongs to: "15.3" of postgres is in the line "15"."""
        name = ENGINE_NAMES.get(engine, engine)
        try:
            numbers = Version.parse(version).numbers
        except ValueError:
            return None
        for length in range(len(numbers), 0, -1):
            line = ".".join(str(number) for number in numbers[:length])
            found = self._row(ENGINES, (name, line))
            if found:
                return found
        return None

    def engines(self, engine: str) -> tuple[EngineRelease, ...]:
        """Every line of an engine that the table knows."""
        name = ENGINE_NAMES.get(engine, engine)
        return tuple(row for row in self.rows(ENGINES) if row.engine == name)

    def storage(self, service: str, kind: str, size_gib: float = 0) -> StorageRule | None:
        """The rule for a kind of storage at a size."""
        rules = (row for row in self.rows(STORAGE) if (row.service, row.type) == (service, kind))
        fitting = (row for row in rules if row.size_gib_min <= size_gib)
        return max(fitting, key=lambda row: row.size_gib_min, default=None)

    def limit(self, key: str) -> Limit | None:
        """A quota or parameter, like "ec2.spot.notice"."""
        return self._row(LIMITS, (key,))

    def deprecation(self, kind: str, name: str) -> Deprecation | None:
        """What is known against a name; None when nothing is."""
        return self._row(DEPRECATIONS, (kind, name))

    def rows(self, table: Table[Row]) -> Iterator[Row]:
        """Every row of a table, the user's in place of the package's."""
        own = self.own.get(table.name, {})
        return iter({**packaged(table), **own}.values())

    def names(self, table: Table[Any]) -> frozenset[str]:
        """What the rows of a table are called, by their first column."""
        return frozenset(key[0] for key in (*packaged(table), *self.own.get(table.name, {})))

    def oldest(self, table: Table[Row] | None = None) -> date:
        """The day of the oldest figure in a table, or in all."""
        tables: tuple[Table[Any], ...] = ALL_TABLES if table is None else (table,)
        return min(day for each in tables for day in self._days(each))

    def age(self, today: date, table: Table[Row] | None = None) -> int:
        """How many days old the oldest figure in a table is, or in all."""
        return max(0, (today - self.oldest(table)).days)

    def _days(self, table: Table[Any]) -> Iterator[date]:
        own, rows = self.own.get(table.name, {}), packaged(table)
        yield from (row.fact.as_of for row in own.values())
        yield from (rows.as_of(key) for key in rows if key not in own)

    def _scaled(self, sku: str, region: str) -> Price | None:
        base = self._row(PRICES, (sku, BASE_REGION))
        here = self._row(PRICES, (SCALE, region))
        there = self._row(PRICES, (SCALE, BASE_REGION))
        if sku.startswith(NOT_SCALED) or sku.endswith(":spot") or not (base and here and there):
            return None
        ratio = here.usd / there.usd
        weakest = max(base.fact.confidence, here.fact.confidence, key=list(Confidence).index)
        fact = replace(
            base.fact,
            key=f"{sku} {region}",
            confidence=max(weakest, Confidence.INFERRED, key=list(Confidence).index),
            note=f"the price of {BASE_REGION} x {ratio:.3f}, the ratio of {SCALE}",
        )
        usd = (base.usd * ratio).quantize(Decimal("0.000001")).normalize()
        return replace(base, region=region, usd=usd, fact=fact)

    def _row(self, table: Table[Row], key: Key) -> Row | None:
        own = self.own.get(table.name, {})
        found: Row | None = own[key] if key in own else packaged(table).get(key)
        return found


def load(overlay: Path | None = None) -> Facts:
    """The facts, with the tables of a folder over them (`facts/` beside the platform file).

    A folder that is not there changes nothing; one with mistakes raises SpecError with them all.
    """
    own = read_overlay(overlay) if overlay is not None and overlay.is_dir() else {}
    return Facts(own=own) if own else _package_facts()


@cache
def _package_facts() -> Facts:
    return Facts()


def _renamed(name: str) -> str:
    """Search servers go by either of two endings."""
    head, _, tail = name.rpartition(".")
    other = {"elasticsearch": "search", "search": "elasticsearch"}.get(tail)
    return f"{head}.{other}" if other else name
