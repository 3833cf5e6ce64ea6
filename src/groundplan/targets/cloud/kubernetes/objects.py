"""What every object begins with, and what a module of a kind offers to the tree."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

FIRST, BEFORE_PODS = -2, -1  # what pods need comes before them
# Of an image that others publish.
OTHERS_IMAGE = {
    "CKV_K8S_43": "a version is pinned, and a mirror of the team's own would have a digest",
    "CKV_K8S_15": "a version of it never changes",
}
Object = Mapping[str, Any]
Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[Subject]):
    """One file of a service or of a cluster: its name, where it comes from, what is in it."""

    file: str
    sections: tuple[str, ...]
    objects: Callable[[Subject], Iterable[Object]]


def make(
    kind: tuple[str, str],
    name: str,
    namespace: str | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **body: Any,
) -> Object:
    """An object of an API version and kind. Empty parts are left out."""
    metadata: dict[str, Any] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = dict(labels)
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {"apiVersion": kind[0], "kind": kind[1], "metadata": metadata, **body}


def filled(**parts: Any) -> dict[str, Any]:
    """A mapping of the parts that hold something."""
    return {key: value for key, value in parts.items() if value not in (None, {}, [], (), "")}


def before(wave: int) -> dict[str, str]:
    """The annotation that has Argo CD wait for an object before it goes on."""
    return {"argocd.argoproj.io/sync-wave": str(wave)}


def skipped(**reasons: str) -> dict[str, str]:
    """Annotations with what checkov asks for and we do not do, and why: CKV_K8S_15="..."."""
    return {
        f"checkov.io/skip{number}": f"{check}={reason}"
        for number, (check, reason) in enumerate(reasons.items(), start=1)
    }
