"""Which traces are kept: values of the design, decided from the file's `jaeger.sampling`."""

from dataclasses import dataclass

MILLION = 1_000_000  # as finely as a share can be told Envoy


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """A share of all traces (0 to 1), and how many a second at most, errors and slow ones too."""

    share: float
    per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStrategy:
    """The strategy of one service."""

    service: str
    strategy: Strategy


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """What holds for each service; a request of `slow_seconds` or more is slow."""

    default: Strategy
    services: tuple[ServiceStrategy, ...] = ()
    slow_seconds: float = 1.0

    @property
    def widest(self) -> float:
        """The largest share of any: so many are sent, because a gateway and a service that do
        not know whose trace it is have to choose the same ones."""
        return max((self.default.share, *(each.strategy.share for each in self.services)))

    def of(self, service: str) -> Strategy:
        """The strategy of a service."""
        for each in self.services:
            if each.service == service:
                return each.strategy
        return self.default
