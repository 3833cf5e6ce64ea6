"""What libyaml says about broken YAML, in words that help. One finding: the rest is guesswork."""

import re
from typing import Any

import yaml

from groundplan.errors import Finding, Place
from groundplan.spec.rules import Rule

# Part of libyaml's problem -> what is wrong, why, what to try.
_WORDS = (
    (
        "mapping values are not allowed",
        "a second colon in one line",
        "`key: value` cannot be the value of a key in the same line",
        "put quotes around a text that holds a colon, or end the line above with a colon",
    ),
    (
        "cannot start any token",
        "<char> cannot begin a value",
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
        "did not find expected alphabetic or numeric character",
        "* or & without a name",
        "at the beginning of a value they stand for a value written elsewhere",
        "put quotes around the value",
    ),
    (
        "expected comment or line break",
        "> or | with a value in the same line",
        "at the beginning of a value they announce a text of several lines",
        "put quotes around the value",
    ),
    (
        "incompatible YAML document",
        "a version of YAML that nobody reads",
        "the line %YAML asks for it",
        "remove that line",
    ),
    (
        "undefined tag handle",
        "a tag that nothing defines",
        "a word after ! is a tag, and tags are not read",
        "put quotes around the value",
    ),
)


_OPENED_AT = ("end of stream", "',' or ']'", "',' or '}'", "could not find expected ':'")


def explain_syntax(error: yaml.YAMLError, text: str, file: str) -> Finding:
    """The finding for what libyaml refused. What was opened and not closed stands at its start."""
    problem = str(getattr(error, "problem", None) or getattr(error, "reason", None) or error)
    noticed = _place(getattr(error, "problem_mark", None), file)
    opened = _place(getattr(error, "context_mark", None), file)
    is_opened = any(part in problem for part in _OPENED_AT) and opened != Place(file, 1, 1)
    place = opened if is_opened else noticed
    lines = text.splitlines()
    here = lines[place.line - 1] if place.line <= len(lines) else ""
    message, why, try_ = _worded(problem, here, place.column - 1)
    return Finding(
        rule=Rule.BROKEN_YAML,
        message=message,
        why=why,
        try_=try_,
        place=place,
        related=(noticed,) if is_opened and "end of stream" not in problem else (),
    )


def _place(mark: Any, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)


def _worded(problem: str, here: str, column: int) -> tuple[str, str, str]:
    if re.match(r" *\t", here):
        return (
            "a tab at the beginning of a line",
            "YAML indents with spaces only",
            "replace the tab by spaces",
        )
    if "expected key" in problem and here[:column].strip():
        return (
            "something follows the end of a value",
            "after a closing quotation mark or bracket the line has to end",
            "put quotes around the whole value, and double a quotation mark inside of it",
        )
    if "expected key" in problem and here[column:].startswith(":"):
        return "a key is empty", "keys are names", "write a name before the colon"
    for part, message, why, try_ in _WORDS:
        if part in problem:
            return message.replace("<char>", here[column : column + 1] or "this"), why, try_
    return (
        "this is not YAML",
        f"the reader says: {problem}",
        "compare the line with the ones above; put quotes around text with special characters",
    )
