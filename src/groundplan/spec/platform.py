"""The Platform: the whole file, typed. What it means is decided in design/."""

from collections.abc import Mapping

from pydantic import Field

from groundplan.spec.autoscaling import Autoscaling
from groundplan.spec.cache import Cache
from groundplan.spec.database import Database
from groundplan.spec.environments import Environment
from groundplan.spec.local import Local
from groundplan.spec.mesh import Mesh
from groundplan.spec.prometheus import Prometheus
from groundplan.spec.regions import Regions
from groundplan.spec.section import Name, Section
from groundplan.spec.services import Service
from groundplan.spec.waf import Waf


class Platform(Section):
    """One platform, as its file says it."""

    platform: Name
    regions: Regions
    environments: Mapping[Name, Environment] = Field(default_factory=dict)
    services: Mapping[Name, Service] = Field(default_factory=dict)
    mesh: Mesh | None = None
    primary_database: Database | None = None
    cache_layer: Cache | None = None
    prometheus: Prometheus | None = None
    waf: Waf | None = None
    autoscaling: Autoscaling | None = None
    local: Local = Local()

    @property
    def database_names(self) -> tuple[str, ...]:
        """The databases of the primary database: named ones, or one named after the platform."""
        named = self.primary_database.databases if self.primary_database else ()
        return named or (self.platform.replace("-", "_"),)
