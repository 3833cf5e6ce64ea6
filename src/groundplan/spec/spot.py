"""`spot_instances`: cheaper machines that may be taken away."""

from typing import Literal

from groundplan.spec.section import Flag, Section, Share, Text, Whole
from groundplan.units import Duration


class Diversification(Section):
    """Kinds and zones to choose from, so that not all machines go at once."""

    instance_types: tuple[Text, ...] = ()
    availability_zones: tuple[Text, ...] = ()


class InterruptionHandling(Section):
    """What happens when a machine is taken away."""

    draining_timeout: Duration
    replacement_strategy: Literal["launch_before_terminate", "terminate_before_launch"]
    capacity_rebalancing: Flag = False  # acts on the early signal, minutes before the notice


class SpotInstances(Section):
    """The share of spot machines."""

    percentage: Share
    on_demand_base: Whole = 0
    diversification: Diversification = Diversification.unwritten()
    interruption_handling: InterruptionHandling | None = None
