"""What S3 refuses, and that nobody answers there, in words; credentials are in none of them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from operations.lake.s3 import SECRET, enter, lake_in, refusing

from groundplan.errors import TargetError
from groundplan.operations.lake import aws
from groundplan.operations.lake.lake import Input, ingest
from groundplan.parquet.partition import DAILY
from groundplan.parquet.store import Store


def took(folder: Path) -> None:
    path = folder / "input.ndjson"
    path.write_bytes(b'{"ts":"2026-11-25T09:00:00Z","n":1}\n')
    now = datetime(2026, 11, 25, 10, tzinfo=UTC)
    with Store(lake_in(folder)) as store:
        ingest(store, "events", Input(path=path), depth=DAILY, now=now)


@pytest.mark.parametrize(
    ("status", "code", "why", "try_"),
    [
        (404, "NoSuchBucket", "bucket shop-raw: there is no such bucket", "data_lake.buckets"),
        (403, "AccessDenied", "bucket shop-raw: access is denied", "s3:ListBucket"),
        (403, "InvalidAccessKeyId", "the access key is not known there", "AWS_PROFILE"),
        (403, "SignatureDoesNotMatch", "the secret key is not that of", "AWS_SECRET_ACCESS_KEY"),
        (403, "RequestTimeTooSkewed", "clock and that of S3 differ", "timedatectl"),
        (400, "ExpiredToken", "token has expired", "log in again"),
        (503, "SlowDown", "it asks for fewer requests", "it goes on by itself"),
        (400, "OddThing", "it answers OddThing", "service"),
    ],
)
def test_what_s3_refuses_is_said_in_words(
    *,
    status: int,
    code: str,
    why: str,
    try_: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(aws, "TRIES", 1)
    with refusing(status, code) as url:
        enter(monkeypatch, url)
        with pytest.raises(TargetError) as refused:
            took(tmp_path)
    assert (why in refused.value.why, try_ in refused.value.try_) == (True, True), refused.value
    assert SECRET not in str(refused.value)


def test_nobody_there_and_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enter(monkeypatch, "http://127.0.0.1:9")
    with pytest.raises(TargetError) as away:
        took(tmp_path)
    assert "bucket shop-raw: S3 is not reached" in away.value.why
    assert (away.value.part, away.value.retry) == ("store", True), "the sender tries it again"
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(TargetError) as nobody:
        took(tmp_path)
    assert "no credentials" in nobody.value.why
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(TargetError, match="nobody"):
        took(tmp_path)
