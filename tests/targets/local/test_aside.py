"""Old data directories are found by name, and only those are deleted."""

from pathlib import Path

from data_tier import PRIMARY, data_tier, machine_in

from groundplan.targets.local.backups.aside import LocalAside


def test_what_was_put_aside_is_listed_with_its_size_and_forgotten(tmp_path: Path) -> None:
    machine = machine_in(tmp_path, data_tier("127.59"))
    part = next(part for part in machine.design.parts if part.name == PRIMARY)
    folder = machine.directory(part)
    for name, size in (("data.before.restore-a", 10), ("data.before.restore-ab", 7), ("data", 5)):
        (folder / name).mkdir(parents=True)
        (folder / name / "1").write_bytes(b"x" * size)
    aside = LocalAside(machine)
    found = {copy.name: (copy.of, copy.bytes) for copy in aside.all()}
    assert found == {"restore-a": (PRIMARY, 10), "restore-ab": (PRIMARY, 7)}
    for _ in range(2):
        aside.forget("restore-a")
    assert [copy.name for copy in aside.all()] == ["restore-ab"]
    aside.forget("*")
    assert [copy.name for copy in aside.all()] == ["restore-ab"]
    assert (folder / "data" / "1").exists()
