"""PromQL: what the mesh counts of a service, of all its versions or of the one with a hash."""

from groundplan.targets.cloud.design.release import Gate
from groundplan.targets.cloud.design.workload import Workload

BY_HASH = "{{args.hash}}"
REQUESTS = "istio_requests_total"
DURATION = "istio_request_duration_milliseconds_bucket"


def of_service(workload: Workload, *more: str) -> str:
    """The labels of its requests, as the replica's own proxy counts them."""
    labels = (
        'reporter="destination"',
        f'destination_service_name="{workload.name}"',
        f'destination_service_namespace="{workload.namespace}"',
        *more,
    )
    return "{" + ",".join(labels) + "}"


def of_hash(workload: Workload, *more: str) -> str:
    """The same for pods of one version alone."""
    labels = (
        'reporter="destination"',
        f'destination_workload_namespace="{workload.namespace}"',
        f'rollouts_pod_template_hash="{BY_HASH}"',
        *more,
    )
    return "{" + ",".join(labels) + "}"


def error_share(selector: str, failed: str, window: str) -> str:
    """Failed requests as a share of all."""
    return (
        f"sum(rate({REQUESTS}{failed}[{window}]))\n/\nsum(rate({REQUESTS}{selector}[{window}]))\n"
    )


def quantile_seconds(selector: str, quantile: float, window: str) -> str:
    """How long requests took, in seconds."""
    return (
        f"histogram_quantile({quantile:g},\n"
        f"  sum by (le) (rate({DURATION}{selector}[{window}]))\n"
        f") / 1000\n"
    )


def gate_query(workload: Workload, gate: Gate, window: str) -> str:
    """What a gate compares."""
    match gate.metric:
        case "error_rate" if workload.written.counters is not None:
            counters = workload.written.counters
            failed, ended = (_of_pods(workload, each) for each in (counters.failed, counters.ended))
            return f"sum(rate({failed}[{window}]))\n/\nsum(rate({ended}[{window}]))\n"
        case "error_rate":
            failed = of_hash(workload, 'response_code=~"5.."')
            return error_share(of_hash(workload), failed, window)
        case "response_time":
            return quantile_seconds(of_hash(workload), gate.quantile, window)
        case "cpu_usage":
            return _of_limit(workload, "rate(container_cpu_usage_seconds_total%s[5m])", "cpu")
        case _:
            return _of_limit(workload, "container_memory_working_set_bytes%s", "memory")


def requests_query(workload: Workload) -> str:
    """How many the new version has had. Counters begin with the pods, so the sum is its own."""
    counters = workload.written.counters
    if counters is not None:
        return f"sum({_of_pods(workload, counters.ended)})\n"
    return f"sum({REQUESTS}{of_hash(workload)})\n"


def _of_pods(workload: Workload, counter: str) -> str:
    """What the pods of one version count themselves; the file's counter may have labels."""
    name, _, own = counter.rstrip().removesuffix("}").partition("{")
    pods = f'namespace="{workload.namespace}",rollouts_pod_template_hash="{BY_HASH}"'
    return f"{name}{{{own},{pods}}}" if own.strip() else f"{name}{{{pods}}}"


def _of_limit(workload: Workload, used: str, resource: str) -> str:
    """The fullest replica's use, as a share of its limit."""
    pods = (
        f'namespace="{workload.namespace}",pod=~"{workload.name}-{BY_HASH}-.*",'
        f'container="{workload.container}"'
    )
    limit = f'kube_pod_container_resource_limits{{{pods},resource="{resource}"}}'
    return f"max(\n  {used % ('{' + pods + '}')}\n  / on (pod) {limit}\n)\n"
