"""An account of AWS: asks, does, waits. boto3 is imported when the first call is made, because
only what calls AWS should wait for it. In a dry run nothing is done, and what would be is kept.
"""

import importlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from groundplan.errors import TargetError
from groundplan.targets.cloud.aws.call import Answer, Call
from groundplan.targets.cloud.aws.refusals import AwsError, Refusal, refused

ATTEMPTS = 4  # botocore's own, with pauses between them
CONNECT_SECONDS, READ_SECONDS = 5, 30
POLL_SECONDS = 10.0
Transport = Callable[[Call], Answer]
Say = Callable[[str], None]


def boto(call: Call) -> Answer:
    """One call through boto3, with credentials from where AWS's tools look for them."""
    exceptions = importlib.import_module("botocore.exceptions")
    try:
        client = _client(call.service, call.region)
        found: Mapping[str, Any] = getattr(client, call.operation)(**call.parameters)
    except exceptions.ClientError as error:
        told = error.response.get("Error", {})
        refusal = Refusal(code=str(told.get("Code", "")), message=str(told.get("Message", error)))
    except exceptions.BotoCoreError as error:
        refusal = Refusal(code=type(error).__name__, message=str(error))
    else:
        return found
    raise refused(call, refusal)


@cache
def _client(service: str, region: str) -> Any:
    config = importlib.import_module("botocore.config").Config(
        retries={"mode": "standard", "max_attempts": ATTEMPTS},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
    )
    return importlib.import_module("boto3").client(service, region_name=region, config=config)


@dataclass(slots=True, kw_only=True)
class Account:
    """`say` gets a line for each call that changes something, before it is made. Of the regions
    that somebody says are `lost`, one that does not answer is not asked again."""

    say: Say
    transport: Transport = boto
    is_dry: bool = False
    lost: frozenset[str] = frozenset()
    poll_seconds: float = POLL_SECONDS
    done: list[Call] = field(default_factory=list)
    _silent: dict[str, AwsError] = field(default_factory=dict)

    def ask(self, service: str, region: str, operation: str, /, **parameters: Any) -> Answer:
        """What changes nothing."""
        return self._send(
            Call(service=service, region=region, operation=operation, parameters=parameters)
        )

    def find(
        self, service: str, region: str, operation: str, /, **parameters: Any
    ) -> Answer | None:
        """The same; None for what is not there."""
        try:
            return self.ask(service, region, operation, **parameters)
        except AwsError as error:
            if error.is_missing:
                return None
            raise

    def do(self, service: str, region: str, operation: str, /, **parameters: Any) -> Answer:
        """What changes something; in a dry run it is only kept, and nothing answers."""
        call = Call(service=service, region=region, operation=operation, parameters=parameters)
        self.say(str(call))
        self.done.append(call)
        return {} if self.is_dry else self._send(call)

    def _send(self, call: Call) -> Answer:
        known = self._silent.get(call.region)
        if known:
            raise known
        try:
            return self.transport(call)
        except AwsError as error:
            if error.is_silence and call.region in self.lost:
                self._silent[call.region] = error
            raise

    def wait(self, what: str, region: str, seconds: float, look: Callable[[], str]) -> None:
        """Looks until nothing is in the way any more. `look` tells what is; "" is nothing.

        A region that does not answer now may answer at the next look.
        """
        deadline = time.monotonic() + seconds
        while not self.is_dry:
            try:
                left = look()
            except AwsError as error:
                if not error.retry:
                    raise
                left = error.why
            if not left:
                return
            if time.monotonic() >= deadline:
                raise TargetError(
                    part=f"AWS in {region}",
                    doing=f"waiting until {what}",
                    why=f"after {seconds:,.0f} s: {left}",
                    try_="the same again: it goes on from what is there",
                    retry=True,
                )
            time.sleep(self.poll_seconds)

    def require(self, number: str | None, region: str) -> None:
        """TargetError for credentials of another account than the file names."""
        found = str(self.ask("sts", region, "get_caller_identity").get("Account", ""))
        if number is not None and found != number:
            raise TargetError(
                part="AWS",
                doing="see whose credentials these are",
                why=f"they are of the account {found}, and the file is of {number}",
                try_="take a profile or a role of that account (AWS_PROFILE)",
            )
