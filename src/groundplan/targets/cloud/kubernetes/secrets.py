"""ExternalSecret: which secrets are fetched for a service. No value is ever in a file."""

from collections.abc import Iterator

from groundplan.targets.cloud.design.sites import Site
from groundplan.targets.cloud.design.workload import STORES_SECRET, Workload
from groundplan.targets.cloud.kubernetes.objects import FIRST, Kind, Object, before, make

STORE = "aws-secrets-manager"


def objects(workload: Workload) -> Iterator[Object]:
    """One for each secret that the service names, owned by the service."""
    named = dict.fromkeys(ref.secret for _, ref in workload.secrets)
    for secret in named:
        keys = dict.fromkeys(ref.key for _, ref in workload.secrets if ref.secret == secret)
        yield make(
            ("external-secrets.io/v1", "ExternalSecret"),
            f"{workload.name}-{secret}",
            workload.namespace,
            labels=workload.labels,
            annotations=before(FIRST),
            spec={
                "refreshInterval": "1h",
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": STORE},
                "target": {"name": secret, "creationPolicy": "Orphan"},
                "data": [
                    {
                        "secretKey": key,
                        "remoteRef": {"key": remote_name(workload, secret), "property": key},
                    }
                    for key in keys
                ],
            },
        )


def remote_name(workload: Workload, secret: str) -> str:
    """Its name in the store; that of the stores' own addresses is written by Terraform."""
    own = f"{workload.site.platform}-{STORES_SECRET}"
    return environment_secret(workload.site, STORES_SECRET if secret == own else secret)


def environment_secret(site: Site, secret: str) -> str:
    """The name of a secret of the site's environment in the store."""
    return f"{site.platform}/{site.environment}/{secret}"


KIND = Kind(file="secrets.yaml", sections=("services",), objects=objects)
