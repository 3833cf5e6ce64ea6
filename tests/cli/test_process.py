"""The real program in a process of its own: pipes, colours, speed, interruption."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cli.doubles import FILE

HEAVY = {"rich", "psycopg", "httpx", "redis", "groundplan.targets", "sqlite3", "asyncio"}


def groundplan(*words: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    return subprocess.run(
        (sys.executable, "-m", "groundplan", *words),
        cwd=folder,
        env={**clean, "GROUNDPLAN_HOME": str(folder / "home"), **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=15,
        check=False,
    )


def shell(command: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ("bash", "-o", "pipefail", "-c", command.replace("groundplan", "$PYTHON -m groundplan")),
        cwd=folder,
        env={**os.environ, "PYTHON": sys.executable, "GROUNDPLAN_HOME": str(folder / "home")},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=15,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "platform.yaml").write_text(FILE)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("version",), 0),
        (("check",), 0),
        (("check", "nowhere.yaml"), 3),
        (("status",), 1),
        (("plan", "--detailed-exitcode"), 2),
        (("bogus",), 1),
        (("down", "--purge"), 0),
    ],
)
def test_exit_codes(folder: Path, words: tuple[str, ...], code: int) -> None:
    told = groundplan(*words, folder=folder)
    assert told.returncode == code, told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    "words", [("version",), ("check",), ("explain",), ("--help",), ("schema",)]
)
def test_quick_verbs_import_nothing_heavy(folder: Path, words: tuple[str, ...]) -> None:
    told = subprocess.run(
        (sys.executable, "-X", "importtime", "-m", "groundplan", *words),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=15,
        check=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines()}
    assert {name for name in imported if name in HEAVY} == set()


def test_a_reader_that_goes_away_is_no_error_and_does_not_change_the_verdict(folder: Path) -> None:
    told = shell("groundplan schema | head -c 10", folder)
    assert (told.returncode, told.stderr) == (0, "")
    told = shell("groundplan check nowhere.yaml -q | true", folder)
    assert (told.returncode, told.stderr) == (3, "")


def test_a_full_disk_is_4(folder: Path) -> None:
    told = shell("groundplan schema > /dev/full", folder)
    assert told.returncode == 4
    assert told.stderr.startswith("error  no space left on device\n")


def test_closed_streams_are_no_error(folder: Path) -> None:
    assert shell("groundplan version >&-", folder).returncode == 0
    assert shell("groundplan check nowhere.yaml 2>&-", folder).returncode == 3


def test_an_encoding_without_our_signs_is_no_error(folder: Path) -> None:
    told = groundplan("plan", "--help", folder=folder, PYTHONIOENCODING="ascii")
    assert told.returncode == 0
    assert "is replaced" in told.stdout
    (folder / "näher.yaml").write_text("platfrm: shop\n")
    told = groundplan("check", "näher.yaml", folder=folder, PYTHONIOENCODING="ascii")
    assert told.returncode == 3
    assert r"n\xe4her.yaml:1" in told.stdout


def test_a_pipe_has_no_colour_unless_it_is_forced(folder: Path) -> None:
    assert "\x1b" not in groundplan("explain", folder=folder).stdout
    assert "\x1b[1m" in groundplan("explain", folder=folder, FORCE_COLOR="1").stdout
    assert "\x1b[1m" in groundplan("--color=always", "explain", folder=folder).stdout


@pytest.mark.parametrize(
    ("environment", "has_color"),
    [({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1"}, False)],
)
def test_a_terminal_has_colour(folder: Path, environment: dict[str, str], has_color: bool) -> None:
    ours, theirs = pty.openpty()
    clean = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR")}
    subprocess.run(
        (sys.executable, "-m", "groundplan", "check"),
        cwd=folder,
        env={**clean, "TERM": "xterm", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        timeout=15,
        check=True,
    )
    os.close(theirs)
    said = os.read(ours, 10_000)
    os.close(ours)
    assert (b"\x1b[32mfine\x1b[0m" in said) is has_color


FOLLOW = """
import sys
from pathlib import Path
from cli.doubles import DESIGN, FakeTarget
from groundplan.cli import main
from groundplan.cli.asked.session import Session
fake = FakeTarget(folder=Path("built"), built=DESIGN)
sys.exit(main(["logs", "edge", "-f"], Session(pick_target=lambda folder, source: fake)))
"""


def following(folder: Path) -> "subprocess.Popen[str]":
    log = folder / "built" / "logs" / "global" / "edge.log"
    log.parent.mkdir(parents=True)
    log.write_text("first\n")
    tests = str(Path(__file__).parents[1])
    return subprocess.Popen(
        (sys.executable, "-c", FOLLOW),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": tests, "GROUNDPLAN_HOME": str(folder / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_following_a_log_ends_with_130_when_it_is_interrupted(folder: Path) -> None:
    process = following(folder)
    assert process.stdout is not None
    assert process.stdout.readline() == "first\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in errors


def test_following_a_log_ends_when_its_reader_does(folder: Path) -> None:
    process = following(folder)
    assert process.stdout is not None
    assert process.stdout.readline() == "first\n"
    process.stdout.close()
    log = folder / "built" / "logs" / "global" / "edge.log"
    ends = time.monotonic() + 10
    while process.poll() is None and time.monotonic() < ends:  # until it tries to write again
        with log.open("a") as stream:
            stream.write("more\n")
        time.sleep(0.05)
    assert process.wait(timeout=60) == 0
    assert process.stderr is not None
    with process.stderr as stream:
        assert stream.read() == ""


def test_what_makes_a_verb_start_sooner_is_hidden_from_what_it_starts(folder: Path) -> None:
    program = (
        "import os\nfrom groundplan.cli.index import groundplan\nimport click\n"
        "groundplan.get_command(click.Context(groundplan), 'check')\n"
        "print([name for name in os.environ if name.startswith('PYDANTIC')])"
    )
    told = subprocess.run(
        (sys.executable, "-c", program), capture_output=True, text=True, timeout=30, check=True
    )
    assert told.stdout == "[]\n"


def test_the_standard_input_is_a_file_that_is_read_once(folder: Path) -> None:
    told = shell("cat platform.yaml | groundplan check -", folder)
    assert told.returncode == 0
    assert told.stdout.startswith("fine  -: shop (production), 2 regions, ")
    told = shell("(cat platform.yaml; echo 'regins: {}') | groundplan check -", folder)
    assert told.returncode == 3
    assert "-:10:1  regins" in told.stdout
    told = shell("cat platform.yaml | groundplan plan -", folder)
    assert told.returncode == 1
    assert "only `check` reads the standard input" in told.stderr
