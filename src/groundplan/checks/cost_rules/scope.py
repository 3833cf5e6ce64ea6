"""Which budgets are for what: as declared in `covers`, else as their names say."""

from dataclasses import dataclass
from decimal import Decimal

from groundplan.spec.cost import Budget
from groundplan.spec.platform import Platform

TRANSFER_WORDS = ("transfer", "egress", "traffic", "bandwidth")


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A budget with its number in the file."""

    number: int
    budget: Budget

    @property
    def path(self) -> str:
        """Its key."""
        return f"cost_monitoring.budgets[{self.number}]"

    @property
    def is_for_transfer(self) -> bool:
        """Whether it is for traffic alone."""
        if self.budget.covers:
            return self.budget.covers == ("transfer",)
        return any(word in self.budget.name.casefold() for word in TRANSFER_WORDS)

    @property
    def is_for_infrastructure(self) -> bool:
        """Whether it is for what runs; without `covers`, whatever is not for traffic."""
        if self.budget.covers:
            return "infrastructure" in self.budget.covers
        return not self.is_for_transfer


def budgets(platform: Platform) -> tuple[Numbered, ...]:
    """All budgets."""
    costs = platform.cost_monitoring
    found = costs.budgets if costs else ()
    return tuple(Numbered(number=number, budget=each) for number, each in enumerate(found))


def infrastructure(platform: Platform) -> tuple[Numbered, ...]:
    """The budgets for what runs."""
    return tuple(each for each in budgets(platform) if each.is_for_infrastructure)


def transfer(platform: Platform) -> tuple[Numbered, ...]:
    """The budgets for traffic alone."""
    return tuple(each for each in budgets(platform) if each.is_for_transfer)


def limit(chosen: tuple[Numbered, ...]) -> Decimal:
    """What they allow together."""
    return sum((each.budget.limit.amount for each in chosen), start=Decimal(0))
