"""Objects for a cluster, sent as server-side applies: harmless twice, and tried dry first.

Which cluster is meant the team's kubeconfig says, and how to get in is its business.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from httpx2 import HTTPError
from lightkube import ApiError, Client
from lightkube.config.kubeconfig import KubeConfig
from lightkube.core.exceptions import ConfigError
from lightkube.generic_resource import create_global_resource, create_namespaced_resource

from groundplan.errors import TargetError

MANAGER = "groundplan"
WORDS_MAX = 400
Object = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Access:
    """A cluster, and a context of a kubeconfig that leads to it."""

    name: str
    context: str
    client: Client

    def send(self, item: Object, *, is_dry: bool, namespace: str | None = None) -> Object:
        """What the cluster makes of an object, or would. TargetError when it refuses.

        Fields that somebody else owns are taken over: the rendered file is what counts.
        """
        where = item["metadata"].get("namespace")
        given = {"namespace": namespace or where} if where else {}
        client: Any = self.client  # its overloads cannot tell a kind that is made at run time
        try:
            made = client.apply(
                resource(item).from_dict(dict(item)),
                field_manager=MANAGER,
                force=True,
                dry_run=is_dry,
                **given,
            )
        except ApiError as error:
            raise self._refused(item, error) from error
        except (HTTPError, ConfigError, OSError) as error:
            raise self._silent(item, error) from error

        found: Object = made.to_dict()
        return found

    def find(self, item: Object) -> Object | None:
        """The object as it is there."""
        metadata = item["metadata"]
        where = {"namespace": metadata["namespace"]} if "namespace" in metadata else {}
        client: Any = self.client
        try:
            found: Object = client.get(resource(item), metadata["name"], **where).to_dict()
        except ApiError as error:
            if error.status.code == 404:
                return None
            raise self._refused(item, error) from error
        except (HTTPError, ConfigError, OSError) as error:
            raise self._silent(item, error) from error
        return found

    def _silent(self, item: Object, error: Exception) -> TargetError:
        return TargetError(
            part=self.name,
            doing=f"send {title(item)}",
            why=f"the cluster does not answer: {str(error)[:WORDS_MAX]}",
            try_=f"kubectl --context {self.context} get --raw /readyz",
            retry=True,
        )

    def _refused(self, item: Object, error: ApiError) -> TargetError:
        """A cluster tells what it has against an object, and not what is in it."""
        code = error.status.code
        why, try_ = (error.status.message or str(error))[:WORDS_MAX], "mend the file, render again"
        if code in (401, 403):
            try_ = f"kubectl --context {self.context} auth can-i patch {kind_of(item)}"
        elif code == 404:
            try_ = f"what knows {item['apiVersion']} has to be installed first (Argo CD: once)"
        return TargetError(
            part=self.name, doing=f"send {title(item)}", why=why, try_=try_, retry=False
        )


def is_as_wanted(there: Object | None, wanted: Object) -> bool:
    """Whether a dry run would change nothing: but for what the cluster itself counts and notes."""
    return there is not None and _said(there) == _said(wanted)


def _said(item: Object) -> dict[str, Any]:
    metadata = item.get("metadata", {})
    kept = {key: metadata.get(key) for key in ("name", "namespace", "labels", "annotations")}
    rest = {key: value for key, value in item.items() if key not in ("metadata", "status")}
    return {**rest, "metadata": kept}


def access(name: str, variables: Mapping[str, str], home: Path) -> Access | None:
    """To the cluster of a name; None when the kubeconfig knows none. TargetError if it is wrong.

    `aws eks update-kubeconfig` calls a context by the cluster's ARN, people by its name.
    """
    written = variables.get("KUBECONFIG", "").split(os.pathsep)[0]
    path = Path(written) if written else home / ".kube" / "config"
    if not path.is_file():
        return None
    try:
        known = KubeConfig.from_file(path)
        contexts = [each for each in known.contexts if each.rpartition("/")[2] == name]
        if not contexts:
            return None
        client = Client(config=known.get(contexts[0]), field_manager=MANAGER)
    except (ConfigError, yaml.YAMLError, OSError, LookupError, TypeError) as error:
        raise TargetError(
            part=str(path),
            doing=f"find the cluster {name}",
            why=f"it cannot be read: {str(error)[:WORDS_MAX]}",
            try_="kubectl config view",
        ) from error
    return Access(name, contexts[0], client)


def resource(item: Object) -> Any:
    """The kind of an object, as its API calls it."""
    return _kind(str(item["apiVersion"]), kind_of(item), "namespace" in item["metadata"])


@cache
def _kind(api: str, kind: str, is_namespaced: bool) -> Any:
    """Each may be made once in a process."""
    group, _, version = api.rpartition("/")
    make = create_namespaced_resource if is_namespaced else create_global_resource
    return make(group, version, kind, plural_of(kind))


def kind_of(item: Object) -> str:
    """Application"""
    return str(item["kind"])


def title(item: Object) -> str:
    """Application argocd/cluster"""
    name = item["metadata"]["name"]
    namespace = item["metadata"].get("namespace")
    return f"{kind_of(item)} {namespace}/{name}" if namespace else f"{kind_of(item)} {name}"


def plural_of(kind: str) -> str:
    """NetworkPolicy: networkpolicies, StorageClass: storageclasses, Gateway: gateways."""
    name = kind.lower()
    if name.endswith("y") and name[-2] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}es" if name.endswith(("s", "x", "ch")) else f"{name}s"
