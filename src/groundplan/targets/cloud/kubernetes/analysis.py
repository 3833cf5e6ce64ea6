"""AnalysisTemplates: the file's gates as Argo Rollouts asks them.

No number is neither good nor bad: a query without a value, or one of 0/0, counts as inconclusive,
and a release that stays inconclusive waits for a person.
"""

from collections.abc import Iterator, Sequence

from groundplan.targets.cloud.design.release import BlueGreen, Canary, Gate
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes import names
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.queries import gate_query, requests_query

PROMETHEUS = "http://kube-prometheus-stack-prometheus.monitoring.svc.cluster.local:9090"
HAS_VALUE = "len(result) > 0 && !isNaN(result[0])"
WINDOW = "2m"
WAITED_MINUTES_MAX = 1440  # for requests; a night is long
HASH_ARGUMENT = {"name": "hash"}


def objects(workload: Workload) -> Iterator[Object]:
    """What the steps of the service's release refer to."""
    match workload.release:
        case Canary(min_requests=requests):
            if workload.gates:
                measured = [_metric(workload, gate) for gate in workload.gates]
                yield _template(workload, names.gates(workload), measured)
            if requests:
                yield _enough(workload)
        case BlueGreen(monitor_seconds=seconds):
            yield _smoke(workload)
            if workload.gates and seconds:
                count = max(1, seconds // 60)
                measured = [{**_metric(workload, gate), "count": count} for gate in workload.gates]
                yield _template(workload, names.after(workload), measured)


def _template(workload: Workload, name: str, metrics: Sequence[Object], *args: Object) -> Object:
    return make(
        ("argoproj.io/v1alpha1", "AnalysisTemplate"),
        name,
        workload.namespace,
        labels=workload.labels,
        spec={"args": [HASH_ARGUMENT, *args], "metrics": list(metrics)},
    )


def _metric(workload: Workload, gate: Gate) -> Object:
    return {
        "name": gate.metric.replace("_", "-"),
        "initialDelay": "1m",
        "interval": "1m",
        "successCondition": f"{HAS_VALUE} && result[0] < {gate.keeps:g}",
        "failureCondition": f"{HAS_VALUE} && result[0] >= {gate.breaks:g}",
        "failureLimit": 1,
        "inconclusiveLimit": 5,
        "consecutiveErrorLimit": 4,
        "provider": _prometheus(gate_query(workload, gate, WINDOW)),
    }


def _enough(workload: Workload) -> Object:
    """Waits; it fails nobody. Counters begin with the pods, so their sum is the canary's own."""
    metric = {
        "name": "requests",
        "interval": "1m",
        "count": WAITED_MINUTES_MAX,
        "consecutiveSuccessLimit": 1,
        "failureLimit": -1,
        "successCondition": f"{HAS_VALUE} && result[0] >= {{{{args.requests}}}}",
        "provider": _prometheus(requests_query(workload)),
    }
    return _template(workload, names.enough(workload), [metric], {"name": "requests"})


def _smoke(workload: Workload) -> Object:
    """The side without traffic answers; anything but 2xx is an error of the measurement."""
    is_flipped = not getattr(workload.release, "weights", ())
    side = names.preview(workload) if is_flipped else names.canary(workload)
    url = f"http://{side}.{workload.namespace}.svc.cluster.local:{workload.written.port}"
    metric = {
        "name": "answers",
        "count": 3,
        "interval": "10s",
        "successCondition": "true",
        "provider": {"web": {"url": f"{url}{workload.written.health.ready}", "timeoutSeconds": 5}},
    }
    return make(
        ("argoproj.io/v1alpha1", "AnalysisTemplate"),
        names.smoke(workload),
        workload.namespace,
        labels=workload.labels,
        spec={"metrics": [metric]},
    )


def _prometheus(query: str) -> Object:
    return {"prometheus": {"address": PROMETHEUS, "query": query}}


KIND = Kind(
    file="analysis.yaml",
    sections=("canary_deployment", "deployment_strategy"),
    objects=objects,
)
