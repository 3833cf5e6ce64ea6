"""Who is asked around the steps of a release, as analyses of Argo Rollouts.

An answer 2xx is a yes; Argo Rollouts also wants it to be JSON (`{}` is enough). Everything else is
an error of the measurement, asked again ten seconds later: for a day where the file says hold, else
as often as the file says, and then the release goes back.
"""

from collections.abc import Iterable, Iterator

from groundplan.spec.rollout import Webhook
from groundplan.targets.cloud.design.release import BlueGreen, Canary, Words
from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.kubernetes import names
from groundplan.targets.cloud.kubernetes.objects import Kind, Object, make
from groundplan.targets.cloud.kubernetes.secrets import Remote, environment_secret, fetched

HELD = 8640  # times ten seconds
TOKEN = "token"  # the key in the secret hook-NAME, and the argument


def steps(workload: Workload, hooks: Iterable[Webhook], weight: int) -> Iterator[Object]:
    """One step for each that is asked."""
    for hook in hooks:
        yield {
            "analysis": {
                "templates": [{"templateName": names.hook(workload, hook.name)}],
                "args": [{"name": "weight", "value": str(weight)}],
            }
        }


def before_the_flip(workload: Workload, smoke: str, words: Words) -> Object:
    """All at once has one step: who is asked before it, is asked beside the smoke tests."""
    asked = [{"templateName": names.hook(workload, each.name)} for each in words.at("before-step")]
    found: dict[str, object] = {"templates": [{"templateName": smoke}, *asked]}
    return {**found, "args": [{"name": "weight", "value": "100"}]} if asked else found


def objects(workload: Workload) -> Iterator[Object]:
    """A template for each, and the secret of those that want a token."""
    if not isinstance(workload.release, Canary | BlueGreen):
        return
    hooks = workload.release.words.hooks
    for token in dict.fromkeys(hook.token for hook in hooks if hook.token):
        yield _secret(workload, token)
    for hook in hooks:
        yield _template(workload, hook)


def _template(workload: Workload, hook: Webhook) -> Object:
    args: list[Object] = [{"name": "weight"}]
    headers = [{"key": "Content-Type", "value": "application/json"}]
    if hook.token:
        secret = {"secretKeyRef": {"name": _secret_name(workload, hook.token), "key": TOKEN}}
        args.append({"name": TOKEN, "valueFrom": secret})
        headers.append({"key": "Authorization", "value": f"Bearer {{{{args.{TOKEN}}}}}"})
    is_held = hook.on_refusal == "hold"
    metric = {
        "name": "yes",
        "count": 1,
        "successCondition": "true",
        "consecutiveErrorLimit": HELD if is_held else hook.retries,
        "provider": {
            "web": {
                "url": hook.url,
                "method": "POST",
                "timeoutSeconds": max(1, round(hook.timeout.seconds)),
                "headers": headers,
                "jsonBody": {
                    "service": workload.name,
                    "when": hook.when,
                    "regions": [workload.site.region],
                    "environment": workload.site.environment,
                    "weight": "{{args.weight}}",
                },
            }
        },
    }
    return make(
        ("argoproj.io/v1alpha1", "AnalysisTemplate"),
        names.hook(workload, hook.name),
        workload.namespace,
        labels=workload.labels,
        spec={"args": args, "metrics": [metric]},
    )


def _secret(workload: Workload, token: str) -> Object:
    remote = environment_secret(workload.site, f"hook-{token}")
    values = {TOKEN: Remote(secret=remote, value=TOKEN)}
    name, space = _secret_name(workload, token), workload.namespace
    return fetched(name, space, values, labels=workload.labels)


def _secret_name(workload: Workload, token: str) -> str:
    return f"{workload.name}-hook-{names.slug(token)}"


KIND = Kind(file="webhooks.yaml", sections=("deployment_strategy",), objects=objects)
