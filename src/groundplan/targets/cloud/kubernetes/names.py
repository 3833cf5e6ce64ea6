"""Names that objects of a service call each other by."""

from groundplan.design.notifications import slug as slug
from groundplan.targets.cloud.design.workload import Workload

HASH = {"name": "hash", "valueFrom": {"podTemplateHashValue": "Latest"}}
HASH_LABEL = "rollouts-pod-template-hash"


def stable(workload: Workload) -> str:
    """The Service of the version before."""
    return f"{workload.name}-stable"


def canary(workload: Workload) -> str:
    """The Service of the new version."""
    return f"{workload.name}-canary"


def preview(workload: Workload) -> str:
    """The Service of the side without traffic."""
    return f"{workload.name}-preview"


def gates(workload: Workload) -> str:
    """The analysis that runs beside a canary."""
    return f"{workload.name}-gates"


def enough(workload: Workload) -> str:
    """The analysis that waits for requests."""
    return f"{workload.name}-enough"


def smoke(workload: Workload) -> str:
    """The analysis before the traffic."""
    return f"{workload.name}-smoke"


def after(workload: Workload) -> str:
    """The analysis behind the last step."""
    return f"{workload.name}-after"


def hook(workload: Workload, name: str) -> str:
    """The analysis that asks a webhook."""
    return f"{workload.name}-asks-{slug(name)}"


def routes(workload: Workload) -> tuple[str, ...]:
    """The routes of the virtual service whose weights a release moves."""
    count = max(1, len(workload.rules))
    return tuple("primary" if n == 0 else f"primary-{n + 1}" for n in range(count))


def host(workload: Workload) -> str:
    """Its name inside of the cluster."""
    return f"{workload.name}.{workload.namespace}.svc.cluster.local"
