"""What stands around a rollout: who has a word in it, and how users meet the new version."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from groundplan.spec.section import Name, Section, Shape, refuse
from groundplan.units import Duration

HOOKS_MAX = 4
HOOK_SECONDS_MAX = 5  # so that all of them are asked within a lease
_HOOK_URL = Shape(
    what="the address of a webhook",
    form="https, or http to this machine (127.0.0.1, localhost), without a user's name",
    example="http://127.0.0.1:9000/gate",
    pattern=r"(?:https://[A-Za-z0-9.-]+|http://(?:127(?:\.[0-9]{1,3}){3}|localhost))"
    r"(?::[0-9]{1,5})?(?:/[^\s@#]*)?",
)
HookUrl = Annotated[str, AfterValidator(_HOOK_URL), Field(json_schema_extra=_HOOK_URL.schema)]


_COOKIE = Shape(
    what="the name of a cookie",
    form="letters, digits, dashes and underscores, at most 63",
    example="shop-side",
    pattern=r"[A-Za-z0-9_-]{1,63}",
)
_HEADER = Shape(
    what="the name of a header",
    form="small letters, digits and dashes, beginning with x-",
    example="x-try-new",
    pattern=r"x-[a-z0-9-]{1,60}",
    mend=lambda value: "x-" + re.sub(r"[^a-z0-9]+", "-", value.casefold()).strip("-"),
)
_HEADER_VALUE = Shape(
    what="the value of a header",
    form="letters, digits, dots, dashes and underscores, at most 200",
    example="yes",
    pattern=r"[A-Za-z0-9._-]{1,200}",
)
CookieName = Annotated[str, AfterValidator(_COOKIE), Field(json_schema_extra=_COOKIE.schema)]
HeaderName = Annotated[str, AfterValidator(_HEADER), Field(json_schema_extra=_HEADER.schema)]
HeaderValue = Annotated[
    str, AfterValidator(_HEADER_VALUE), Field(json_schema_extra=_HEADER_VALUE.schema)
]


def _short(timeout: Duration) -> Duration:
    if not 0 < timeout.seconds <= HOOK_SECONDS_MAX:
        raise refuse(
            "SPEC005",
            f"{timeout} is no time in which a webhook is waited for",
            "nobody looks after the rollout meanwhile, and a look is due every five seconds",
            f"write at most {HOOK_SECONDS_MAX}s; it is asked again at the next look",
        )
    return timeout


class Webhook(Section):
    """Somebody who has a word around each step of a rollout: any answer 2xx is a yes."""

    name: Name
    url: HookUrl
    when: Literal["before-step", "after-step"]
    on_refusal: Literal["hold", "abort"] = "hold"
    timeout: Annotated[Duration, AfterValidator(_short)] = Duration.parse("5s")
    retries: Annotated[int, Field(ge=0, le=1000)] = 2  # looks more without a yes, before an abort
    token: Name | None = None  # secrets/hook-NAME, sent as a bearer token


class Affinity(Section):
    """A cookie that keeps a user on the version that answered first, as the weight grows."""

    cookie: CookieName
    max_age: Duration = Duration.parse("1 day")


class Testers(Section):
    """Who sends this header gets the new version as soon as users may; no evidence comes of it."""

    header: HeaderName
    value: HeaderValue
