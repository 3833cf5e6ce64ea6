"""Redis's files, without a server; the start script with a made-up one."""

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from data_tier import REDIS, compare_with_golden, data_tier, machine_in

from groundplan.design.parts import Redis
from groundplan.targets.local.machine import Machine
from groundplan.targets.local.parts.redis import RedisRecipe
from groundplan.targets.local.processes.programs import REDIS as SERVER
from groundplan.targets.local.processes.programs import REDIS_CLI, find

GOLDEN = Path(__file__).parents[3] / "golden" / "local" / "redis"
# Answers as the file named like the Sentinel's address says; a missing file is a silent Sentinel.
ASKED = '#!/bin/sh\ncat >/dev/null; cat "$2"\n'
SHOWN = "#!/bin/sh\nexec cat state.conf\n"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return machine_in(tmp_path, data_tier())


def redis(machine: Machine, name: str) -> Redis:
    part = machine.design.part(name)
    assert isinstance(part, Redis)
    return part


def start(part: Redis, machine: Machine, **answers: str) -> str:
    """The state that run.sh gives to Redis, when each Sentinel (s1, s2, s3) answers so."""
    folder = machine.folder
    part = replace(part, sentinels=("s1", "s2", "s3"))
    script = next(f.text for f in RedisRecipe().files(part, machine) if f.path == "run.sh")
    for program, text in ((REDIS_CLI, ASKED), (SERVER, SHOWN)):
        path = folder / program.name
        path.write_text(text)
        path.chmod(0o755)
        script = script.replace(str(find(program)), str(path))
    for sentinel in part.sentinels:
        (folder / sentinel).unlink(missing_ok=True)
    for sentinel, answer in answers.items():
        (folder / sentinel).write_text(answer)
    return subprocess.check_output(("/bin/sh", "-c", script), cwd=folder, text=True)


def answer(primary: str, *, epoch: int) -> str:
    return f"{primary}\n6379\nname\ncache\nrunid\n\nconfig-epoch\n{epoch}\nquorum\n2\n"


@pytest.mark.parametrize("name", REDIS[:2])
def test_files_are_as_the_design_says(name: str, machine: Machine, update: bool) -> None:
    compare_with_golden(name, machine, GOLDEN / name.rpartition("/")[2], update=update)


def test_the_first_start_is_as_designed(machine: Machine) -> None:
    assert start(redis(machine, REDIS[0]), machine) == "include redis.conf\n"
    (machine.folder / "state.conf").unlink()
    follows = "include redis.conf\nreplicaof 127.60.2.1 6379\n"
    assert start(redis(machine, REDIS[1]), machine) == follows


def test_an_old_primary_follows_whom_the_sentinels_name(machine: Machine) -> None:
    state = start(redis(machine, REDIS[0]), machine, s2=answer("127.60.2.3", epoch=1))
    assert state == "include redis.conf\nreplicaof 127.60.2.3 6379\n"


def test_the_newest_epoch_is_believed(machine: Machine) -> None:
    state = start(
        redis(machine, REDIS[1]),
        machine,
        s1=answer("127.60.2.1", epoch=9),
        s2=answer("127.60.2.2", epoch=10),
        s3=answer("127.60.2.1", epoch=9),
    )
    assert state == "include redis.conf\n"


def test_a_sentinel_that_knows_no_such_group_is_not_believed(machine: Machine) -> None:
    told = "\nERR No such master with that name\n\n"
    state = start(redis(machine, REDIS[1]), machine, s1=told, s2=answer("127.60.2.3", epoch=0))
    assert state == "include redis.conf\nreplicaof 127.60.2.3 6379\n"


def test_without_sentinels_it_is_what_it_was(machine: Machine) -> None:
    first, second = (redis(machine, name) for name in REDIS[:2])
    (machine.folder / "state.conf").write_text("include redis.conf\nreplicaof 127.60.2.2 6379\n")
    assert "replicaof 127.60.2.2" in start(first, machine)
    (machine.folder / "state.conf").write_text("include redis.conf\nuser default on\n")
    assert "replicaof" not in start(second, machine)


def test_a_server_that_is_not_there_says_so(machine: Machine) -> None:
    why = RedisRecipe().probe(redis(machine, REDIS[0]), machine)
    assert why is not None
    assert why.startswith("it does not answer")
