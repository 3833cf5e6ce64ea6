"""`jaeger`: which requests are traced, and where traces are stored."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from groundplan.spec.section import Endpoint, Name, Positive, Section, Text, Whole, once, refuse
from groundplan.spec.services import Resources


class Collector(Section):
    """The collectors of traces."""

    replicas: Whole = 1
    resources: Resources = Resources.unwritten()


class TraceElasticsearch(Section):
    """The Elasticsearch that holds traces."""

    nodes: tuple[Endpoint, ...]
    index_prefix: Text = "jaeger"


class TraceStorage(Section):
    """Where traces are stored."""

    type: Literal["elasticsearch", "opensearch", "cassandra", "badger", "memory"]
    elasticsearch: TraceElasticsearch | None = None


class DefaultStrategy(Section):
    """What holds for services without a strategy: `param` is the share from 0 to 1."""

    type: Literal["probabilistic", "ratelimiting", "const"]
    param: Annotated[float, Field(strict=True, ge=0)]

    @model_validator(mode="after")
    def _a_probability_is_at_most_one(self) -> "DefaultStrategy":
        if self.type == "probabilistic" and self.param > 1:
            raise refuse(
                "SPEC005",
                f"param {self.param:g} is not a probability",
                "a probabilistic strategy traces a share of the requests, from 0 to 1",
                "write 0.1 for one request in ten",
                "param",
            )
        return self


class ServiceStrategy(Section):
    """What holds for one service."""

    service: Name
    type: Literal["probabilistic", "ratelimiting", "adaptive"]
    param: Annotated[float, Field(strict=True, ge=0)] | None = None
    max_traces_per_second: Positive | None = None


class Sampling(Section):
    """Which requests are traced."""

    default_strategy: DefaultStrategy | None = None
    per_service_strategies: Annotated[tuple[ServiceStrategy, ...], once("service")] = ()


class Jaeger(Section):
    """Distributed tracing."""

    collector: Collector = Collector.unwritten()
    storage: TraceStorage | None = None
    sampling: Sampling = Sampling.unwritten()
