"""What a platform costs in a month, by component and region, at three scales."""

from groundplan.checks.cost.estimate import (
    Estimate,
    estimate,
    estimates,
    main_environment,
)
from groundplan.checks.cost.lines import CostLine, Kind, Scale

__all__ = [
    "CostLine",
    "Estimate",
    "Kind",
    "Scale",
    "estimate",
    "estimates",
    "main_environment",
]
