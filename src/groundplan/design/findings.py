"""The kinds of findings that a design makes: what loads but cannot run on one machine."""

from enum import StrEnum


class Rule(StrEnum):
    """What each DSN finding is about."""

    UNKNOWN_REGION = "DSN001"
    NO_ROOM = "DSN002"


EXPLANATIONS = {
    Rule.UNKNOWN_REGION: "A region was asked for that the file does not name.",
    Rule.NO_ROOM: "More regions, services or replicas than one machine has addresses for.",
}
