"""One recipe per kind of part. To add a kind: its module, and one entry here."""

from typing import Any

from groundplan.design.parts import (
    Agent,
    Alertmanager,
    Collector,
    Edge,
    Gateway,
    Lake,
    Part,
    Postgres,
    PostgresExporter,
    Prometheus,
    Redis,
    RedisExporter,
    Sentinel,
    Service,
    Tracer,
)
from groundplan.targets.local.parts.agent import AgentRecipe
from groundplan.targets.local.parts.alertmanager import AlertmanagerRecipe
from groundplan.targets.local.parts.collector import CollectorRecipe
from groundplan.targets.local.parts.edge import EdgeRecipe
from groundplan.targets.local.parts.gateway import GatewayRecipe
from groundplan.targets.local.parts.lake import LakeRecipe
from groundplan.targets.local.parts.postgres import PostgresRecipe
from groundplan.targets.local.parts.postgres_exporter import PostgresExporterRecipe
from groundplan.targets.local.parts.prometheus import PrometheusRecipe
from groundplan.targets.local.parts.redis import RedisRecipe
from groundplan.targets.local.parts.redis_exporter import RedisExporterRecipe
from groundplan.targets.local.parts.sentinel import SentinelRecipe
from groundplan.targets.local.parts.service import ServiceRecipe
from groundplan.targets.local.parts.tracer import TracerRecipe
from groundplan.targets.local.recipe import Recipe

RECIPES: dict[type[Part], Recipe[Any]] = {
    Agent: AgentRecipe(),
    Alertmanager: AlertmanagerRecipe(),
    Collector: CollectorRecipe(),
    Edge: EdgeRecipe(),
    Gateway: GatewayRecipe(),
    Lake: LakeRecipe(),
    Postgres: PostgresRecipe(),
    PostgresExporter: PostgresExporterRecipe(),
    Prometheus: PrometheusRecipe(),
    Redis: RedisRecipe(),
    RedisExporter: RedisExporterRecipe(),
    Sentinel: SentinelRecipe(),
    Service: ServiceRecipe(),
    Tracer: TracerRecipe(),
}


def recipe_of(part: Part) -> Recipe[Any]:
    """The recipe for a part's kind."""
    return RECIPES[type(part)]
