"""Typed tables as Iceberg tables: read back by pyiceberg itself, replaced whole or not at all."""

import json
from pathlib import Path
from typing import Any

import pytest
from operations.lake.test_lake import row, taken

from groundplan.errors import TargetError
from groundplan.operations.lake import iceberg
from groundplan.operations.lake.iceberg import Exported, exported
from groundplan.operations.lake.lake import into, tidy
from groundplan.operations.lake.tiers import Ages
from groundplan.parquet.files import Folder
from groundplan.parquet.store import Store
from tests.operations.lake.test_lake import NOW


def told(folder: Path) -> list[Exported]:
    return [*exported(Folder(folder / "lake"), folder / "tables")]


def rows_of(folder: Path, name: str) -> list[dict[str, Any]]:
    sql = pytest.importorskip("pyiceberg.catalog.sql", reason="pyiceberg is not installed")
    place = folder / "tables"
    uri = f"sqlite:///{place}/catalog.db"
    table = sql.SqlCatalog("lake", uri=uri, warehouse=f"file://{place}").load_table(name)
    found: list[dict[str, Any]] = table.scan().to_arrow().to_pylist()
    return sorted(found, key=lambda each: str(each.get("n")))


def test_another_engine_reads_what_is_typed(tmp_path: Path) -> None:
    taken(tmp_path, row(1, user={"id": 7}) + row(2) + b"bad\n")
    with Store(tmp_path / "lake") as store:
        into(store, "sums", "SELECT sum(n)::DOUBLE AS s FROM events", depth=3, now=NOW)
    assert told(tmp_path) == [
        Exported(name="analytics.sums", rows=1),
        Exported(name="processed.events", rows=2),
    ]
    one, two = rows_of(tmp_path, "processed.events")
    assert (one["n"], one["user.id"], two["user.id"]) == (1, 7, None)
    assert f"{one['event_time']:%Y-%m-%d %H}" == "2026-11-25 09"
    assert not {"zone", "year"} & one.keys()
    assert [each["s"] for each in rows_of(tmp_path, "analytics.sums")] == [3.0]


def test_it_is_replaced_when_something_changed(tmp_path: Path) -> None:
    taken(tmp_path, row(1))
    told(tmp_path)
    assert told(tmp_path) == [Exported(name="processed.events", rows=None)]
    taken(tmp_path, row(2, fresh="x"))
    assert told(tmp_path) == [Exported(name="processed.events", rows=2)]
    assert [each["fresh"] for each in rows_of(tmp_path, "processed.events")] == [None, "x"]
    taken(tmp_path, row(2.5))  # whole numbers become fractions, which Iceberg does not know
    assert told(tmp_path) == [Exported(name="processed.events", rows=3)]
    assert [each["n"] for each in rows_of(tmp_path, "processed.events")] == [1.0, 2.0, 2.5]
    with Store(tmp_path / "lake") as store:
        tidy(store, {"processed": Ages(expire=0)}, NOW.replace(year=2027))
    assert told(tmp_path) == [Exported(name="processed.events", rows=0)]
    assert [*(tmp_path / "tables").rglob("*.parquet")] == []
    assert told(tmp_path) == []


def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    for number in range(5):
        taken(tmp_path, row(number))
        told(tmp_path)
    assert len([*(tmp_path / "tables").rglob("*.parquet")]) == 2, "this one and the last one"
    assert len(rows_of(tmp_path, "processed.events")) == 5


def test_dying_in_the_middle_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(tmp_path, row(1))
    told(tmp_path)
    taken(tmp_path, b"".join(row(n) for n in range(2, 50)))
    real = iceberg._chunks

    def dying(*given: Any) -> Any:
        yield next(real(*given))
        raise OSError("the disk is full")

    monkeypatch.setattr(iceberg, "_chunks", dying)
    with pytest.raises(TargetError, match="the disk is full"):
        told(tmp_path)
    assert [each["n"] for each in rows_of(tmp_path, "processed.events")] == [1]
    monkeypatch.undo()
    assert told(tmp_path) == [Exported(name="processed.events", rows=49)]


def test_without_pyiceberg_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken(tmp_path, json.dumps({"ts": "2026-11-25T09:00:00Z", "n": 1}).encode())

    def missing(name: str) -> Any:
        raise ModuleNotFoundError(name=name.partition(".")[0])

    monkeypatch.setattr(iceberg.importlib, "import_module", missing)
    with pytest.raises(TargetError) as refused:
        told(tmp_path)
    assert refused.value.why == "pyiceberg is not installed"
    assert refused.value.try_ == "pip install 'groundplan[iceberg]'"
