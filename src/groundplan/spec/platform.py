"""The Platform: the whole file, typed. What it means is decided in design/."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from groundplan.spec.assumptions import Assumptions
from groundplan.spec.autoscaling import Autoscaling
from groundplan.spec.backup import Backup
from groundplan.spec.cache import Cache
from groundplan.spec.cloud import Cloud
from groundplan.spec.cost import CostMonitoring
from groundplan.spec.database import Database
from groundplan.spec.delivery import CanaryDeployment, DeploymentStrategy
from groundplan.spec.environments import Environment
from groundplan.spec.kpis import Kpis
from groundplan.spec.lake import DataLake
from groundplan.spec.local import Local
from groundplan.spec.logging import Logging
from groundplan.spec.mesh import Mesh
from groundplan.spec.network import VpcSecurity
from groundplan.spec.notifications import Notification
from groundplan.spec.pipeline import Pipeline
from groundplan.spec.prometheus import Prometheus
from groundplan.spec.providers import Providers
from groundplan.spec.recovery import DisasterRecovery
from groundplan.spec.regions import Regions
from groundplan.spec.retention import Retention
from groundplan.spec.roadmap import Timeline
from groundplan.spec.section import Name, Section, once, refuse
from groundplan.spec.services import Service
from groundplan.spec.spot import SpotInstances
from groundplan.spec.stack import TechnologyStack
from groundplan.spec.terraform import Terraform
from groundplan.spec.tracing import Jaeger
from groundplan.spec.waf import Waf


class Platform(Section):
    """One platform, as its file says it."""

    platform: Name
    regions: Regions
    providers: Providers | None = None
    terraform: Terraform | None = None
    environments: Mapping[Name, Environment] = Field(default_factory=dict)
    services: Mapping[Name, Service] = Field(default_factory=dict)
    mesh: Mesh | None = None
    primary_database: Database | None = None
    cache_layer: Cache | None = None
    data_lake: DataLake | None = None
    pipeline: Pipeline | None = None
    deployment_strategy: DeploymentStrategy | None = None
    canary_deployment: CanaryDeployment | None = None
    prometheus: Prometheus | None = None
    notifications: Annotated[tuple[Notification, ...], once("notify")] = ()
    kpis: Kpis | None = None
    logging: Logging | None = None
    retention: Retention | None = None
    jaeger: Jaeger | None = None
    vpc_security: VpcSecurity | None = None
    waf: Waf | None = None
    backup: Backup | None = None
    disaster_recovery: DisasterRecovery | None = None
    autoscaling: Autoscaling | None = None
    spot_instances: SpotInstances | None = None
    cost_monitoring: CostMonitoring | None = None
    implementation_timeline: Timeline = ()
    technology_stack: TechnologyStack = Field(default_factory=dict)
    assumptions: Assumptions = Assumptions.unwritten()
    local: Local = Local.unwritten()
    cloud: Cloud = Cloud.unwritten()

    @model_validator(mode="after")
    def _local_regions_are_regions(self) -> "Platform":
        known = [name for geography in self.regions.values() for name in geography.names]
        for index, name in enumerate(self.local.regions):
            if name not in known:
                raise refuse(
                    "SPEC020",
                    f"{name} is not a region of this platform",
                    f"its regions are: {', '.join(known)}",
                    "name one of them, or add it to regions:",
                    "local",
                    "regions",
                    index,
                )
        return self

    @property
    def database_names(self) -> tuple[str, ...]:
        """The databases of the primary database: named ones, or one named after the platform."""
        named = self.primary_database.databases if self.primary_database else ()
        return named or (self.platform.replace("-", "_"),)
