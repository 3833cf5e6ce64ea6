"""The shape of Envoy's files: typed resources, files that it watches, and their versions."""

import hashlib
from collections.abc import Iterable
from typing import Any

import yaml

from groundplan.design.parts import Gateway

Shape = dict[str, Any]  # a piece of Envoy's configuration, as its documentation writes it

LISTENERS = "live/listeners.yaml"
CLUSTERS = "live/clusters.yaml"
ROUTES = "live/routes.yaml"
LOG = "/dev/stdout"  # one name for all that is logged, or Envoy would mix up its own lines
_HEAD = "# {name}, rendered by groundplan: the next `groundplan up` overwrites edits.\n"


def cluster_name(service: str, subset: str) -> str:
    """What Envoy calls the replicas of one subset; it is also their name in its metrics."""
    return f"{service}/{subset}"


def endpoints_file(service: str, subset: str) -> str:
    """Envoy takes one file of endpoints for each cluster."""
    return f"live/endpoints/{service}.{subset}.yaml"


def typed(type_name: str, /, **fields: Any) -> Shape:
    """A message that names its type."""
    return {"@type": f"type.googleapis.com/{type_name}", **fields}


def extension(name: str, type_name: str, /, **fields: Any) -> Shape:
    """An extension of Envoy with its configuration."""
    return {"name": name, "typed_config": typed(type_name, **fields)}


def watched(path: str) -> Shape:
    """A file that Envoy reads again when it is replaced; relative to where Envoy was started."""
    return {"path_config_source": {"path": path}, "resource_api_version": "V3"}


def document(gateway: Gateway, content: Shape) -> str:
    """A file of Envoy's."""
    text = yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False, width=100)
    return _HEAD.format(name=gateway.name) + text


def resources(gateway: Gateway, found: Iterable[Shape]) -> str:
    """A file of resources. Its version is what Envoy shows once it has taken the file."""
    content: Shape = {"resources": list(found)}
    version = hashlib.sha256(repr(content).encode()).hexdigest()[:12]
    return document(gateway, {"version_info": f"v-{version}", **content})


def version_in(text: str) -> str | None:
    """The version of a file that `resources` made."""
    for line in text.splitlines()[:3]:
        if line.startswith("version_info: "):
            return line.removeprefix("version_info: ")
    return None
