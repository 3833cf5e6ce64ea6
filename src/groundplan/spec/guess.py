"""What somebody may have meant by a key that the file does not have."""

from collections.abc import Collection
from difflib import get_close_matches

from groundplan.spec.nodes import Path
from groundplan.spec.outline import fields_of, homes, section_at
from groundplan.spec.section import Section

_FOREIGN_TOP = {
    "apiVersion": "a Kubernetes manifest's facts go into services: (Deployment, ConfigMap) "
    "or mesh: (IstioOperator, VirtualService)",
    "kind": "a Kubernetes manifest's facts go into services: or mesh:",
    "metadata": "a Kubernetes manifest's facts go into services: or mesh:",
    "spec": "a Kubernetes manifest's facts go into services: or mesh:",
    "data": "a ConfigMap's data goes into services: <name>: config:",
    "jobs": "a GitHub Actions workflow goes beneath one key: pipeline:",
    "on": "a GitHub Actions workflow goes beneath one key: pipeline:",
    "name": "the platform's name is written platform: <name>; a workflow goes beneath pipeline:",
    "required_version": "Terraform's own facts go into terraform:",
    "required_providers": "Terraform's own facts go into terraform:",
    "locals": "locals.environments is written environments:",
    "global": "a Prometheus configuration goes beneath one key: prometheus:",
    "scrape_configs": "a Prometheus configuration goes beneath one key: prometheus:",
}
_FOREIGN = {
    "valueFrom": "a secret is written {secret: <its name>, key: <its key>}",
    "secretKeyRef": "a secret is written {secret: <its name>, key: <its key>}",
}
_SAME = {
    "containerPort": "port",
    "ports": "port",
    "configMap": "config",
    "environment": "env",
    "args": "command",
    "entrypoint": "command",
    "workdir": "directory",
    "working_directory": "directory",
    "cwd": "directory",
    "livenessProbe": "health",
    "readinessProbe": "health",
    "terminationGracePeriodSeconds": "drain",
    "database": "primary_database",
    "postgres": "primary_database",
    "redis": "cache_layer",
    "cache": "cache_layer",
    "workflow": "pipeline",
    "dr": "disaster_recovery",
    "firewall": "waf",
    "tracing": "jaeger",
    "monitoring": "prometheus",
    "istio": "mesh",
    "budget": "cost_monitoring",
    "canary": "canary_deployment",
    "lake": "data_lake",
}


def key_meant(root: type[Section], path: Path) -> tuple[str | None, str | None]:
    """For an unknown key: (a key of the same section, None), or (None, where it belongs)."""
    key = str(path[-1])
    section = section_at(root, path[:-1])
    known = tuple(fields_of(section)) if section else ()
    if len(path) == 1 and key in _FOREIGN_TOP:
        return None, _FOREIGN_TOP[key]
    if key in _FOREIGN:
        return None, _FOREIGN[key]
    if _SAME.get(key) in known:
        return _SAME[key], None
    close = close_to(key, known, cutoff=0.8)
    if close:
        return close, None
    home = _home(root, path)
    if home is not None:
        return None, f"{key} belongs to {home or 'the top of the file'}"
    return close_to(key, known, cutoff=0.7), None


def _home(root: type[Section], path: Path) -> str | None:
    """The one section beside this one that has the key; from the top, the one section below."""
    found = homes(root).get(str(path[-1]), ())
    if len(path) == 1:
        is_in_one = len({home.partition(".")[0] for home in found}) == 1
        return min(found, key=len) if is_in_one else None
    above = ".".join(str(key) for key in path[:-2])
    beside = [home for home in found if home.rpartition(".")[0] == above]
    return beside[0] if len(beside) == 1 else None


def close_to(word: str, known: Collection[str], cutoff: float = 0.6) -> str | None:
    """The known word that is most like this one."""
    small = {name.casefold(): name for name in known}
    close = get_close_matches(word[:80].casefold(), sorted(small), n=1, cutoff=cutoff)
    return small[close[0]] if close else None
