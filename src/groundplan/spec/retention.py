"""`retention`: how long logs are kept, by class."""

from groundplan.spec.section import Section
from groundplan.units import Duration


class Retention(Section):
    """How long each class of records stays."""

    application_logs: Duration | None = None
    security_logs: Duration | None = None
    audit_logs: Duration | None = None
    debug_logs: Duration | None = None
    metrics: Duration | None = None
    traces: Duration | None = None
