"""Rules of routes and of what receives them: they lead somewhere that exists and is healthy."""

from collections.abc import Iterator

from groundplan.checks.delivery.rollouts import CANARY, STRATEGY, step_path
from groundplan.checks.reading import counted, listed
from groundplan.checks.rule import Problem, rule
from groundplan.checks.subject import Subject
from groundplan.errors import Nature, Severity
from groundplan.spec.mesh import Destination, HttpRule
from groundplan.spec.platform import Platform

SHOWN_MAX = 4


@rule(
    "DEL008",
    severity=Severity.CRITICAL,
    nature=Nature.CONTRADICTION,
    statement="A route has hosts, and each of its rules has a destination.",
    why="Istio refuses the whole route: HTTP route, redirect or direct_response is required",
    source="Istio, VirtualService validation",
)
def routes_lead_somewhere(subject: Subject) -> Iterator[Problem]:
    mesh = subject.platform.mesh
    for number, route in enumerate(mesh.routes if mesh else ()):
        path = f"mesh.routes[{number}]"
        leading = [index for index, item in enumerate(route.http) if item.route]
        for index, item in enumerate(route.http):
            if not item.route:
                said = f"{path}.http[{leading[0]}].route" if leading else path
                yield Problem(
                    path=f"{path}.http[{index}]",
                    also=(said,),
                    message=f"rule {index + 1} of {len(route.http)} matches {_matched(item)} and"
                    " leads nowhere" + ("; the destinations stand in another" if leading else ""),
                    try_="write match and route in one item, beneath one dash",
                )
        if not route.hosts:
            yield Problem(
                path=f"{path}.name",
                also=tuple(f"{path}.http[{index}].route[0].destination" for index in leading[:1]),
                message=f"the route {route.name} has 0 hosts: no request is for it",
                try_=f'add hosts: ["{route.name}"]',
            )


def _matched(item: HttpRule) -> str:
    paths = [match.uri.prefix or match.uri.exact for match in item.match]
    named = [path for path in paths if path]
    return listed(named) if named else "every path"


@rule(
    "DEL009",
    severity=Severity.HIGH,
    nature=Nature.CONTRADICTION,
    statement="Every host and subset that a route names is defined.",
    why="requests to a subset that nothing defines are answered with 503",
    source="Istio, DestinationRule; istioctl analyze IST0101",
)
def destinations_are_defined(subject: Subject) -> Iterator[Problem]:
    mesh, services = subject.platform.mesh, subject.platform.services
    shown = list(services)[:SHOWN_MAX]
    missing: dict[str, dict[str, str]] = {}
    for path, to in _destinations(subject.platform):
        if services and to.host not in services:
            yield Problem(
                path=f"{path}.host",
                also=tuple(f"services.{name}" for name in shown[:1]),
                message=f"no service is called {to.host}; the file has"
                f" {counted(len(services), 'service')}, such as {listed(shown)}",
                try_=f"write host: {shown[0]}, or add the service",
            )
        elif mesh and to.subset and to.subset not in mesh.subsets.get(to.host, {}):
            missing.setdefault(to.host, {}).setdefault(to.subset, f"{path}.subset")
    for host, subsets in missing.items():
        first, *others = subsets.values()
        labels = ", ".join(f"{subset}: {{version: {subset}}}" for subset in subsets)
        yield Problem(
            path=first,
            also=(*others, f"services.{host}.labels" if host in services else "mesh"),
            message=f"routes go to {counted(len(subsets), 'subset')} of {host} that nothing"
            f" defines: {listed(subsets)}",
            try_=f"add {host}: {{{labels}}} to mesh.subsets",
        )


def _destinations(platform: Platform) -> Iterator[tuple[str, Destination]]:
    for number, route in enumerate(platform.mesh.routes if platform.mesh else ()):
        for item, http in enumerate(route.http):
            for place, target in enumerate(http.route):
                path = f"mesh.routes[{number}].http[{item}].route[{place}].destination"
                yield path, target.destination


@rule(
    "DEL010",
    severity=Severity.HIGH,
    nature=Nature.UNBACKED,
    statement="What is rolled out says how its health is seen.",
    why="a replica gets traffic before it can serve, and a broken version counts as healthy",
    source="Kubernetes, liveness, readiness and startup probes",
)
def releases_have_probes(subject: Subject) -> Iterator[Problem]:
    strategy, canary = subject.platform.deployment_strategy, subject.platform.canary_deployment
    if not (strategy or canary):
        return
    named = [key for key, name, _ in strategy.steps if "health" in name] if strategy else []
    where = step_path(named[0]) if named else STRATEGY if strategy else CANARY
    for name, service in subject.platform.services.items():
        if "health" not in service.model_fields_set:
            yield Problem(
                path=f"services.{name}",
                also=(where,),
                message=f"releases of {name} wait for its health, and it names 0 probes",
                try_=f"add health: {{live: /healthz, ready: /readyz}} to services.{name}",
            )


@rule(
    "DEL019",
    severity=Severity.LOW,
    nature=Nature.STALE,
    statement="API versions of Kubernetes and Istio are current.",
    why="an upgrade of the cluster refuses what it served the day before",
    source="Kubernetes deprecation guide; Istio releases",
)
def api_versions_are_current(subject: Subject) -> Iterator[Problem]:
    mesh = subject.platform.mesh
    if mesh is None:
        return
    written = [("mesh.api_version", mesh.api_version or "")]
    written += [
        (f"mesh.routes[{index}].api_version", route.api_version)
        for index, route in enumerate(mesh.routes)
    ]
    for path, version in written:
        row = subject.facts.deprecation("kubernetes-api", version)
        if row:
            state = "served beside a newer one" if row.status == "served" else row.status
            yield Problem(
                path=path,
                message=f"{version} is {state} since {row.since}",
                try_=f"use {row.instead}",
                facts=(str(row.fact),),
            )


@rule(
    "DEL020",
    severity=Severity.MEDIUM,
    nature=Nature.CONTRADICTION,
    statement="Values of environment variables are text.",
    why="Kubernetes refuses the manifest: EnvVar.value is a string, and true is not one",
    source="Kubernetes API, EnvVar",
)
def variables_are_text(subject: Subject) -> Iterator[Problem]:
    mesh = subject.platform.mesh
    for index, variable in enumerate(mesh.pilot.env if mesh else ()):
        if not isinstance(variable.value, str):
            is_truth = isinstance(variable.value, bool)
            written = str(variable.value).lower() if is_truth else str(variable.value)
            kind = "a truth value" if is_truth else "a number"
            yield Problem(
                path=f"mesh.pilot.env[{index}].value",
                also=(f"mesh.pilot.env[{index}].name",),
                message=f"variable {index + 1}, {variable.name}, is {kind} ({written}) and no text",
                try_=f'put quotes around it: value: "{written}"',
            )
