"""What libyaml says about broken YAML, in words that help. One finding: the rest is guesswork."""

import re

import yaml

from groundplan.errors import Finding, Place
from groundplan.spec.rules import Rule

# Part of libyaml's problem -> what is wrong, why, what to try.
_WORDS = (
    (
        "mapping values are not allowed",
        "a second colon in one line",
        "`key: value` cannot be the value of a key in the same line",
        "put quotes around a text that holds a colon, or check the indentation of this line",
    ),
    (
        "cannot start any token",
        "{char} cannot begin a value",
        "YAML keeps this character for itself",
        "put quotes around the value",
    ),
    (
        "could not find expected ':'",
        "a line without a colon among keys",
        "between keys each line has to be `key: value`",
        "add the colon, or indent the line if it belongs to the value above",
    ),
    (
        "did not find expected key",
        "this line does not fit under the lines above",
        "its indentation matches no mapping that is still open, or a quotation ended too early",
        "align it with the keys that it belongs to; inside quotes, double the quotation mark",
    ),
    (
        "did not find expected '-' indicator",
        "this line does not fit into the list above",
        "each item of a list starts with a dash in the same column",
        "start the line with a dash, or indent it as the lines of the item above",
    ),
    (
        "did not find expected ',' or ']'",
        "a list in [ ] is not closed",
        "a comma or ] has to come before this place",
        "add the comma or the ]",
    ),
    (
        "did not find expected ',' or '}'",
        "a mapping in { } is not closed",
        "a comma or } has to come before this place",
        "add the comma or the }",
    ),
    (
        "found unexpected end of stream",
        "a quotation is not closed",
        "everything down to the end of the file became part of it",
        "close it with the same quotation mark",
    ),
    (
        "found unknown escape character",
        "a backslash and a letter that mean nothing together",
        "inside double quotes a backslash starts a special character",
        "use single quotes, or write the backslash twice",
    ),
    (
        "block sequence entries are not allowed",
        "a dash where no list can start",
        "a list starts in a line of its own, under its key",
        "move the dash to the next line, or put quotes around the value",
    ),
    (
        "undefined tag handle",
        "a tag that nothing defines",
        "a word after ! is a tag, and tags are not read",
        "put quotes around the value",
    ),
)


def explain_syntax(error: yaml.YAMLError, text: str, file: str) -> Finding:
    """The finding for what libyaml refused."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    mark = getattr(error, "problem_mark", None)
    if "end of stream" in problem and getattr(error, "context_mark", None):
        mark = error.context_mark  # type: ignore[attr-defined]
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    here = lines[line] if line < len(lines) else ""
    message, why, try_ = _worded(problem, here, column)
    place = Place(file, line + 1, column + 1)
    return Finding(rule=Rule.BROKEN_YAML, message=message, why=why, try_=try_, place=place)


def _worded(problem: str, here: str, column: int) -> tuple[str, str, str]:
    if re.match(r" *\t", here):
        return (
            "a tab at the beginning of a line",
            "YAML indents with spaces only",
            "replace the tab by spaces",
        )
    for part, message, why, try_ in _WORDS:
        if part in problem:
            return message.format(char=here[column : column + 1] or "this"), why, try_
    return (
        "this is not YAML",
        f"the reader says: {problem}",
        "compare the line with the ones above; put quotes around text with special characters",
    )
