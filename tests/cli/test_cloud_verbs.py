"""Verbs with `--target cloud`: shown at first, done when somebody says so, refused in words."""

import json
import shutil

import pytest
from cli.doubles import Prompt
from targets.cloud.aws.moto_account import (
    HOME,
    OTHER,
    PASSWORD,
    Moto,
    address,
    moto,
    moto_server,
    servers,
    stores,
)
from targets.cloud.rendering import MVLBIM

from groundplan.agent.journal import JournalFile
from groundplan.targets.local.folder import folder_of

__all__ = ["moto", "moto_server"]

FAILOVER = ("failover", OTHER, "--target", "cloud")


@pytest.fixture
def typed(prompt: Prompt, moto: Moto) -> Prompt:
    """The example's production, as moto has it."""
    shutil.copy(MVLBIM, "platform.yaml")
    (home, _) = servers(moto)
    stores(moto, address(moto, home))
    return prompt


def test_without_carry_out_a_failover_only_shows_its_calls(typed: Prompt, moto: Moto) -> None:
    told = typed(*FAILOVER)
    assert told.code == 0, told.err
    assert "aws rds promote-read-replica --region ca-central-1" in told.out
    assert "nothing was changed; --carry-out does it" in told.err
    found = moto.client("rds", OTHER).describe_db_instances()["DBInstances"][0]
    assert found["ReadReplicaSourceDBInstanceIdentifier"]
    calls = json.loads(typed(*FAILOVER, "-o", "json").out)
    assert (calls["carried_out"], len(calls["calls"])) == (False, 7)
    assert PASSWORD not in told.out + told.err


def test_it_is_done_after_a_yes_and_stands_in_the_journal(typed: Prompt, moto: Moto) -> None:
    told = typed(*FAILOVER, "--carry-out", "--no-input")
    assert told.code == 1
    assert "needs an answer" in told.err
    kms = moto.client("kms", OTHER)
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=f"alias/mvlbim-production-{OTHER}", TargetKeyId=key)
    told = typed("backup", "run", "--target", "cloud", "--carry-out", "--yes", "--why", "a drill")
    with JournalFile(folder_of("mvlbim", "production"), read_only=True) as journal:
        began, ended = (chained.entry for chained in journal.newest(5))
    assert (began.what, began.why) == ("backup run (AWS)", "a drill")
    assert (told.code, ended.what) == (0, "done")
    assert told.out.rstrip().endswith("is in us-east-1, ca-central-1")


def test_mistakes_are_told_before_anything_is_asked(typed: Prompt) -> None:
    told = typed("failover", OTHER, "--carry-out")
    assert (told.code, "--carry-out is of --target cloud" in told.err) == (1, True)
    told = typed("failover", "eu-north-1", "--target", "cloud")
    assert "eu-north-1 has no server of mvlbim-production's database" in told.err
    told = typed("failover", HOME, "--target", "cloud")
    assert "is in us-east-1 already" in told.err
    told = typed(*FAILOVER, "--lost", "us-esat-1")
    assert "mvlbim-production is not in us-esat-1" in told.err
    told = typed("isolate", "mars", "--target", "cloud")
    assert "mvlbim-production is not in mars" in told.err
    told = typed("restore", "--target", "cloud", "--to", "latest")
    assert "nothing is restored in place" in told.err
    told = typed("backup", "verify", "--target", "cloud")
    assert "in a cloud there is no `backup verify`" in told.err


def test_credentials_of_another_account_are_refused(typed: Prompt) -> None:
    text = MVLBIM.read_text().replace("123456789012", "999999999999")
    (typed.folder / "platform.yaml").write_text(text)
    told = typed(*FAILOVER)
    assert told.code == 4
    assert "they are of the account 123456789012, and the file is of 999999999999" in told.err


def test_snapshots_are_listed_and_one_is_brought_back_beside_the_others(typed: Prompt) -> None:
    assert "rds:mvlbim-production-us-east-1" in typed("backup", "list", "--target", "cloud").out
    words = ("restore", "--target", "cloud", "--to", "latest", "--into", "shop-copy")
    assert "--db-instance-identifier shop-copy" in typed(*words).out
    told = typed(*words, "--carry-out", "--yes")
    assert told.code == 0, told.err
    assert "nobody is sent to it" in told.out
    assert "nothing is to be done" in typed(*words).err
    told = typed("restore", "--target", "cloud", "--to", "yesterday", "--into", "shop-copy")
    assert "there is no snapshot yesterday" in told.err
