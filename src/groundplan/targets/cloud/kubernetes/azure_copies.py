"""Jobs that take copies to the second cloud, so that its standby has something to begin with.

They run where the users' environment writes. The other cloud believes the cluster's own tokens, so
no key is kept. A copy is never changed there: names are new, and what is there already is left.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from groundplan.targets.cloud.design.cluster import STORAGE_CLASS, Cluster, cron
from groundplan.targets.cloud.design.standby import (
    COPIES_ACCOUNT,
    COPIES_NAMESPACE,
    WRITER_SECRET,
    Standby,
    copied_to,
)
from groundplan.targets.cloud.design.stores import DAY_SECONDS, postgres
from groundplan.targets.cloud.kubernetes.objects import (
    FIRST,
    OTHERS_IMAGE,
    Kind,
    Object,
    before,
    make,
    skipped,
)
from groundplan.targets.cloud.kubernetes.pods import LOCKED
from groundplan.targets.cloud.kubernetes.secrets import Remote, environment_secret, fetched

RCLONE = "docker.io/rclone/rclone:1.71.0"
POSTGRES = "docker.io/library/postgres"
AUDIENCE = "api://AzureADTokenExchange"
TOKENS, COPY = "/var/run/secrets/azure", "/copy"
DATABASE = "database-copy"
USER = 65534
# A name of its own for each copy, which says when it was begun.
DUMP = (
    'exec pg_dump --format=custom --dbname="$DATABASE_URL"'
    f' --file="{COPY}/$(date --utc +%Y-%m-%dT%H%M).dump"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyJob:
    """A job: to which container it copies, and how often."""

    name: str
    namespace: str
    container: str
    every_seconds: float


def jobs(cluster: Cluster) -> tuple[CopyJob, ...]:
    """One for each container of copies that has something to copy."""
    found = copied_to(cluster)
    written = cluster.platform.backup
    if found is None or written is None:
        return ()
    sources = {
        "database": written.database if cluster.platform.primary_database else None,
        "files": written.application_data if cluster.copies else None,
    }
    return tuple(
        CopyJob(
            name=f"{copies.name}-copy",
            namespace=COPIES_NAMESPACE,
            container=copies.name,
            every_seconds=source.frequency.seconds or DAY_SECONDS,
        )
        for copies in found.copies
        if (source := sources[copies.name])
    )


def objects(cluster: Cluster) -> Iterator[Object]:
    """The jobs, in a namespace of their own from which they reach what they need and no more."""
    found, every = copied_to(cluster), jobs(cluster)
    if found is None or not every:
        return
    levels = ("enforce", "audit", "warn")
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in levels}
    yield make(("v1", "Namespace"), COPIES_NAMESPACE, labels=labels, annotations=before(FIRST))
    yield make(
        ("v1", "ServiceAccount"),
        COPIES_ACCOUNT,
        COPIES_NAMESPACE,
        automountServiceAccountToken=False,
    )
    yield _reach(cluster)
    ids = {"AZURE_CLIENT_ID": "client-id", "AZURE_TENANT_ID": "tenant-id"}
    yield _secret(cluster, WRITER_SECRET, WRITER_SECRET, ids)
    for job in every:
        if job.container == "database":
            keys = {"DATABASE_URL": "database-copy-url"}
            yield _secret(cluster, DATABASE, "stores", keys)
            yield _job(job, _database_pod(cluster, found, job))
        else:
            yield _job(job, _files_pod(cluster, found, job))


def _reach(cluster: Cluster) -> Object:
    """Names, the database, and what answers to HTTPS; nobody comes in."""
    dns = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    return make(
        ("networking.k8s.io/v1", "NetworkPolicy"),
        "copies",
        COPIES_NAMESPACE,
        spec={
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "egress": [
                {
                    "to": [dns],
                    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
                },
                {
                    "to": [{"ipBlock": {"cidr": cluster.site.network}}],
                    "ports": [{"port": 5432, "protocol": "TCP"}],
                },
                {"ports": [{"port": 443, "protocol": "TCP"}]},
            ],
        },
    )


def _secret(cluster: Cluster, name: str, remote: str, keys: dict[str, str]) -> Object:
    path = environment_secret(cluster.site, remote)
    values = {key: Remote(secret=path, value=own) for key, own in keys.items()}
    return fetched(name, COPIES_NAMESPACE, values)


def _job(job: CopyJob, pod: dict[str, Any]) -> Object:
    return make(
        ("batch/v1", "CronJob"),
        job.name,
        COPIES_NAMESPACE,
        annotations=skipped(
            **OTHERS_IMAGE, CKV_K8S_35="they take addresses from variables, not from files"
        ),
        spec={
            "schedule": cron(job.every_seconds),
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "spec": {
                    "backoffLimit": 2,
                    "ttlSecondsAfterFinished": DAY_SECONDS,
                    "template": {
                        "metadata": {"labels": {"app.kubernetes.io/name": job.name}},
                        "spec": pod,
                    },
                }
            },
        },
    )


def _database_pod(cluster: Cluster, found: Standby, job: CopyJob) -> dict[str, Any]:
    """Written to a disk first: what breaks off is never taken for a copy."""
    server = postgres(cluster.platform, cluster.site, cluster.home)
    assert server is not None
    dump = {
        "name": "dump",
        "image": f"{POSTGRES}:{server.written.version}",
        "command": ["sh", "-c", DUMP],
        "envFrom": [{"secretRef": {"name": DATABASE}}],
        **_limits(),
        "volumeMounts": [{"name": "copy", "mountPath": COPY}],
    }
    claim = {
        "accessModes": ["ReadWriteOnce"],
        "storageClassName": STORAGE_CLASS,
        "resources": {"requests": {"storage": f"{server.storage_gib}Gi"}},
    }
    disk = {"name": "copy", "ephemeral": {"volumeClaimTemplate": {"spec": claim}}}
    mount = {"name": "copy", "mountPath": COPY, "readOnly": True}
    own = _rclone(["copy", COPY, f":azureblob:{job.container}"], found, {}, mount)
    return {**_pod([own], disk), "initContainers": [dump]}


def _files_pod(cluster: Cluster, found: Standby, job: CopyJob) -> dict[str, Any]:
    """From the bucket of the cluster's copies: what is an hour old is not written to any more."""
    source = f":s3:{cluster.site.cluster}-copies"
    words = ["copy", source, f":azureblob:{job.container}", "--ignore-existing", "--min-age=1h"]
    variables = {
        "RCLONE_S3_PROVIDER": "AWS",
        "RCLONE_S3_ENV_AUTH": "true",
        "RCLONE_S3_REGION": cluster.site.region,
    }
    return _pod([_rclone(words, found, variables)])


def _rclone(
    words: list[str], found: Standby, more: dict[str, str], *mounts: Object
) -> dict[str, Any]:
    variables = {
        **more,
        "RCLONE_AZUREBLOB_ACCOUNT": found.storage_account,
        "RCLONE_AZUREBLOB_ENV_AUTH": "true",
        "RCLONE_AZUREBLOB_NO_CHECK_CONTAINER": "true",
        "RCLONE_CONFIG": "/tmp/rclone.conf",
        "AZURE_FEDERATED_TOKEN_FILE": f"{TOKENS}/token",
    }
    return {
        "name": "copy",
        "image": RCLONE,
        "args": [*words, "--immutable", "--retries=3", "--stats=5m", "--log-level=NOTICE"],
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "envFrom": [{"secretRef": {"name": WRITER_SECRET}}],
        **_limits(),
        "volumeMounts": [
            {"name": "token", "mountPath": TOKENS, "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},
            *mounts,
        ],
    }


def _limits() -> dict[str, Any]:
    return {
        "resources": {
            "requests": {"cpu": "250m", "memory": "256Mi"},
            "limits": {"cpu": "1", "memory": "1Gi"},
        },
        "securityContext": LOCKED,
    }


def _pod(containers: list[dict[str, Any]], *volumes: Object) -> dict[str, Any]:
    token = {"audience": AUDIENCE, "expirationSeconds": 3600, "path": "token"}
    return {
        "serviceAccountName": COPIES_ACCOUNT,
        "automountServiceAccountToken": False,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": containers,
        "volumes": [
            {"name": "token", "projected": {"sources": [{"serviceAccountToken": token}]}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
            *volumes,
        ],
    }


KIND = Kind(
    file="azure-copies.yaml",
    sections=("backup", "providers.secondary"),
    objects=objects,
)
