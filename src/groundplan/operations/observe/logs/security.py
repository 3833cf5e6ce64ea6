"""Which records speak of security, and what is added to them. Pure."""

import ipaddress
import re
from functools import lru_cache
from typing import Any

_FAILED = re.compile(
    r"(?i)authentication failed|permission denied|access denied|invalid (?:token|credentials)|"
    r"WRONGPASS|NOAUTH|no pg_hba\.conf entry|ModSecurity: (?:Access denied|Warning)"
)
_MODSECURITY = {
    "rule.id": re.compile(r'\[id "(\d+)"\]'),
    "rule.description": re.compile(r'\[msg "([^"]*)"\]'),
    "url.path": re.compile(r'\[uri "([^"]*)"\]'),
    "source.ip": re.compile(r'(?:client: |\[client )"?([0-9a-fA-F.:]+)'),
}
_ADDRESSES = ("source.ip", "client.ip", "source.address", "client.address")
ENRICHMENT = "security-enrichment"  # the filter of a pipeline
_CATEGORIES = frozenset({"authentication", "intrusion_detection", "iam", "threat", "malware"})
REFUSED = frozenset({401, 403, 407, 429})


# No form of a failure is without one of these words; words are found faster than patterns.
HINTS = ("failed", "denied", "invalid", "wrongpass", "noauth", "pg_hba", "modsecurity")


def is_security(found: dict[str, Any]) -> bool:
    """Whether a record tells of somebody who was refused, or says itself that it is one."""
    category = found.get("event.category")
    if category is not None:
        given = category if isinstance(category, list) else [category]
        if any(each in _CATEGORIES for each in given if isinstance(each, str)):
            return True
    if _is_refused(found):
        return True
    message = found.get("message")
    return isinstance(message, str) and _has_failed(message)


def enriched(found: dict[str, Any]) -> None:
    """Adds what one would look up: the rule, the outcome, whether the address is one of ours."""
    message = found.get("message")
    if isinstance(message, str):
        if "ModSecurity" in message:
            found.setdefault("event.category", "intrusion_detection")
            for name, pattern in _MODSECURITY.items():
                if name not in found and (match := pattern.search(message)):
                    found[name] = match[1]
        elif _has_failed(message):
            found.setdefault("event.category", "authentication")
            found.setdefault("event.outcome", "failure")
    if _is_refused(found):
        found.setdefault("event.category", "authentication")
        found.setdefault("event.outcome", "failure")
    for name in _ADDRESSES:
        try:
            address = ipaddress.ip_address(str(found.get(name, "")))
        except ValueError:
            continue
        found.setdefault("source.ip", str(address))
        found["network.direction"] = "internal" if address.is_private else "inbound"
        return


@lru_cache(maxsize=8192)  # programs repeat themselves
def _has_failed(message: str) -> bool:
    lower = message.lower()
    return any(hint in lower for hint in HINTS) and _FAILED.search(message) is not None


def _is_refused(found: dict[str, Any]) -> bool:
    status = found.get("http.response.status_code")
    return isinstance(status, int) and status in REFUSED
