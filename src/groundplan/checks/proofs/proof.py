"""A proof: the verdict on one promise, with the argument line by line and the origin of each."""

from dataclasses import dataclass, field, replace

from groundplan.checks.facts import Fact
from groundplan.checks.numbers.derivation import Derivation
from groundplan.checks.proofs.spread import FACTOR, Judgement
from groundplan.checks.reading import listed
from groundplan.checks.subject import Subject
from groundplan.promise.promise import Evidence, EvidenceKind, Promise, Verdict

HOW = "arithmetic; groundplan explain {}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What the file and the tables say of a promise. `value` is in the promise's unit."""

    promise: Promise
    verdict: Verdict
    value: float | None
    derivation: Derivation

    def evidence(self, at: float) -> Evidence:
        """As the ledger has it."""
        return Evidence(
            promise=self.promise.id,
            kind=EvidenceKind.PROVEN,
            verdict=self.verdict,
            value=self.value,
            at=at,
            how=HOW.format(self.promise.id),
            because=self.derivation.result,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """A proof on its way. Each method gives a new one with a line more, or ends it."""

    subject: Subject
    promise: Promise
    told: Derivation = field(default_factory=Derivation)

    def written(self, label: str, value: object, path: str) -> "Argument":
        """Adds what the file says."""
        return self._with(self.told.written(label, value, path, self.subject.place(path)))

    def known(self, label: str, value: object, fact: Fact) -> "Argument":
        """Adds what a table says."""
        return self._with(self.told.known(label, value, fact))

    def assumed(self, label: str, value: object, key: str = "") -> "Argument":
        """Adds what nobody says."""
        return self._with(self.told.assumed(label, value, key))

    def computed(self, label: str, value: object, formula: str) -> "Argument":
        """Adds a step."""
        return self._with(self.told.computed(label, value, formula))

    def figures(self, *names: str) -> "Argument":
        """Adds figures of `assumptions`: as the file declares them, or their defaults."""
        argument = self
        for name in names:
            path, label = f"assumptions.{name}", name.replace("_", " ")
            declared = getattr(self.subject.platform.assumptions, name)
            words = (
                getattr(self.subject.figures, name)
                .assumed.removeprefix("assuming ")
                .removeprefix("that ")
            )
            argument = (
                argument.assumed(label, words, path)
                if words
                else argument.written(label, declared, path)
            )
        return argument

    def limit(self, label: str, value: object, key: str) -> "Argument":
        """Adds a row of the table of limits."""
        row = self.subject.facts.limit(key)
        return self.known(label, value, row.fact) if row else self

    def then(self, other: Derivation) -> "Argument":
        """Adds the lines of another derivation."""
        return self._with(self.told.then(other))

    def ends(self, verdict: Verdict, value: float | None, result: str) -> Proof:
        """The proof."""
        return Proof(
            promise=self.promise,
            verdict=verdict,
            value=value,
            derivation=self.told.concluded(result),
        )

    def unknown(self, why: str) -> Proof:
        """The proof that there is none."""
        return self.ends(Verdict.UNKNOWN, None, why)

    def judged(self, judgement: Judgement, result: str) -> Proof:
        """The proof of a verdict over ranges; a doubt names what would end it."""
        return self.ends(judgement.verdict, judgement.value, f"{result}{doubt(judgement)}")

    def _with(self, told: Derivation) -> "Argument":
        return replace(self, told=told)


def argument(subject: Subject, promise: Promise) -> Argument:
    """Begins with what is promised."""
    return Argument(subject=subject, promise=promise).written(
        "promised", promise.target, promise.id
    )


def doubt(judgement: Judgement) -> str:
    """What an unknown verdict hangs on."""
    if judgement.verdict is not Verdict.UNKNOWN:
        return ""
    ends = f"kept at one end of the ranges and broken at the other ({FACTOR:g} times more or less)"
    if not judgement.doubts:
        return f"; {ends}: only measuring tells"
    return f"; {ends}: say {listed(judgement.doubts)}"
