"""Who is told of releases, by the notifications of Argo Rollouts.

Slack and webhooks are told at an address, PagerDuty by its key; both come out of the secret store
and stand in no file. Argo Rollouts tells at most once and tries thrice: who has to hear of it for
sure asks the object. It calls each pause one, so `asks` also tells of those that end by time.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from groundplan.design.notifications import Means, Receiver
from groundplan.targets.cloud.design.cluster import Cluster
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes.objects import Kind, Object
from groundplan.targets.cloud.kubernetes.secrets import Remote, environment_secret, fetched
from groundplan.targets.cloud.yaml_text import document, listing

NAMESPACE = "argo-rollouts"
SECRET = "argo-rollouts-notification-secret"  # the name that Argo Rollouts reads
PAGER = "pagerdutyv2"
VALUE = "value"  # the key in each secret notify-NAME
EVENTS = {
    "began": ("on-rollout-updated", "begins", "info"),
    "asks": ("on-rollout-paused", "pauses", "warning"),
    "failed": ("on-rollout-aborted", "was taken back", "critical"),
    "done": ("on-rollout-completed", "has reached everybody", "info"),
}
_NAME = "{{.rollout.metadata.name}}"


def told(receivers: tuple[Receiver, ...]) -> tuple[Receiver, ...]:
    """Those who hear of releases."""
    return tuple(each for each in receivers if not each.kinds or "release" in each.kinds)


def subscriptions(workload: Workload) -> dict[str, str]:
    """The annotations of a rollout: who hears of which of its events."""
    return {
        f"notifications.argoproj.io/subscribe.{EVENTS[moment][0]}.{_service(each)}": (
            each.slug if each.means is Means.PAGERDUTY else ""
        )
        for each in told(workload.receivers)
        for moment in each.moments
    }


def values(cluster: Cluster) -> Mapping[str, Any]:
    """What the chart writes into its ConfigMap; empty when nobody is told."""
    receivers = told(cluster.receivers)
    if not receivers:
        return {}
    return {
        "notifications": {
            "configmap": {"create": True},
            "notifiers": dict(_notifiers(receivers)),
            "templates": {
                f"template.{name.removeprefix('on-')}": document(
                    _template(cluster, receivers, words, severity)
                )
                for name, words, severity in EVENTS.values()
            },
            "triggers": {
                f"trigger.{name}": listing([{"send": [name.removeprefix("on-")]}])
                for name, _, _ in EVENTS.values()
            },
        }
    }


def _notifiers(receivers: tuple[Receiver, ...]) -> Iterator[tuple[str, str]]:
    pagers = {each.slug: f"${each.secret}" for each in receivers if each.means is Means.PAGERDUTY}
    if pagers:
        yield f"service.{PAGER}", document({"serviceKeys": pagers})
    for each in receivers:
        if each.means is not Means.PAGERDUTY:
            header = {"name": "Content-Type", "value": "application/json"}
            body = {"url": f"${each.secret}", "headers": [header]}
            yield f"service.webhook.{each.slug}", document(body)


def _template(
    cluster: Cluster, receivers: tuple[Receiver, ...], words: str, severity: str
) -> dict[str, Any]:
    where = f"{cluster.site.environment}, {cluster.site.region}"
    sentence = f"release of {_NAME} ({where}) {words}"
    hooks = {
        each.slug: {"method": "POST", "body": _body(each, sentence, words)}
        for each in receivers
        if each.means is not Means.PAGERDUTY
    }
    page = {"summary": sentence, "severity": severity, "source": cluster.site.cluster}
    has_pager = any(each.means is Means.PAGERDUTY for each in receivers)
    return {
        "message": sentence,
        **({"webhook": hooks} if hooks else {}),
        **({PAGER: page} if has_pager else {}),
    }


def _body(receiver: Receiver, sentence: str, words: str) -> str:
    if receiver.means is Means.SLACK:
        return f'{{"text": "{sentence}"}}'
    return f'{{"service": "{_NAME}", "what": "{words}", "summary": "{sentence}"}}'


def _service(receiver: Receiver) -> str:
    return PAGER if receiver.means is Means.PAGERDUTY else receiver.slug


def objects(cluster: Cluster) -> Iterator[Object]:
    """The secret with everybody's address or key."""
    receivers = told(cluster.receivers)
    if not receivers or not any(workload.is_rollout for workload in cluster.workloads):
        return
    values = {
        each.secret: Remote(secret=environment_secret(cluster.site, each.secret), value=VALUE)
        for each in receivers
    }
    yield fetched(SECRET, NAMESPACE, values, wave=None)


KIND = Kind(file="notifications.yaml", sections=("notifications",), objects=objects)
