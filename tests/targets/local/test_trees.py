"""A directory is copied under its content, within bounds, and nothing hostile comes along."""

import os
import shutil
import socket
import sys
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.targets.local.delivery.ignored import Ignored
from groundplan.targets.local.delivery.trees import Bounds, lay_out, trees


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "lib").mkdir(parents=True)
    (folder / "run.py").write_text("print(1)")
    (folder / "run.py").chmod(0o755)
    (folder / "lib" / "a.py").write_text("A = 1")
    (folder / "lib" / "__pycache__").mkdir()
    (folder / "lib" / "__pycache__" / "a.pyc").write_text("x")
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("x")
    return folder


def names(path: Path) -> list[str]:
    return sorted(str(each.relative_to(path)) for each in path.rglob("*"))


def test_the_same_content_is_the_same_tree(code: Path, tmp_path: Path) -> None:
    into = tmp_path / "trees"
    first = lay_out(code, into)
    assert names(first) == ["lib", "lib/a.py", "run.py"]
    assert os.access(first / "run.py", os.X_OK)
    os.utime(code / "run.py", (0, 0))
    assert lay_out(code, into) == first
    (code / "lib" / "a.py").write_text("A = 2")
    second = lay_out(code, into)
    assert second != first
    assert (first / "lib" / "a.py").read_text() == "A = 1"
    assert list(trees(into)) == sorted((first, second))


def test_names_and_contents_cannot_be_taken_for_each_other(tmp_path: Path) -> None:
    for folder, name, target in (("one", "a", "bc"), ("other", "ab", "c")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).symlink_to(target)
    one, other = tmp_path / "one", tmp_path / "other"
    assert lay_out(one, tmp_path / "t").name != lay_out(other, tmp_path / "t").name


def test_what_is_named_stays_behind(code: Path, tmp_path: Path) -> None:
    (code / ".groundplanignore").write_text("# big\n/data/\n*.log\n!keep.log\ndoc/**/*.md\n")
    for name in ("data/x", "lib/data/y", "a.log", "keep.log", "doc/b/c.md", "doc/d.txt"):
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text("x")
    found = [each for each in names(lay_out(code, tmp_path / "trees")) if "run" not in each]
    assert found == [
        ".groundplanignore",
        "doc",
        "doc/b",
        "doc/d.txt",
        "keep.log",
        "lib",
        "lib/a.py",
        "lib/data",
        "lib/data/y",
    ]


def test_the_platforms_own_folder_is_never_copied(code: Path) -> None:
    home = code / "home"
    path = lay_out(code, home / "shop" / "releases" / "trees", apart=(home,))
    assert "home" not in names(path)


@pytest.mark.parametrize(
    ("bounds", "why"),
    [
        (Bounds(bytes=5), "more than 0 MiB.*so far run.py 0 MiB, lib 0"),
        (Bounds(files=2), "more than 2 files"),
    ],
)
def test_what_is_too_large_is_told(code: Path, tmp_path: Path, bounds: Bounds, why: str) -> None:
    with pytest.raises(TargetError, match=why) as error:
        lay_out(code, tmp_path / "trees", bounds=bounds)
    assert ".groundplanignore" in error.value.try_
    assert list((tmp_path / "trees").iterdir()) == []  # nothing half is left


def test_a_full_disk_is_told_before_anything_is_copied(
    code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(tmp_path)._replace(free=3)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    with pytest.raises(TargetError, match=r"only 0 MiB are free in .*trees"):
        lay_out(code, tmp_path / "trees")


def test_links_within_stay_links(code: Path, tmp_path: Path) -> None:
    (code / "latest").symlink_to("lib/a.py")
    (code / "absolute").symlink_to(code / "lib")
    (code / "nowhere").symlink_to("lib/gone")
    (code / "python").symlink_to(sys.executable)
    path = lay_out(code, tmp_path / "trees")
    assert os.readlink(path / "latest") == "lib/a.py"
    assert (path / "absolute").resolve() == path / "lib"
    assert os.readlink(path / "nowhere") == "lib/gone"
    assert (path / "python").resolve() == Path(sys.executable).resolve()


@pytest.mark.parametrize("target", ["/etc/passwd", "../../secret", "/", "../../gone"])
def test_a_link_that_leads_out_is_refused(code: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "secret").write_text("s")
    (code / "lib" / "way-out").symlink_to(target)
    with pytest.raises(TargetError, match=r"lib/way-out is a link to .* leads out"):
        lay_out(code, tmp_path / "trees")


def test_what_nobody_can_copy_is_told(code: Path, tmp_path: Path) -> None:
    os.mkfifo(code / "lib" / "pipe")
    with pytest.raises(TargetError, match="lib/pipe is a named pipe"):
        lay_out(code, tmp_path / "trees")
    (code / "lib" / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(code)
        listening.bind("sock")
        os.chdir(here)
        with pytest.raises(TargetError, match="sock is a socket"):
            lay_out(code, tmp_path / "trees")
    (code / ".groundplanignore").write_text("sock\n")
    lay_out(code, tmp_path / "trees")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: only root can make a device")
def test_a_device_is_told(code: Path, tmp_path: Path) -> None:
    try:
        os.mknod(code / "zero", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("needs CAP_MKNOD: devices cannot be made here")
    with pytest.raises(TargetError, match="zero is a device"):
        lay_out(code, tmp_path / "trees")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file: run it as somebody else")
def test_what_cannot_be_read_is_named(code: Path, tmp_path: Path) -> None:
    (code / "lib" / "a.py").chmod(0)
    with pytest.raises(TargetError, match=r"lib/a.py: Permission denied"):
        lay_out(code, tmp_path / "trees")


def test_what_is_no_directory_is_told(code: Path, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="it is no directory"):
        lay_out(code / "run.py", tmp_path / "trees")


def test_patterns_are_those_of_gitignore() -> None:
    ignored = Ignored.of(Path("/nowhere"))
    assert ignored.leaves_out(Path("a/__pycache__"), is_folder=True)
    assert ignored.leaves_out(Path("a/b.pyc"), is_folder=False)
    assert not ignored.leaves_out(Path("a/b.py"), is_folder=False)
