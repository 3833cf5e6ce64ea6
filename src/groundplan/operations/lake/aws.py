"""S3 as this machine's AWS environment says: who asks, where it is, and its troubles in words.

Credentials come from the usual places (variables, ~/.aws, a role), and are in no message.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import boto3
import pyarrow.fs as pf
from boto3.exceptions import Boto3Error, S3UploadFailedError
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.exceptions import (
    ConnectionError as ConnectError,
)

from groundplan.errors import TargetError

CONNECT_SECONDS, READ_SECONDS, TRIES = 5, 30, 4
_AWS_HOSTS = (".amazonaws.com", ".amazonaws.com.cn")
# The codes of S3's refusals: why, what to try, whether it may pass by itself.
_SIGNS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; `groundplan up` again"
_CODES = {
    "NoSuchBucket": (
        "there is no such bucket",
        "make it (`groundplan render`), or mend data_lake.buckets",
        False,
    ),
    "AccessDenied": (
        "access is denied",
        "allow s3:ListBucket, GetObject, PutObject and DeleteObject on it to this account",
        False,
    ),
    "InvalidAccessKeyId": ("the access key is not known there", _SIGNS, False),
    "SignatureDoesNotMatch": ("the secret key is not that of the access key", _SIGNS, False),
    "ExpiredToken": (
        "the session's token has expired",
        "log in again; `groundplan up` again",
        True,
    ),
    "InvalidToken": ("the session's token is not right", _SIGNS, False),
    "RequestTimeTooSkewed": (
        "this machine's clock and that of S3 differ by more than 15 minutes",
        "set the clock (timedatectl set-ntp true)",
        True,
    ),
    "PermanentRedirect": ("the bucket is in another region", "set AWS_REGION to that one", False),
    "InvalidObjectState": (
        "an object is in an archive, from which reading takes hours",
        "restore it first (aws s3api restore-object), or ask for a later time",
        False,
    ),
    "SlowDown": ("it asks for fewer requests", "wait; it goes on by itself", True),
}
_CODES |= {
    "403": _CODES["AccessDenied"],
    "404": _CODES["NoSuchBucket"],
    "301": _CODES["PermanentRedirect"],
    "AuthorizationHeaderMalformed": _CODES["PermanentRedirect"],
    "ServiceUnavailable": _CODES["SlowDown"],
    "503": _CODES["SlowDown"],
    "RequestExpired": _CODES["RequestTimeTooSkewed"],
}


@dataclass(frozen=True, slots=True)
class Aws:
    """A client of S3, and who it asks as."""

    client: Any
    session: boto3.Session

    def arrow(self) -> pf.S3FileSystem:
        """The same for Arrow, which reads faster, with the same credentials."""
        with told("asking S3", ""):
            credentials = self.session.get_credentials()
            if credentials is None:
                raise NoCredentialsError
            frozen = credentials.get_frozen_credentials()
        scheme, _, host = self.client.meta.endpoint_url.partition("://")
        return pf.S3FileSystem(
            access_key=frozen.access_key,
            secret_key=frozen.secret_key,
            session_token=frozen.token,
            region=self.client.meta.region_name,
            scheme=scheme,
            endpoint_override=None if host.endswith(_AWS_HOSTS) else host,
            connect_timeout=CONNECT_SECONDS,
            request_timeout=READ_SECONDS,
            retry_strategy=pf.AwsStandardS3RetryStrategy(max_attempts=TRIES),
        )


def s3() -> Aws:
    """That of this process; another one when the environment is another."""
    own = tuple(sorted((key, text) for key, text in os.environ.items() if key[:4] == "AWS_"))
    with told("asking S3", ""):
        try:
            return _aws(own)
        except ValueError as error:
            raise _refused(
                "asking S3", str(error), "mend AWS_ENDPOINT_URL_S3", retry=False
            ) from error


@lru_cache(maxsize=2)
def _aws(environment: tuple[tuple[str, str], ...]) -> Aws:
    settings = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": TRIES},
    )
    session = boto3.Session()
    region = session.region_name or "us-east-1"
    return Aws(session.client("s3", config=settings, region_name=region), session)


def code_of(error: ClientError) -> str:
    """S3's word for it."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def told(doing: str, bucket: str) -> Iterator[None]:
    """What S3 answers, or that it does not, as a TargetError."""
    where = f"bucket {bucket}: " if bucket else ""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        usual = (f"it answers {code}", "see what the service says of this code", True)
        why, try_, retry = _CODES.get(code, usual)
        raise _refused(doing, f"{where}{why}", try_, retry=retry) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise _no_credentials() from error
    except (ConnectError, HTTPClientError) as error:
        why = f"{where}S3 is not reached ({type(error).__name__})"
        try_ = "check the network, AWS_ENDPOINT_URL_S3 and AWS_REGION; it is tried again"
        raise _refused(doing, why, try_, retry=True) from error
    except S3UploadFailedError as error:
        why = f"{where}the upload failed: {_inner(error)}"
        raise _refused(doing, why, "check who may write there; it is tried again") from error
    except (BotoCoreError, Boto3Error) as error:
        raise _refused(doing, f"{where}{error}", "check the AWS environment") from error


def _inner(error: S3UploadFailedError) -> str:
    """The code alone: its text has the path of a file in it."""
    inner = error.__cause__ or error.__context__
    return (
        _CODES.get(code_of(inner), (code_of(inner),))[0]
        if isinstance(inner, ClientError)
        else (type(inner).__name__)
    )


def _no_credentials() -> TargetError:
    return _refused(
        "asking S3",
        "there are no credentials of AWS",
        "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE; for the lake's own "
        "process `groundplan up` again",
    )


def _refused(doing: str, why: str, try_: str, *, retry: bool = True) -> TargetError:
    return TargetError(part="store", doing=doing, why=why, try_=try_, retry=retry)
