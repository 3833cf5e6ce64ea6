"""`mesh`: the service mesh and how requests are split. The facts of the document's Istio blocks.

A route's `http` list is kept item by item, as written: an item may match without a destination.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from groundplan.spec.section import (
    Name,
    Scalar,
    Section,
    Text,
    UrlPath,
    Value,
    Variable,
    once,
    refuse,
)
from groundplan.spec.services import Resources

# What the replicas of a subset are told apart by.
Labels = Annotated[Mapping[Text, Value], Field(min_length=1)]
Weight = Annotated[int, Field(strict=True, ge=0, le=100)]


class PilotVariable(Section):
    """A variable of Istio's control plane; the value keeps the type that it was written with."""

    name: Variable
    value: Scalar


class Pilot(Section):
    """Istio's control plane."""

    env: Annotated[tuple[PilotVariable, ...], once("name")] = ()


class UriMatch(Section):
    """Which paths a rule is for."""

    prefix: UrlPath | None = None
    exact: UrlPath | None = None


class Match(Section):
    """Which requests a rule is for."""

    uri: UriMatch


class Destination(Section):
    """A service and one side of it: stable, canary, blue, green."""

    host: Name
    subset: Name | None = None


class WeightedDestination(Section):
    """A destination and its share of the requests, in percent. Alone it gets all."""

    destination: Destination
    weight: Weight | None = None


class HttpRule(Section):
    """Requests that match go to the destinations; without `match` all do."""

    match: tuple[Match, ...] = ()
    route: tuple[WeightedDestination, ...] = ()

    @model_validator(mode="after")
    def _weights_make_a_whole(self) -> "HttpRule":
        weights = [item.weight for item in self.route]
        if len(weights) > 1 or any(weight is not None for weight in weights):
            total = sum(weight or 0 for weight in weights)
            if total != 100:
                raise refuse(
                    "SPEC005",
                    f"the weights add up to {total}, not to 100",
                    "each request has to go to exactly one destination",
                    "make the weights of one route add up to 100",
                    "route",
                )
        return self


class Route(Section):
    """A virtual service: rules in the order in which they are tried."""

    name: Name
    api_version: Text = "networking.istio.io/v1"
    hosts: tuple[Text, ...] = ()
    http: tuple[HttpRule, ...] = ()


class Mesh(Section):
    """The mesh and its routes."""

    name: Name | None = None
    api_version: Text | None = None
    mesh_id: Text | None = None
    network: Text | None = None
    pilot: Pilot = Pilot.unwritten()
    mtls: Literal["STRICT", "PERMISSIVE", "DISABLE"] | None = None
    subsets: Mapping[Name, Mapping[Name, Labels]] = Field(default_factory=dict)  # by service
    sidecar: Resources | None = None  # what the proxy beside each replica takes
    routes: Annotated[tuple[Route, ...], once("name")] = ()
