"""What goes wrong on a machine, told in words, with nothing half-built left behind."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from stories.harness import REPOSITORY, PlatformUnderTest, within

from groundplan.design.build import build
from groundplan.spec.load import load
from groundplan.targets.local.target import LocalTarget

pytestmark = [pytest.mark.stories, pytest.mark.timeout(900)]

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: it mounts, or changes account")


def folder(platform: PlatformUnderTest) -> Path:
    return platform.home / "bakery-production"


def leftovers(platform: PlatformUnderTest) -> list[str]:
    """Command lines of processes that work for this platform."""
    ours = str(platform.home)
    lines = (process.info["cmdline"] for process in psutil.process_iter(["cmdline"]))
    return [" ".join(line) for line in lines if line and ours in " ".join(line)]


def test_another_service_runs_the_same_way(bakery: PlatformUnderTest) -> None:
    told = bakery.groundplan("up", "--yes")
    assert told.code == 0, told.err
    with bakery.client() as client:
        assert client.get("/orders").status_code == 200
    assert {part["healthy"] for part in bakery.parts().values()} == {True}
    assert "postgres" not in {part["kind"] for part in bakery.parts().values()}


def test_a_port_in_use_is_told_before_anything_is_built(bakery: PlatformUnderTest) -> None:
    host, _, port = bakery.entry.partition(":")
    with socket.create_server((host, int(port))):
        told = bakery.groundplan("up", "--yes")
    assert told.code == 4
    assert f"{bakery.entry}" in told.err
    assert f"process {os.getpid()}" in told.err
    assert "nothing was built" in told.err
    assert leftovers(bakery) == []
    assert bakery.groundplan("up", "--yes").code == 0, "and the next run works"


@pytest.fixture
def small_disk(bakery: PlatformUnderTest) -> Iterator[Path]:
    """A disk of 64 MB where the platform's folder will be."""
    bakery.home.mkdir(parents=True)
    mount = ("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(bakery.home))
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this machine does not let us mount a small disk")
    yield bakery.home
    subprocess.run(("umount", str(bakery.home)), check=True)


@AS_ROOT
def test_a_full_disk_is_told_before_anything_is_built(
    bakery: PlatformUnderTest, small_disk: Path
) -> None:
    told = bakery.groundplan("up", "--yes")
    assert told.code == 4
    assert "MB left" in told.err
    assert leftovers(bakery) == []


@AS_ROOT
def test_a_folder_that_may_not_be_written_is_told(bakery: PlatformUnderTest) -> None:
    nobody = pwd.getpwnam("nobody")
    target = LocalTarget(Path("/var/lib/not-for-nobody/x"), bakery.file.parent)
    script = (
        f"import os,sys; os.setgid({nobody.pw_gid}); os.setuid({nobody.pw_uid})\n"
        "from pathlib import Path\n"
        "from groundplan.errors import TargetError\n"
        "from groundplan.targets.local.folder import Folder\n"
        f"try: Folder(Path({str(target.folder)!r})).create()\n"
        "except TargetError as error: print(error); sys.exit(4)\n"
    )
    result = subprocess.run(
        (sys.executable, "-c", script), capture_output=True, text=True, check=False
    )
    assert result.returncode == 4, result.stderr
    assert "Permission denied" in result.stdout
    assert "GROUNDPLAN_HOME" in result.stdout


@AS_ROOT
def test_a_closed_parent_folder_is_told_before_postgresql_fails(
    closed_home: PlatformUnderTest,
) -> None:
    told = closed_home.groundplan("up", "--yes")
    assert told.code == 4
    assert "cannot enter" in told.err
    assert "chmod o+x" in told.err


@pytest.fixture
def closed_home() -> Iterator[PlatformUnderTest]:
    """A platform with a database in a folder that PostgreSQL's account cannot reach."""
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))  # mode 0700
    file = root / "platform.yaml"
    file.write_text(DATABASE_ONLY)
    yield PlatformUnderTest(file=file, home=root / "home", entry="127.0.0.1:18091")
    shutil.rmtree(root)


DATABASE_ONLY = """
platform: vault
regions: {home: {primary: eu-west-1}}
primary_database: {engine: postgresql, version: "15.3"}
local: {entry: "127.0.0.1:18091", network: 127.52.0.0}
"""


@pytest.fixture
def vault() -> Iterator[PlatformUnderTest]:
    """A platform that is nothing but a database."""
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    root.chmod(0o755)
    file = root / "platform.yaml"
    file.write_text(DATABASE_ONLY)
    platform = PlatformUnderTest(file=file, home=root / "home", entry="127.0.0.1:18091")
    yield platform
    told = platform.groundplan("down", "--purge", "--yes")
    shutil.rmtree(root)
    assert told.code == 0, told.err


@pytest.fixture
def vault_of_nobody() -> Iterator[PlatformUnderTest]:
    """The same, run by an account without any rights."""
    reachable = ("runuser", "-u", "nobody", "--", sys.executable, "-c", "import groundplan")
    if subprocess.run(reachable, check=False, capture_output=True).returncode != 0:
        pytest.skip(f"the account nobody cannot run {sys.executable}: it lies in a closed folder")
    root = Path(tempfile.mkdtemp(prefix="gp-", dir="/tmp"))
    shutil.chown(root, "nobody")
    root.chmod(0o700)
    file = root / "platform.yaml"
    file.write_text(DATABASE_ONLY)
    file.chmod(0o644)
    platform = PlatformUnderTest(
        file=file, home=root / "home", entry="127.0.0.1:18091", user="nobody"
    )
    yield platform
    told = platform.groundplan("down", "--purge", "--yes")
    shutil.rmtree(root)
    assert told.code == 0, told.err


@AS_ROOT
def test_an_ordinary_user_needs_no_root(vault_of_nobody: PlatformUnderTest) -> None:
    told = vault_of_nobody.groundplan("up", "--yes")
    assert told.code == 0, told.err
    parts = vault_of_nobody.parts()
    assert {part["healthy"] for part in parts.values()} == {True}
    owners = {psutil.Process(part["pid"]).username() for part in parts.values()}
    assert owners == {"nobody"}


def test_an_old_data_directory_is_named_with_both_versions(vault: PlatformUnderTest) -> None:
    assert vault.groundplan("up", "--yes").code == 0
    assert vault.groundplan("down").code == 0
    version = vault.home / "vault-production/parts/eu-west-1/postgres-1/data/PG_VERSION"
    version.write_text("13\n")
    told = vault.groundplan("up", "--yes")
    assert told.code == 4
    assert "13" in told.err
    assert "15" in told.err
    version.write_text("15\n")
    assert vault.groundplan("up", "--yes").code == 0, "and nothing was lost"


def test_a_server_version_that_is_not_installed_is_named_with_its_package(
    vault: PlatformUnderTest,
) -> None:
    vault.edit('"15.3"', '"14.2"')
    told = vault.groundplan("up", "--yes")
    assert told.code == 4
    assert "apt-get install postgresql-14" in told.err
    assert leftovers(vault) == []


def test_a_service_that_ends_at_once_is_told_with_its_last_words(
    bakery: PlatformUnderTest,
) -> None:
    text = bakery.file.read_text()
    assert "till.py" in text
    bakery.file.write_text(text.replace("till.py", "oven.py"))
    told = bakery.groundplan("up", "--yes")
    assert told.code == 4
    assert "oven.py" in told.err, "the program's own last words"
    assert "groundplan logs" in told.err
    bakery.file.write_text(text)
    assert bakery.groundplan("up", "--yes").code == 0, "and up goes on from there"


def test_an_up_that_is_killed_half_way_is_taken_up_by_the_next(
    bakery: PlatformUnderTest,
) -> None:
    words = (sys.executable, "-m", "groundplan", "up", "--yes")
    environment = {**os.environ, "GROUNDPLAN_HOME": str(bakery.home)}
    with subprocess.Popen(
        words,
        cwd=bakery.file.parent,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        within(30, "the supervisor starts", (folder(bakery) / "design.json").exists)
        process.kill()
    told = bakery.groundplan("up", "--yes")
    assert told.code == 0, told.err
    assert {part["healthy"] for part in bakery.parts().values()} == {True}


def test_down_of_what_was_never_up_is_harmless(bakery: PlatformUnderTest) -> None:
    told = bakery.groundplan("down")
    assert told.code == 0, told.err


def test_a_hand_edited_file_is_mended_and_said(bakery: PlatformUnderTest) -> None:
    assert bakery.groundplan("up", "--yes").code == 0
    edited = folder(bakery) / "parts/global/edge/nginx.conf"
    right = edited.read_text()
    edited.write_text(right + "# by hand\n")
    plan = bakery.json("plan")
    assert [(a["sign"], a["part"]) for a in plan["actions"]] == [("~", "global/edge")]
    assert bakery.groundplan("up", "--yes").code == 0
    assert edited.read_text() == right


def test_every_example_has_a_design() -> None:
    for file in sorted((REPOSITORY / "examples").glob("*/*.yaml")):
        assert build(load(file), regions="all").parts, file
