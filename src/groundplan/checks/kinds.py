"""The kinds of findings that a check makes besides those of its rules."""

from enum import StrEnum


class Kind(StrEnum):
    """What each of them is about."""

    WRONG_IGNORE = "IGN001"
    BROKEN_RULES = "OWN001"
    DOUBLE_RULE = "OWN002"
    WRONG_BASELINE = "BASE001"
    WRONG_TABLE = "FACT001"


EXPLANATIONS = {
    Kind.WRONG_IGNORE: "A comment sets findings aside without a reason, after its date, or for no"
    " rule that there is; so it sets nothing aside.",
    Kind.BROKEN_RULES: "A file in the folder rules/ beside the platform file does not load.",
    Kind.DOUBLE_RULE: "Two rules have one id, so that nobody could set one of them aside.",
    Kind.WRONG_BASELINE: "The file that --baseline names is missing, or is no baseline.",
    Kind.WRONG_TABLE: "A table in the folder facts/ beside the platform file is unknown, cannot be"
    " read, or has a line that is none.",
}
