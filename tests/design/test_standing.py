"""A released version stays until the file's own becomes another one."""

from dataclasses import replace
from pathlib import Path

import pytest

from groundplan.design.build import build
from groundplan.design.design import Design
from groundplan.design.parts import Service
from groundplan.design.standing import Standing, as_it_runs, as_released, is_kept, says
from groundplan.spec.load import Source, load

FILE = """\
platform: shop
regions:
  europe: { primary: north }
services:
  web:
    port: 8080
    version: "1"
    command: serve {address} {version}
    env: { COLOUR: red }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "platform.yaml"
    path.write_text(FILE)
    return path


def edited(file: Path, old: str, new: str) -> Source:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    return load(file)


def released(source: Source, version: str = "2", **facts: str) -> dict[str, Standing]:
    found = Standing(
        says=says(source, "web"),
        version=version,
        directory="/trees/2",
        release="release-x",
    )
    return {"web": replace(found, **facts)}


def web(design: Design) -> Service:
    return next(part for part in design.parts if isinstance(part, Service))


def test_the_released_version_stays_and_that_is_told(file: Path) -> None:
    source = load(file)
    kept, told = as_released(source, released(source))
    replica = web(build(kept))
    assert (replica.version, replica.process.workdir) == ("2", "/trees/2")
    assert replica.process.command[-1] == "2"
    (sentence,) = told
    assert sentence.startswith("web: 2 stays, which release-x released; the file says 1")


def test_a_setting_that_changed_is_applied_to_the_released_version(file: Path) -> None:
    known = released(load(file))
    source = edited(file, "red", "blue")
    kept, told = as_released(source, known)
    design = as_it_runs(build(kept), build(load(file)), source, known)
    assert (web(design).version, web(design).process.environment) == ("2", (("COLOUR", "blue"),))
    assert told


def test_another_version_in_the_file_takes_its_place_and_that_is_told(file: Path) -> None:
    known = released(load(file))
    source = edited(file, '"1"', '"3"')
    kept, (sentence,) = as_released(source, known)
    assert web(build(kept)).version == "3"
    assert "the file's 3 takes the place of 2 at once" in sentence
    assert not is_kept(known["web"], says(source, "web"))


def test_a_file_that_caught_up_is_silent(file: Path) -> None:
    known = released(load(file))
    source = edited(file, '"1"', '"2"')
    kept, told = as_released(source, known)
    assert web(build(kept)).process.workdir == "/trees/2"
    assert told == ()


def test_what_was_taken_back_is_not_brought_by_applying_the_file(file: Path) -> None:
    source = edited(file, '"1"', '"3"')
    known = released(source, "1", directory=".", release="", refused="3")
    kept, (sentence,) = as_released(source, known)
    assert web(build(kept)).version == "1"
    assert "1 stays, for 3 was taken back" in sentence


def test_an_undo_of_a_setting_is_not_undone(file: Path) -> None:
    """The file says blue, which was released and undone: red runs, and stays."""
    before = build(load(file))
    source = edited(file, "red", "blue")
    known = released(source, "1", directory=".")
    kept, told = as_released(source, known)
    design = as_it_runs(build(kept), before, source, known)
    assert web(design).process.environment == (("COLOUR", "red"),)
    assert told == ()
    assert design.jobs == before.jobs


def test_what_up_brought_is_the_files(file: Path) -> None:
    known = released(load(file), "1", directory=".", release="")
    source = edited(file, "red", "blue")
    assert as_released(source, known) == (source, ())
    assert not is_kept(known["web"], says(source, "web"))
