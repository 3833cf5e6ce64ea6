"""`autoscaling`: how many replicas, and how large."""

from typing import Literal

from pydantic import model_validator

from groundplan.spec.section import Name, Positive, Section, Whole, refuse
from groundplan.spec.services import Amounts
from groundplan.units import Percent


class HorizontalAutoscaler(Section):
    """More replicas when the ones that run are busy."""

    min_replicas: Whole
    max_replicas: Positive
    target_cpu_utilization: Percent | None = None
    target_memory_utilization: Percent | None = None

    @model_validator(mode="after")
    def _min_is_not_above_max(self) -> "HorizontalAutoscaler":
        if self.min_replicas > self.max_replicas:
            raise refuse(
                "SPEC005",
                f"min_replicas {self.min_replicas} is above max_replicas {self.max_replicas}",
                "no number of replicas satisfies both",
                "swap them, or raise max_replicas",
                "min_replicas",
            )
        return self


class ContainerPolicy(Section):
    """The bounds of one container."""

    container_name: Name
    min_allowed: Amounts = Amounts.unwritten()
    max_allowed: Amounts = Amounts.unwritten()
    controlled_resources: tuple[Literal["cpu", "memory"], ...] = ("cpu", "memory")


class ResourcePolicy(Section):
    """The bounds of all containers."""

    container_policies: tuple[ContainerPolicy, ...] = ()


class VerticalAutoscaler(Section):
    """Larger replicas when the ones that run are too small."""

    update_mode: Literal["Off", "Initial", "Recreate", "Auto", "InPlaceOrRecreate"] = "Off"
    resource_policy: ResourcePolicy = ResourcePolicy.unwritten()


class Autoscaling(Section):
    """Both ways to follow the load."""

    horizontal_pod_autoscaler: HorizontalAutoscaler | None = None
    vertical_pod_autoscaler: VerticalAutoscaler | None = None
