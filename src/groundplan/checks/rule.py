"""What a rule is: a function from the subject to problems, with its identity around it.

A family's module holds rules and nothing registers itself: catalogue.py collects them. A user's own
rules are made with the same decorator.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

from groundplan.checks.subject import Subject
from groundplan.errors import Finding, Nature, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem that a rule sees, before it is given the rule's identity and positions.

    `path` and `also` are dotted keys of the file ("disaster_recovery.rpo",
    "services.api.replicas", "canary_deployment.metrics.1.response_time"). `assumes` names each
    figure that the file does not declare, with its value ("500 bytes per log line").
    """

    path: str
    message: str  # with the numbers: "promises 1 hour, but ... up to 24 h lost"
    try_: str  # the smallest edit that mends it
    also: tuple[str, ...] = ()
    assumes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    why: str = ""  # when this case deserves other words than the rule's own


Check = Callable[[Subject], Iterator[Problem]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule: `statement` says what must hold, `why` what happens otherwise."""

    id: str  # "REC001"
    severity: Severity
    nature: Nature
    statement: str
    why: str
    source: str
    check: Check

    def findings(self, subject: Subject) -> tuple[Finding, ...]:
        """What the rule finds. One that rests on an assumption is never critical."""
        return tuple(self._finding(problem, subject) for problem in self.check(subject))

    def _finding(self, problem: Problem, subject: Subject) -> Finding:
        is_assumed = bool(problem.assumes) and self.severity is Severity.CRITICAL
        return Finding(
            rule=self.id,
            severity=Severity.HIGH if is_assumed else self.severity,
            nature=self.nature,
            message=problem.message,
            why=problem.why or self.why,
            try_=problem.try_,
            place=subject.place(problem.path),
            related=tuple(subject.place(path) for path in problem.also),
            path=problem.path,
            source=self.source,
            assumes=problem.assumes,
            facts=problem.facts,
        )


def rule(
    id: str,  # noqa: A002 - the word that users see
    *,
    severity: Severity,
    nature: Nature,
    statement: str,
    why: str,
    source: str,
) -> Callable[[Check], Rule]:
    """Makes a check function a Rule."""

    def decorate(check: Check) -> Rule:
        return Rule(
            id=id,
            severity=severity,
            nature=nature,
            statement=statement,
            why=why,
            source=source,
            check=check,
        )

    return decorate


def rules_of(module: ModuleType) -> tuple[Rule, ...]:
    """The rules that a module holds, by id."""
    found = (value for value in vars(module).values() if isinstance(value, Rule))
    return tuple(sorted(found, key=lambda rule: rule.id))
