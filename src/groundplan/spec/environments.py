"""`environments`: dev, staging, production. Each is an overlay of the one file."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from groundplan.spec.section import Positive, Section, Text, Whole, refuse

WITHOUT_OVERLAY = "production"  # what a file says as it stands


class Environment(Section):
    """The machines of one environment and what it changes in the rest of the file."""

    instance_type: Text
    min_capacity: Whole
    max_capacity: Positive
    overlay: Mapping[str, Any] = Field(default_factory=dict)  # merged over the file's own keys

    @model_validator(mode="after")
    def _min_is_not_above_max(self) -> "Environment":
        if self.min_capacity > self.max_capacity:
            raise refuse(
                "SPEC005",
                f"min_capacity {self.min_capacity} is above max_capacity {self.max_capacity}",
                "no number of machines satisfies both",
                "swap them, or raise max_capacity",
                "min_capacity",
            )
        return self
