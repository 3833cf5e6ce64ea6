"""Rules of people's data: whose law holds for it, and how one person's data is deleted."""

from collections.abc import Iterator

from groundplan.checks.reading import counted, home, listed, primaries
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity

ERASURE_DAYS = 30  # a request is answered within a month: GDPR article 12(3)
# Decisions of adequacy (GDPR article 45 and its British and Swiss twins): data may go there.
ADEQUATE = {
    "EU": ("UK", "CH", "CA", "JP", "KR", "IL", "NO"),
    "UK": ("EU", "CH", "CA", "JP", "KR", "IL", "NO"),
    "CH": ("EU", "UK", "CA", "IL", "NO"),
    "NO": ("EU", "UK", "CH", "CA", "JP", "KR", "IL"),
    "JP": ("EU", "UK", "NO"),
}


@rule(
    "DAT001",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="Data of people must be written where their law lets it be, or name what lets it"
    " leave.",
    why="each write is a transfer to another country; without a basis it is unlawful from the first"
    " one on",
    source="GDPR chapter V (articles 44 to 49); similar laws elsewhere",
)
def data_stays_under_its_law(subject: Subject) -> Iterator[Problem]:
    database, writer = subject.platform.primary_database, home(subject.platform)
    here = subject.facts.region(writer)
    if database is None or here is None or not database.personal_data or database.transfer_basis:
        return
    leaving = {}
    for name, path in primaries(subject.platform).items():
        there = subject.facts.region(name)
        if there and not _may_go(there.jurisdiction, here.jurisdiction):
            leaving[path] = there
    if not leaving:
        return
    whose = listed(f"{there.jurisdiction} ({there.city})" for there in leaving.values())
    yield Problem(
        path="primary_database",
        also=(*leaving, next(iter(primaries(subject.platform).values()))),
        message=f"people of {counted(len(leaving), 'other jurisdiction')}, {whose}, are served,"
        f" and all of their data is written in {writer} ({here.jurisdiction})",
        try_="write primary_database.transfer_basis (like: EU standard contractual clauses), or"
        " personal_data: false if there is none",
        facts=(str(here.fact), *(str(there.fact) for there in leaving.values())),
    )


def _may_go(law: str, destination: str) -> bool:
    return law == destination or destination in ADEQUATE.get(law, ())


@rule(
    "DAT002",
    severity=Severity.MEDIUM,
    nature=Nature.UNBACKED,
    statement="Data of people that is kept for years must have a way to delete one person's.",
    why="the request comes for files that no rule may touch before their time",
    source="GDPR article 17",
)
def one_person_can_be_deleted(subject: Subject) -> Iterator[Problem]:
    lake = subject.platform.data_lake
    if lake is None or not lake.personal_data or lake.erasure:
        return
    kept = {
        f"data_lake.lifecycle_policies.{number}.expiration": policy.expiration
        for number, policy in enumerate(lake.lifecycle_policies)
        if policy.expiration and policy.expiration > ERASURE_DAYS
    }
    if not kept:
        return
    path, days = max(kept.items(), key=lambda item: item[1])
    yield Problem(
        path=path,
        also=("data_lake.buckets",),
        message=f"files are kept for {days:,} days, and a person may ask for deletion within"
        f" {ERASURE_DAYS}",
        try_="add data_lake.erasure with the way it is done (a key for each person, rows deleted by"
        " subject), or personal_data: false if there is none",
    )
