"""What boto3 itself says on bad days, before AWS is asked anything."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from groundplan.errors import TargetError
from groundplan.targets.cloud.aws import account as transport
from groundplan.targets.cloud.aws.account import Account

CLOSED = "http://127.0.0.1:9"


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """Of nobody, and AWS is a port at which nobody listens."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", CLOSED)
    monkeypatch.setattr(transport, "ATTEMPTS", 1)
    transport._client.cache_clear()
    yield Account(say=print, lost=frozenset({"eu-west-3"}))
    transport._client.cache_clear()


def test_without_credentials_it_says_where_they_come_from(account: Account) -> None:
    # boto3 keeps the session of the process, and with it the credentials that it found first.
    boto3 = pytest.importorskip("boto3")
    boto3.DEFAULT_SESSION = None
    with pytest.raises(TargetError, match="there are no credentials") as refusal:
        account.ask("sts", "eu-west-3", "get_caller_identity")
    assert "aws sso login" in refusal.value.try_
    boto3.DEFAULT_SESSION = None


def test_a_region_that_is_said_to_be_lost_is_asked_once(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with pytest.raises(TargetError, match="eu-west-3 does not answer") as first:
        account.ask("sts", "eu-west-3", "get_caller_identity")
    assert first.value.retry
    monkeypatch.setattr(account, "transport", None)
    with pytest.raises(TargetError) as second:
        account.ask("rds", "eu-west-3", "describe_db_instances")
    assert second.value is first.value
