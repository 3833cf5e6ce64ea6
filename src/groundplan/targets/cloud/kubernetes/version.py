"""version.yaml: the one file that a release changes, as a patch that kustomize applies.

It is written once and then left alone: which version runs is a fact of git, not of the file.
"""

from collections.abc import Iterator

from groundplan.targets.cloud.design.workload import Workload
from groundplan.targets.cloud.files import File, header
from groundplan.targets.cloud.kubernetes.objects import Object
from groundplan.targets.cloud.kubernetes.pods import VERSION_LABEL
from groundplan.targets.cloud.yaml_text import listing

FILE = "version.yaml"
KUSTOMIZATION = "kustomization.yaml"
_IMAGE = "/spec/template/spec/containers/0/image"
_LABEL = f"/spec/template/metadata/labels/{VERSION_LABEL.replace('/', '~1')}"


def version(workload: Workload, folder: str) -> File:
    """The patch, with the version of the platform file as its first content."""
    head = header(
        f"services.{workload.name}.version",
        more="A release is a change of the two values here; groundplan writes this file once.",
    )
    changes = [
        {"op": "replace", "path": path, "value": value}
        for path, value in ((_IMAGE, workload.image), (_LABEL, workload.version))
    ]
    return File(
        path=f"{folder}/{FILE}",
        text=head + listing(changes),
        environment=workload.site.environment,
        is_kept=True,
    )


def kustomization(files: Iterator[str] | list[str], *, patches_version: bool) -> Object:
    """What `kubectl apply -k` and Argo CD read: the files beside it."""
    found: dict[str, object] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(files),
    }
    if patches_version:
        found["patches"] = [{"path": FILE, "target": {"kind": "(Rollout|Deployment|Job)"}}]
    return found
