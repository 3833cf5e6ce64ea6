"""What AWS refuses, in our words: why, and what to try. Pure.

An answer of AWS names a code; what never got there is an exception of botocore's with a name.
"""

from dataclasses import dataclass

from groundplan.errors import TargetError
from groundplan.targets.cloud.apply.credentials import PLACES
from groundplan.targets.cloud.aws.call import Call

NONE = frozenset({"NoCredentialsError", "PartialCredentialsError", "ProfileNotFound"})
EXPIRED = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "UnauthorizedSSOTokenError",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "CredentialRetrievalError",
    }
)
UNKNOWN_KEY = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "AuthFailure",
        "InvalidAccessKeyId",
    }
)
DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized"}
)
THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "PriorRequestNotComplete",
        "SlowDown",
    }
)
SILENT = frozenset(
    {
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "ConnectionClosedError",
        "ProxyConnectionError",
        "SSLError",
        "InvalidRegionError",
    }
)
BUSY = frozenset(
    {"InvalidDBInstanceState", "InvalidDBInstanceStateFault", "InvalidDBSnapshotState"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A code with AWS's own sentence, which tells of no secret."""

    code: str
    message: str


class AwsError(TargetError):
    """A TargetError that still knows AWS's code."""

    def __init__(self, call: Call, refusal: Refusal, why: str, try_: str, *, retry: bool) -> None:
        super().__init__(
            part=f"AWS in {call.region}", doing=call.action, why=why, try_=try_, retry=retry
        )
        self.code = refusal.code

    @property
    def is_missing(self) -> bool:
        """What was asked for is not there."""
        return "NotFound" in self.code or self.code.startswith("NoSuch")

    @property
    def is_silence(self) -> bool:
        """The region did not answer at all, so nobody knows how things stand there."""
        return self.code in SILENT

    @property
    def is_busy(self) -> bool:
        """Not now: what it is about is changing."""
        return self.code in BUSY


def refused(call: Call, refusal: Refusal) -> AwsError:
    """The error for a refusal."""
    why, try_, retry = _words(call, refusal)
    return AwsError(call, refusal, why, try_, retry=retry)


def _words(call: Call, refusal: Refusal) -> tuple[str, str, bool]:
    code, message = refusal.code, refusal.message.strip().rstrip(".")
    if code in NONE:
        return "there are no credentials", PLACES["aws"].try_, False
    if code in EXPIRED:
        return "the credentials have expired", "`aws sso login`, then the same again", False
    if code in UNKNOWN_KEY:
        why = f"AWS does not know the key, or {call.region} is not switched on for the account"
        return f"{why} ({code})", "`aws sts get-caller-identity` tells whose key it is", False
    if code in DENIED:
        why = f"the credentials may not do that: {message}"
        return why, f"allow {call.action} to who is named there, or take another role", False
    if code in THROTTLED:
        return "AWS takes no more calls at the moment", "the same again in a minute", True
    if code in SILENT:
        why = f"{call.region} does not answer: {message}"
        return why, "is the region's name right, and its network reached from here?", True
    if code in BUSY:
        return message, "the same again when it is available", True
    if "NotFound" in code or code.startswith("NoSuch"):
        why = f"it is not in {call.region} of this account: {message}"
        return why, "was `groundplan apply` run for this region, and is it this account?", False
    return f"{message} ({code})", "mend what it says, then the same again", False
