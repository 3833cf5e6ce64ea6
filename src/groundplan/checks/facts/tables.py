"""The tables: which there are, and what a line of each is. To add a table, add a row class to
rows.py, a Table here, a file in tables/ and a lookup in facts.py."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from groundplan.checks.facts.cells import Cells
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

Row = TypeVar("Row")
Key = tuple[str, ...]
PROVENANCE = ("as_of", "source", "confidence", "note")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table(Generic[Row]):
    """A kind of table: `columns` in order, the first `key_size` of them name a row.

    There is one of each kind, so that one is told from another by what it is, not what it holds.
    """

    name: str
    columns: tuple[str, ...]
    key_size: int
    read: Callable[[Cells], Row]

    @property
    def header(self) -> tuple[str, ...]:
        """The first line of the file."""
        return (*self.columns, *PROVENANCE)


def _price(cells: Cells) -> Price:
    sku, region = cells.text("sku"), cells.text("region")
    return Price(
        sku=sku,
        region=region,
        unit=cells.text("unit"),
        usd=cells.number("usd"),
        fact=cells.fact(sku, region),
    )


def _instance(cells: Cells) -> InstanceType:
    name = cells.text("name")
    pods = cells.maybe_number("pods_max")
    return InstanceType(
        name=name,
        vcpu=cells.whole("vcpu"),
        memory_gib=cells.number("memory_gib"),
        gpus=cells.whole("gpus"),
        is_burstable=cells.is_yes("burstable"),
        arch=cells.text("arch"),
        pods_max=int(pods) if pods is not None else None,
        allocatable_vcpu=cells.maybe_number("allocatable_vcpu"),
        allocatable_memory_gib=cells.maybe_number("allocatable_memory_gib"),
        fact=cells.fact(name),
    )


def _region(cells: Cells) -> RegionFacts:
    name = cells.text("name")
    return RegionFacts(
        name=name,
        provider=cells.text("provider"),
        city=cells.text("city"),
        country=cells.text("country"),
        latitude=float(cells.signed("latitude")),
        longitude=float(cells.signed("longitude")),
        jurisdiction=cells.text("jurisdiction"),
        timezone=cells.text("timezone"),
        utc_offset_january=int(cells.signed("utc_offset_january")),
        utc_offset_july=int(cells.signed("utc_offset_july")),
        zones=cells.words("zones"),
        fact=cells.fact(name),
    )


def _sla(cells: Cells) -> Sla:
    service, redundancy = cells.text("service"), cells.text("redundancy")
    return Sla(
        service=service,
        redundancy=redundancy,
        monthly_percent=cells.number("monthly_percent"),
        fact=cells.fact(service, redundancy),
    )


def _engine(cells: Cells) -> EngineRelease:
    engine, line = cells.text("engine"), cells.text("line")
    return EngineRelease(
        engine=engine,
        line=line,
        released=cells.maybe_day("released"),
        end_of_life=cells.maybe_day("end_of_life"),
        latest=cells.maybe_text("latest"),
        minimum=cells.maybe_text("minimum"),
        fact=cells.fact(engine, line),
    )


def _whole_or_none(cells: Cells, column: str) -> int | None:
    return cells.whole(column) if cells.maybe_text(column) else None


def _storage(cells: Cells) -> StorageRule:
    service, kind, size = cells.text("service"), cells.text("type"), cells.whole("size_gib_min")
    return StorageRule(
        service=service,
        type=kind,
        size_gib_min=size,
        iops_baseline=_whole_or_none(cells, "iops_baseline"),
        iops_max=_whole_or_none(cells, "iops_max"),
        throughput_mibs_baseline=_whole_or_none(cells, "throughput_mibs_baseline"),
        throughput_mibs_max=_whole_or_none(cells, "throughput_mibs_max"),
        is_settable=cells.is_yes("settable"),
        days_min=_whole_or_none(cells, "days_min"),
        object_bytes_min=_whole_or_none(cells, "object_bytes_min"),
        retrieval=cells.maybe_text("retrieval"),
        fact=cells.fact(service, kind, f"from {size} GiB"),
    )


def _limit(cells: Cells) -> Limit:
    key = cells.text("key")
    return Limit(
        key=key,
        value=cells.number("value"),
        unit=cells.text("unit"),
        adjustable=cells.is_yes("adjustable"),
        fact=cells.fact(key),
    )


def _deprecation(cells: Cells) -> Deprecation:
    kind, name = cells.text("kind"), cells.text("name")
    return Deprecation(
        kind=kind,
        name=name,
        status=cells.text("status"),
        since=cells.maybe_text("since"),
        instead=cells.text("instead"),
        fact=cells.fact(kind, name),
    )


def _columns(text: str) -> tuple[str, ...]:
    return tuple(text.split())


PRICES = Table(name="prices", columns=_columns("sku region unit usd"), key_size=2, read=_price)
INSTANCES = Table(
    name="instances",
    columns=_columns(
        "name vcpu memory_gib gpus burstable arch pods_max allocatable_vcpu allocatable_memory_gib"
    ),
    key_size=1,
    read=_instance,
)
REGIONS = Table(
    name="regions",
    columns=_columns(
        "name provider city country latitude longitude jurisdiction timezone utc_offset_january"
        " utc_offset_july zones"
    ),
    key_size=1,
    read=_region,
)
SLAS = Table(
    name="sla", columns=_columns("service redundancy monthly_percent"), key_size=2, read=_sla
)
ENGINES = Table(
    name="engines",
    columns=_columns("engine line released end_of_life latest minimum"),
    key_size=2,
    read=_engine,
)
STORAGE = Table(
    name="storage",
    columns=_columns(
        "service type size_gib_min iops_baseline iops_max throughput_mibs_baseline"
        " throughput_mibs_max settable days_min object_bytes_min retrieval"
    ),
    key_size=3,
    read=_storage,
)
LIMITS = Table(
    name="limits", columns=_columns("key value unit adjustable"), key_size=1, read=_limit
)
DEPRECATIONS = Table(
    name="deprecations",
    columns=_columns("kind name status since instead"),
    key_size=2,
    read=_deprecation,
)
ALL_TABLES: tuple[Table[Any], ...] = (
    PRICES,
    INSTANCES,
    REGIONS,
    SLAS,
    ENGINES,
    STORAGE,
    LIMITS,
    DEPRECATIONS,
)
