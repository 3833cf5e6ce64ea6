"""Logs on their way: a Filebeat on each machine, Logstash in the cluster, the store outside of it.

Images: the last Logstash with an output for OpenSearch, and a Filebeat that speaks to it.
"""

from collections.abc import Iterator
from typing import Any

from groundplan.targets.cloud.design.cluster import STORAGE_CLASS, Cluster
from groundplan.targets.cloud.design.workload import STORES_SECRET
from groundplan.targets.cloud.kubernetes import filebeat
from groundplan.targets.cloud.kubernetes.log_store import dashboards, policies
from groundplan.targets.cloud.kubernetes.logstash import PORT, pipelines
from groundplan.targets.cloud.kubernetes.objects import (
    FIRST,
    OTHERS_IMAGE,
    Kind,
    Object,
    before,
    make,
    skipped,
)
from groundplan.targets.cloud.kubernetes.secrets import Remote, environment_secret, fetched

NAMESPACE, LOGSTASH, STORE_SECRET = "logging", "logstash", "log-stores"
LOGSTASH_IMAGE = "opensearchproject/logstash-oss-with-opensearch-output-plugin:8.9.0"
CURL_IMAGE = "curlimages/curl:8.12.1"
LABELS = {"app.kubernetes.io/name": LOGSTASH}
USER = 1000  # of Logstash's image
LOCKED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
DISK = {
    "accessModes": ["ReadWriteOnce"],
    "storageClassName": STORAGE_CLASS,
    "resources": {"requests": {"storage": "20Gi"}},
}
TELL = """\
set -eu
for file in /policies/*.json; do
  name=$(basename "$file" .json)-logs
  # A policy that is there is changed by its number: without it the store refuses.
  now=$(curl -sS "$SEARCH_URL/_plugins/_ism/policies/$name")
  seq=$(printf '%s' "$now" | sed -n 's/.*"_seq_no":\\([0-9]*\\).*/?if_seq_no=\\1/p')
  term=$(printf '%s' "$now" | sed -n 's/.*"_primary_term":\\([0-9]*\\).*/\\&if_primary_term=\\1/p')
  curl -sS --fail-with-body -X PUT -H 'content-type: application/json' \\
    --data-binary "@$file" "$SEARCH_URL/_plugins/_ism/policies/$name$seq$term"
done
curl -sS --fail-with-body -X POST -H 'osd-xsrf: true' --form file=@/dashboards/dashboards.ndjson \\
  "$SEARCH_URL/_dashboards/api/saved_objects/_import?overwrite=true"
"""


def objects(cluster: Cluster) -> Iterator[Object]:
    """None for a platform without logging."""
    plan = cluster.logs
    if plan is None or not plan.flows:
        return
    labels = {
        "pod-security.kubernetes.io/enforce": "privileged"
    }  # Filebeat reads the machine's files
    yield make(("v1", "Namespace"), NAMESPACE, labels=labels, annotations=before(FIRST))
    yield from filebeat.objects(cluster, NAMESPACE, f"{LOGSTASH}.{NAMESPACE}.svc:{PORT}")
    yield _map("logstash-pipelines", pipelines(plan, cluster.home))
    yield _map("log-policies", policies(plan))
    yield _map("log-dashboards", {"dashboards.ndjson": dashboards(plan)})
    yield _secret(cluster)
    yield make(("v1", "ServiceAccount"), LOGSTASH, NAMESPACE, automountServiceAccountToken=False)
    yield _service()
    yield _logstash(cluster)
    yield make(
        ("policy/v1", "PodDisruptionBudget"),
        LOGSTASH,
        NAMESPACE,
        spec={"maxUnavailable": 1, "selector": {"matchLabels": LABELS}},
    )
    yield _rights()
    yield _told(cluster)


def _map(name: str, data: dict[str, str]) -> Object:
    return make(("v1", "ConfigMap"), name, NAMESPACE, data=data)


def _secret(cluster: Cluster) -> Object:
    """Where the store is, and the optional sink: its address and its token."""
    assert cluster.logs is not None
    keys = {"SEARCH_URL": "search-url"}
    if any("splunk" in flow.outputs for flow in cluster.logs.flows):
        keys |= {"SPLUNK_URL": "splunk-url", "SPLUNK_TOKEN": "splunk-token"}
    remote = environment_secret(cluster.site, STORES_SECRET)
    values = {name: Remote(secret=remote, value=key) for name, key in keys.items()}
    return fetched(STORE_SECRET, NAMESPACE, values)


def _service() -> Object:
    return make(
        ("v1", "Service"),
        LOGSTASH,
        NAMESPACE,
        labels=LABELS,
        spec={"selector": LABELS, "ports": [{"name": "beats", "port": PORT, "targetPort": PORT}]},
    )


def _logstash(cluster: Cluster) -> Object:
    """Two, and what they have taken stands on a disk until the store has it."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": LABELS},
    }
    return make(
        ("apps/v1", "StatefulSet"),
        LOGSTASH,
        NAMESPACE,
        labels=LABELS,
        annotations=skipped(
            **OTHERS_IMAGE,
            CKV_K8S_35="its configuration reads variables",
            CKV_K8S_40="the account that the image is made for",
            CKV_K8S_22="it writes its settings when it starts",
        ),
        spec={
            "serviceName": LOGSTASH,
            "replicas": 2,
            "selector": {"matchLabels": LABELS},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "serviceAccountName": LOGSTASH,
                    "automountServiceAccountToken": False,
                    "securityContext": {"runAsUser": USER, "runAsGroup": USER, "fsGroup": USER},
                    "topologySpreadConstraints": [spread],
                    "containers": [_container()],
                    "volumes": [_volume("pipelines", "logstash-pipelines")],
                },
            },
            "volumeClaimTemplates": [{"metadata": {"name": "queue"}, "spec": DISK}],
        },
    )


def _container() -> dict[str, Any]:
    path = "/usr/share/logstash"
    return {
        "name": LOGSTASH,
        "image": LOGSTASH_IMAGE,
        "env": [
            {"name": "QUEUE_TYPE", "value": "persisted"},
            {"name": "QUEUE_MAX_BYTES", "value": "16gb"},
            {"name": "LS_JAVA_OPTS", "value": "-Xms1g -Xmx1g"},
        ],
        "envFrom": [{"secretRef": {"name": STORE_SECRET}}],
        "ports": [{"name": "beats", "containerPort": PORT}],
        "readinessProbe": {"httpGet": {"path": "/", "port": 9600}, "initialDelaySeconds": 30},
        "livenessProbe": {"httpGet": {"path": "/", "port": 9600}, "initialDelaySeconds": 120},
        "resources": {
            "requests": {"cpu": "500m", "memory": "2Gi"},
            "limits": {"cpu": "1", "memory": "2Gi"},
        },
        "securityContext": LOCKED,
        "volumeMounts": [
            {"name": "queue", "mountPath": f"{path}/data"},
            {"name": "pipelines", "mountPath": f"{path}/pipeline"},
            {
                "name": "pipelines",
                "mountPath": f"{path}/config/pipelines.yml",
                "subPath": "pipelines.yml",
            },
        ],
    }


def _rights() -> Object:
    """Only Filebeats speak to Logstash."""
    peers = [{"podSelector": {"matchLabels": filebeat.LABELS}}]
    return make(
        ("networking.k8s.io/v1", "NetworkPolicy"),
        LOGSTASH,
        NAMESPACE,
        spec={
            "podSelector": {"matchLabels": LABELS},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": peers, "ports": [{"protocol": "TCP", "port": PORT}]}],
        },
    )


def _told(cluster: Cluster) -> Object:
    """The store learns policies and dashboards at each change of them."""
    return make(
        ("batch/v1", "Job"),
        "tell-log-store",
        NAMESPACE,
        annotations={
            "argocd.argoproj.io/hook": "PostSync",
            "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation",
            **skipped(
                **OTHERS_IMAGE,
                CKV_K8S_35="a shell reads variables",
                CKV_K8S_40="the account that the image is made for",
            ),
        },
        spec={
            "backoffLimit": 5,
            "activeDeadlineSeconds": 900,
            "template": {
                "spec": {
                    "restartPolicy": "OnFailure",
                    "automountServiceAccountToken": False,
                    "securityContext": {"runAsUser": 100, "runAsNonRoot": True},
                    "containers": [_teller()],
                    "volumes": [
                        _volume("policies", "log-policies"),
                        _volume("dashboards", "log-dashboards"),
                    ],
                }
            },
        },
    )


def _teller() -> dict[str, Any]:
    return {
        "name": "tell",
        "image": CURL_IMAGE,
        "command": ["sh", "-c", TELL],
        "envFrom": [{"secretRef": {"name": STORE_SECRET}}],
        "securityContext": {**LOCKED, "readOnlyRootFilesystem": True},
        "resources": {
            "requests": {"cpu": "10m", "memory": "32Mi"},
            "limits": {"cpu": "100m", "memory": "64Mi"},
        },
        "volumeMounts": [
            {"name": "policies", "mountPath": "/policies"},
            {"name": "dashboards", "mountPath": "/dashboards"},
        ],
    }


def _volume(name: str, config: str) -> dict[str, Any]:
    return {"name": name, "configMap": {"name": config}}


KIND = Kind(file="logs.yaml", sections=("logging", "retention"), objects=objects)
