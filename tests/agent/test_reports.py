"""Reports of drills on disk."""

import json
from pathlib import Path

import pytest

from groundplan.agent.catalogue.reports import FileReports
from groundplan.errors import TargetError


def report(drill: str, at: float) -> bytes:
    return json.dumps({"drill": drill, "fault_at": at}).encode()


def test_the_newest_of_each_drill_counts(tmp_path: Path) -> None:
    reports = FileReports(tmp_path)
    assert reports.latest() == ()
    for name, drill, at in (("a-1", "a", 5.0), ("a-2", "a", 9.0), ("b-1", "b", 7.0)):
        where = reports.write(name, json=report(drill, at), html="<p>")
        assert Path(where).read_text() == "<p>"
    assert set(reports.latest()) == {report("a", 9.0), report("b", 7.0)}


def test_what_is_no_report_is_passed_over(tmp_path: Path) -> None:
    reports = FileReports(tmp_path)
    reports.write("a-1", json=report("a", 5.0), html="")
    for name, text in (("x.json", "{"), ("y.json", "[]"), ("z.json", '{"drill": 1}')):
        (tmp_path / "drills" / name).write_text(text)
    assert reports.latest() == (report("a", 5.0),)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "drills").write_text("a file stands in the way")
    with pytest.raises(TargetError, match="writing its report"):
        FileReports(tmp_path).write("a", json=b"{}", html="")
