"""Filebeat: it reads what every container of its machine writes, and hands it on."""

from collections.abc import Iterator
from typing import Any

from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.kubernetes.objects import OTHERS_IMAGE, Object, make, skipped
from groundplan.targets.cloud.yaml_text import document

IMAGE = "docker.elastic.co/beats/filebeat-oss:8.19.2"
NAME = "filebeat"
STATE = "/var/lib/filebeat"  # how far each file was read
LABELS = {"app.kubernetes.io/name": NAME}
KUBERNETES_API = "rbac.authorization.k8s.io/v1"


def objects(cluster: Cluster, namespace: str, logstash: str) -> Iterator[Object]:
    """One on each machine, with the right to ask whose container it is."""
    yield make(("v1", "ServiceAccount"), NAME, namespace)
    yield make(
        (KUBERNETES_API, "ClusterRole"),
        NAME,
        rules=[
            {
                "apiGroups": [""],
                "resources": ["namespaces", "pods", "nodes"],
                "verbs": ["get", "watch", "list"],
            }
        ],
    )
    yield make(
        (KUBERNETES_API, "ClusterRoleBinding"),
        NAME,
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME},
        subjects=[{"kind": "ServiceAccount", "name": NAME, "namespace": namespace}],
    )
    settings = document(_settings(cluster, logstash))
    yield make(("v1", "ConfigMap"), NAME, namespace, data={"filebeat.yml": settings})
    yield _daemon(namespace)


def _settings(cluster: Cluster, logstash: str) -> dict[str, object]:
    site = cluster.site
    whose = {"add_kubernetes_metadata": {"host": "${NODE_NAME}"}}
    place = {
        "add_fields": {
            "target": "",
            "fields": {
                "cloud.region": site.region,
                "labels.platform": site.platform,
                "labels.environment": site.environment,
            },
        }
    }
    return {
        "filebeat.inputs": [
            {
                "type": "filestream",
                "id": "containers",
                "paths": ["/var/log/containers/*.log"],
                "prospector.scanner.symlinks": True,
                "parsers": [{"container": {}}],
                "processors": [whose],
            }
        ],
        "processors": [place],
        "http.enabled": True,
        "http.host": "0.0.0.0",
        "output.logstash": {"hosts": [logstash], "loadbalance": True},
    }


def _daemon(namespace: str) -> Object:
    return make(
        ("apps/v1", "DaemonSet"),
        NAME,
        namespace,
        labels=LABELS,
        annotations=skipped(
            **OTHERS_IMAGE,
            CKV_K8S_23="the machine's files are root's",
            CKV_K8S_40="the same",
            CKV_K8S_25="it reads files of every container, and may do nothing else of root's",
            CKV_K8S_38="it asks whose container it reads",
        ),
        spec={
            "selector": {"matchLabels": LABELS},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "serviceAccountName": NAME,
                    "tolerations": [{"operator": "Exists"}],
                    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                    "containers": [_container()],
                    "volumes": [
                        {"name": "settings", "configMap": {"name": NAME, "defaultMode": 0o440}},
                        {"name": "varlog", "hostPath": {"path": "/var/log", "type": ""}},
                        {"name": "data", "hostPath": {"path": STATE, "type": "DirectoryOrCreate"}},
                    ],
                },
            },
        },
    )


def _container() -> dict[str, Any]:
    node = {"fieldRef": {"fieldPath": "spec.nodeName"}}
    settings = {"mountPath": "/etc/filebeat.yml", "subPath": "filebeat.yml", "readOnly": True}
    alive = {"httpGet": {"path": "/", "port": 5066}}
    return {
        "name": NAME,
        "image": IMAGE,
        "args": ["-c", "/etc/filebeat.yml", "-e"],
        "env": [{"name": "NODE_NAME", "valueFrom": node}],
        "securityContext": {
            "runAsUser": 0,  # the machine's files are root's
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"], "add": ["DAC_READ_SEARCH"]},
        },
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": "500m", "memory": "256Mi"},
        },
        "readinessProbe": alive,
        "livenessProbe": alive,
        "volumeMounts": [
            {"name": "settings", **settings},
            {"name": "varlog", "mountPath": "/var/log", "readOnly": True},
            {"name": "data", "mountPath": "/usr/share/filebeat/data"},
        ],
    }
