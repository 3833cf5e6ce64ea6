"""The file as checks and proofs look at it: today, with the tables of the folder beside it."""

from datetime import UTC, datetime

from groundplan.checks import facts
from groundplan.checks.subject import Subject
from groundplan.spec.load import Source

FACTS = "facts"  # the folder of a team's own tables, beside the file


def subject_of(source: Source) -> Subject:
    """SpecError for a table that cannot be read."""
    tables = facts.load(source.path.parent / FACTS)
    return Subject(source=source, facts=tables, today=datetime.now(UTC).date())
