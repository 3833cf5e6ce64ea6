"""The kinds of findings that keep a platform from being rendered."""

from enum import StrEnum


class Rule(StrEnum):
    """What each RND finding is about."""

    FOREIGN_FILES = "RND001"
    NAME_TOO_LONG = "RND002"
    NO_ROOM = "RND003"
    FEW_ZONES = "RND004"
    UNKNOWN_REGION = "RND005"
    NOT_OFFERED = "RND006"
    NOTHING_TO_RUN = "RND007"
    NO_REPOSITORY = "RND008"
    OTHER_CLOUD = "RND009"
    UNKNOWN_RULES = "RND010"
    UNCHECKED_ORIGIN = "RND011"


EXPLANATIONS = {
    Rule.FOREIGN_FILES: "The folder holds files that groundplan has not written.",
    Rule.NAME_TOO_LONG: "A name that AWS or Kubernetes would refuse for its length.",
    Rule.NO_ROOM: "More regions, environments or addresses than the cloud's blocks hold.",
    Rule.FEW_ZONES: "A region without the three zones that replicas are spread over.",
    Rule.UNKNOWN_REGION: "A region that AWS does not have.",
    Rule.NOT_OFFERED: "A size of machine that is not known, or not offered in a region.",
    Rule.NOTHING_TO_RUN: "A service without an image has nothing that a cluster could run.",
    Rule.NO_REPOSITORY: "The clusters follow a git repository, and the file names none.",
    Rule.OTHER_CLOUD: "A primary cloud that cannot be rendered.",
    Rule.UNCHECKED_ORIGIN: "A check of where requests come from that would not be made.",
    Rule.UNKNOWN_RULES: "A set of firewall rules that nobody is known to maintain.",
}
