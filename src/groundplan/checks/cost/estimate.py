"""The bill of an environment: which regions it runs in, at which scale, and the sum."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from groundplan.checks.assumptions import figures
from groundplan.checks.cost import components
from groundplan.checks.cost.lines import CostLine, Kind, Scale
from groundplan.checks.cost.rates import Rates
from groundplan.checks.cost.variant import variant
from groundplan.checks.facts import Facts
from groundplan.checks.numbers.derivation import Derivation
from groundplan.errors import Place
from groundplan.spec.environments import Environment
from groundplan.spec.platform import Platform

MAIN_NAMES = ("production", "prod", "live")
LAKE_AGE_DAYS = {Scale.MIN: 30, Scale.NORMAL: 365, Scale.MAX: 36_500}
LEFT_OUT = (
    "traffic between zones and regions, and through NAT gateways",
    "support, licences and services of other companies",
    "taxes and discounts",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What an environment costs in a month, line by line. `left_out` is in no line."""

    environment: str
    scale: Scale
    regions: tuple[str, ...]
    lines: tuple[CostLine, ...]
    left_out: tuple[str, ...] = LEFT_OUT

    @property
    def usd(self) -> Decimal:
        """The sum of the lines with a known price: a floor while there are unknown ones."""
        return _sum(self.lines)

    @property
    def unknown(self) -> tuple[CostLine, ...]:
        """The lines without a known price."""
        return tuple(line for line in self.lines if line.usd is None)

    def of(self, *kinds: Kind) -> Decimal:
        """The sum of the lines of some kinds."""
        return _sum(line for line in self.lines if line.kind in kinds)

    @property
    def by_component(self) -> dict[str, Decimal]:
        """Sums, the largest first."""
        return _sums(self.lines, lambda line: line.component)

    @property
    def by_region(self) -> dict[str, Decimal]:
        """Sums, the largest first."""
        return _sums(self.lines, lambda line: line.region)

    @property
    def assumes(self) -> tuple[str, ...]:
        """What the sum rests on that the file does not say."""
        return tuple(dict.fromkeys(text for line in self.lines for text in line.assumes))

    @property
    def facts(self) -> tuple[str, ...]:
        """The price rows that it rests on, with date and source."""
        prices = (line.price for line in self.lines if line.price)
        return tuple(dict.fromkeys(str(price.fact) for price in prices))

    def derivation(self, place: Callable[[str], Place]) -> Derivation:
        """The sum line by line: how much, by which key of the file, at which price."""
        told = Derivation()
        for line in self.lines:
            label = f"{line.component}, {line.region}"
            told = told.written(label, f"{line.quantity:,.6g}", line.path, place(line.path))
            for text in line.assumes:
                told = told.assumed(label, text.removeprefix("assuming "))
            if line.price is None:
                told = told.computed(label, "unknown", f"no price for {line.sku}")
            else:
                told = told.known(label, f"x ${line.price.usd} = ${line.usd:,.2f}", line.price.fact)
        return told.concluded(str(self))

    def __str__(self) -> str:
        also = f" and {len(self.unknown)} unknown" if self.unknown else ""
        return f"{self.environment} at {self.scale}: ${self.usd:,.0f} a month{also}"


def main_environment(platform: Platform) -> str | None:
    """The environment that users see: by its name, else the one with most machines."""
    for name in MAIN_NAMES:
        if name in platform.environments:
            return name
    sizes = {name: value.max_capacity for name, value in platform.environments.items()}
    return max(sizes, key=sizes.__getitem__, default=None)


def estimate(
    platform: Platform,
    facts: Facts,
    *,
    scale: Scale,
    environment: str | None = None,
    regions: tuple[str, ...] | None = None,
) -> Estimate:
    """What an environment costs in a month; the main one without a name.

    It runs in every region of the file as its overlay leaves it, or in those that are given; the
    main one has the users. Each region has its machines, network and cache, and the search where
    there are logs; database and lake stand in the first.
    """
    main = main_environment(platform)
    name = environment or main or ""
    is_main = name == main
    platform = platform if is_main else variant(platform, name)
    everywhere = tuple(region for pair in platform.regions.values() for region in pair.names)
    chosen = regions or everywhere
    home = chosen[0]
    lines: list[CostLine] = []
    for site in _sites(platform, facts, name, _Spread(scale, chosen, is_main)):
        lines += components.machines(platform, site)
        lines += components.network(platform, site)
        lines += components.cache(platform, site)
        lines += components.traffic(platform, site, figures(platform.assumptions))
    lines += components.database(platform, facts, home)
    lines += components.replicas(platform, facts, home)
    lines += components.search(platform, facts, home)
    if is_main:
        lines += components.lake(platform, facts, home, LAKE_AGE_DAYS[scale])
    return Estimate(environment=name, scale=scale, regions=chosen, lines=tuple(lines))


def estimates(platform: Platform, facts: Facts, scale: Scale) -> tuple[Estimate, ...]:
    """Every environment at a scale, in the order of the file."""
    names = tuple(platform.environments) or (None,)
    return tuple(estimate(platform, facts, scale=scale, environment=name) for name in names)


@dataclass(frozen=True, slots=True)
class _Spread:
    scale: Scale
    regions: tuple[str, ...]
    is_main: bool


def _sites(
    platform: Platform, facts: Facts, name: str, spread: _Spread
) -> Iterator[components.Site]:
    environment = platform.environments.get(name)
    primaries = {pair.primary for pair in platform.regions.values()} & set(spread.regions)
    active = primaries or set(spread.regions[:1])
    kpis = platform.kpis.scalability if platform.kpis else None
    peak = kpis.requests_per_second.value if kpis and kpis.requests_per_second else 0
    for region in spread.regions:
        is_active = region in active
        nodes = _nodes(environment, spread.scale, is_active)
        used = Decimal(nodes) / environment.max_capacity if environment else Decimal(1)
        takes = is_active and spread.is_main
        yield components.Site(
            rates=Rates(facts=facts, region=region),
            path=f"environments.{name}",
            instance_type=environment.instance_type if environment else "",
            nodes=nodes,
            has_users=spread.is_main,
            requests_per_second=Decimal(peak) / len(active) * used if takes else Decimal(0),
        )


def _nodes(environment: Environment | None, scale: Scale, is_active: bool) -> int:
    if environment is None:
        return 1
    low, high = environment.min_capacity, environment.max_capacity
    if scale is Scale.MAX:
        return high
    return -(-(low + high) // 2) if scale is Scale.NORMAL and is_active else low


def _sum(lines: Iterable[CostLine]) -> Decimal:
    return sum((line.usd for line in lines if line.usd is not None), start=Decimal(0))


def _sums(lines: tuple[CostLine, ...], key: Callable[[CostLine], str]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for line in lines:
        sums[key(line)] = sums.get(key(line), Decimal(0)) + (line.usd or 0)
    return dict(sorted(sums.items(), key=lambda item: -item[1]))
