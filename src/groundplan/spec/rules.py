"""The kinds of problems that keep a file from loading, and the bounds of a file."""

from enum import StrEnum

# The whole design document is 17 kB with 1,000 values. At these bounds the worst files that were
# tried take 4 s and 310 MB before they are told; benchmarks/large.py checks 100,000 values.
BYTES_MAX = 4_000_000
NODES_MAX = 250_000
DEPTH_MAX = 64
OVERLAYS_MAX = 50
VALIDATED_MAX = 500_000  # values of the file, times the environments that it is checked with
FINDINGS_MAX = 500


class Rule(StrEnum):
    """What each SPEC finding is about."""

    UNKNOWN_KEY = "SPEC001"
    DUPLICATE_KEY = "SPEC002"
    WRONG_TYPE = "SPEC003"
    WRONG_UNIT = "SPEC004"
    OUT_OF_RANGE = "SPEC005"
    MISSING_KEY = "SPEC006"
    NOT_A_CHOICE = "SPEC007"
    BROKEN_YAML = "SPEC008"
    YAML_TRAP = "SPEC009"
    UNREADABLE = "SPEC010"
    NOT_TEXT = "SPEC011"
    TOO_LARGE = "SPEC012"
    EMPTY = "SPEC013"
    MANY_DOCUMENTS = "SPEC014"
    MISPLACED = "SPEC015"
    WRONG_SHAPE = "SPEC016"
    CONTRADICTION = "SPEC017"
    WRONG_OVERLAY = "SPEC018"
    UNSUPPORTED_YAML = "SPEC019"
    WRONG_REFERENCE = "SPEC020"


EXPLANATIONS = {
    Rule.UNKNOWN_KEY: "A key that the platform file does not have; most often a slip of the pen.",
    Rule.DUPLICATE_KEY: "A key written twice in one mapping; only one value could count.",
    Rule.WRONG_TYPE: "A value of another kind than the key holds: a list for a text, and so on.",
    Rule.WRONG_UNIT: "A quantity without its unit, or in a form that is not understood.",
    Rule.OUT_OF_RANGE: "A number outside of what is possible.",
    Rule.MISSING_KEY: "A key without which the section has no meaning.",
    Rule.NOT_A_CHOICE: "A value that is not among the few that the key knows.",
    Rule.BROKEN_YAML: "The file is not YAML from this place on.",
    Rule.YAML_TRAP: "A plain value that YAML 1.1 and YAML 1.2 read as different things.",
    Rule.UNREADABLE: "The file is missing, a directory, or closed to this account.",
    Rule.NOT_TEXT: "The file is not UTF-8 text.",
    Rule.TOO_LARGE: "The file, or what its aliases repeat, is larger than any platform.",
    Rule.EMPTY: "The file holds no platform.",
    Rule.MANY_DOCUMENTS: "The file holds several YAML documents; a platform is one.",
    Rule.MISPLACED: "A key that belongs elsewhere in the file.",
    Rule.WRONG_SHAPE: "A name, path or address that other tools would refuse.",
    Rule.CONTRADICTION: "Two values of one section that exclude each other.",
    Rule.WRONG_OVERLAY: "An environment that is not in the file, or changes what it may not.",
    Rule.UNSUPPORTED_YAML: "A feature of YAML that the platform file leaves out.",
    Rule.WRONG_REFERENCE: "A name that refers to nothing in the file.",
}
