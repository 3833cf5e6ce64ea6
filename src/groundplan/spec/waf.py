"""`waf`: what the edge refuses."""

from typing import Annotated, Literal

from pydantic import model_validator

from groundplan.spec.section import Section, Text, once, refuse
from groundplan.units import Bytes, Duration, Rate


class WafRule(Section):
    """One rule of the web application firewall. A rate limit counts for each client, which is
    told by what `aggregate_by` names."""

    name: Text
    type: Literal["sqli", "xss", "rate_limit"]
    action: Literal["block", "count", "allow"]
    threshold: Rate | None = None
    aggregate_by: Literal["address", "forwarded_address", "session"] = "address"

    @model_validator(mode="after")
    def _only_a_rate_has_a_threshold(self) -> "WafRule":
        if self.type == "rate_limit" and self.threshold is None:
            raise refuse(
                "SPEC006",
                "a rate_limit rule needs a threshold",
                "without a number there is nothing to compare a client with",
                'add threshold: "2000 requests/5min"',
            )
        if self.type != "rate_limit" and self.threshold is not None:
            raise refuse(
                "SPEC017",
                f"a {self.type} rule has no threshold",
                "it inspects each request by itself and counts nothing",
                "remove threshold, or make this a rule of type: rate_limit",
                "threshold",
            )
        return self


class Waf(Section):
    """The web application firewall: its own rules, and sets of rules that others maintain."""

    rules: Annotated[tuple[WafRule, ...], once("name")] = ()
    runs_at: Literal["edge", "region", "both"] | None = None
    managed_rules: tuple[Text, ...] = ()
    body_limit: Bytes | None = None  # what is larger is refused, because it is not inspected
    count_first: Duration | None = None  # for how long a new rule counts before it blocks
