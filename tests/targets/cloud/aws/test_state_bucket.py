"""Real Terraform keeps states in S3 as it is rendered: sealed, locked, and its own bucket's first.

The S3 is moto's. It keeps versions and refuses a second lock; whether AWS's own would seal and copy
what the requests ask for is not shown here.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from targets.cloud.aws.moto_account import Moto
from targets.cloud.rendering import ATLAS, MVLBIM, rendered, sources
from targets.cloud.terraform.running import SCHEMAS
from targets.cloud.terraform.schema_provider import attached

from groundplan.errors import TargetError
from groundplan.targets.cloud.apply import terraform as program
from groundplan.targets.cloud.apply.roots import STATE, Root, roots
from groundplan.targets.cloud.folder import write
from groundplan.targets.cloud.render import clusters

BUCKET = "mvlbim-terraform-state"
KEY = "infrastructure/state/terraform.tfstate"
# What Terraform has to be told so that its S3 is somebody else's.
MOTO = """\
    use_path_style              = true
    skip_credentials_validation = true
    skip_requesting_account_id  = true
    skip_metadata_api_check     = true
"""


@pytest.fixture
def state(tmp_path: Path, moto: Moto, monkeypatch: pytest.MonkeyPatch) -> Iterator[Root]:
    """The root of the states, as rendered but for where S3 is."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on this machine")
    write(tmp_path / "out", rendered(MVLBIM))
    (tmp_path / "sockets").mkdir()
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", "/dev/null")
    with attached(SCHEMAS, tmp_path / "sockets") as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        found = roots(tmp_path / "out", tuple(clusters(sources(MVLBIM), ATLAS)))
        root = next(each for each in found if each.name == STATE)
        settings = root.folder / "settings.tf"
        text = settings.read_text()
        assert (
            text.count("    use_lockfile = true\n") == text.count("    encrypt      = true\n") == 1
        )
        line = "    use_lockfile = true\n"
        settings.write_text(text.replace(line, line + MOTO))
        yield root


def bucket(moto: Moto) -> None:
    """As terraform/modules/state makes it."""
    s3 = moto.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})


@pytest.mark.timeout(180)
def test_the_first_apply_makes_the_bucket_and_moves_its_own_state_into_it(
    state: Root, moto: Moto
) -> None:
    changes = program.plan(state)
    assert changes.add > 5
    assert (state.folder / program.BESIDE).exists()
    bucket(moto)  # the provider here knows schemas alone
    program.apply(state)
    assert not (state.folder / program.BESIDE).exists()
    kept = moto.client("s3").get_object(Bucket=BUCKET, Key=KEY)
    resources = json.loads(kept["Body"].read())["resources"]
    assert len([each for each in resources if each["mode"] == "managed"]) > 3
    assert kept["ServerSideEncryption"] == "AES256"
    again = program.plan(state)
    assert (again.add, again.destroy) == (0, 0)
    # On another machine, where nothing of the first apply lies about.
    shutil.rmtree(state.folder / ".terraform")
    for left in state.folder.glob("terraform.tfstate*"):
        left.unlink()
    elsewhere = program.plan(state)
    assert (elsewhere.add, elsewhere.destroy) == (0, 0)


@pytest.mark.timeout(180)
def test_killed_before_the_state_moved_the_next_apply_moves_it(state: Root, moto: Moto) -> None:
    program.plan(state)
    bucket(moto)
    beside = state.folder / program.BESIDE
    program.run(state, "apply", "-input=false", program.PLAN, seconds=60)
    assert beside.exists()
    beside.unlink()  # and killed here
    assert program.plan(state).add == 0
    assert moto.client("s3").get_object(Bucket=BUCKET, Key=KEY)["ContentLength"] > 1000


@pytest.mark.timeout(180)
def test_a_second_one_at_the_same_root_is_told_who_holds_it(
    state: Root, moto: Moto, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket(moto)
    monkeypatch.setattr(program, "LOCK", "-lock-timeout=0s")
    moto.client("s3").put_object(
        Bucket=BUCKET,
        Key=f"{KEY}.tflock",
        Body=json.dumps(
            {"ID": "1f2e3d4c", "Operation": "OperationTypeApply", "Who": "ada@laptop"}
        ).encode(),
    )
    with pytest.raises(TargetError) as refusal:
        program.plan(state)
    assert "its state is locked, by ada@laptop" in refusal.value.why
    assert "force-unlock 1f2e3d4c" in refusal.value.try_
    moto.client("s3").delete_object(Bucket=BUCKET, Key=f"{KEY}.tflock")
    assert program.plan(state).add > 5
    listed = moto.client("s3").list_objects_v2(Bucket=BUCKET).get("Contents", ())
    assert not [each["Key"] for each in listed if each["Key"].endswith(".tflock")]


def test_a_broken_bucket_is_no_first_time(state: Root, moto: Moto) -> None:
    """A state beside it would hide what is wrong, and make everything again."""
    settings = state.folder / "settings.tf"
    settings.write_text(settings.read_text().replace('region       = "us-east-1"', 'region = "x"'))
    with pytest.raises(TargetError):
        program.plan(state)
    assert not (state.folder / program.BESIDE).exists()
