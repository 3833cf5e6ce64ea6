"""Objects reach a cluster as server-side applies; what it refuses is told, and no secret with it.

With KUBECONFIG or KUBEBUILDER_ASSETS a real API server tries every rendered object, dry. Without,
the path of the client runs against a server that knows schemas alone.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from targets.cloud.apply.api_server import Api, serving
from targets.cloud.apply.kubebuilder import started
from targets.cloud.rendering import MVLBIM, PLATFORMS, objects

from groundplan.errors import TargetError
from groundplan.targets.cloud.apply.kubernetes import Access, access, plural_of, title

NAME = "bakery-live-eu-north-1"
BAKERY = PLATFORMS / "bakery.yaml"
OBJECT: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "settings", "namespace": "shop"},
    "data": {"A": "1"},
}


@pytest.fixture
def api() -> Iterator[Api]:
    with serving() as found:
        yield found


def into(api: Api, folder: Path) -> Access:
    found = access(NAME, {"KUBECONFIG": str(api.kubeconfig(folder, NAME))}, folder)
    assert found is not None
    return found


def test_every_object_of_a_platform_is_taken_dry_and_nothing_is_made(
    api: Api, tmp_path: Path
) -> None:
    found = into(api, tmp_path)
    items = [item for _, item in objects(BAKERY)]
    for item in items:
        found.send(item, is_dry=True)
    assert len(items) > 15
    assert [is_dry for _, is_dry in api.asked] == [True] * len(items)
    assert api.objects == {}


@pytest.mark.parametrize(
    ("kind", "plural"),
    [
        ("NetworkPolicy", "networkpolicies"),
        ("Gateway", "gateways"),
        ("EC2NodeClass", "ec2nodeclasses"),
        ("VirtualService", "virtualservices"),
        ("Namespace", "namespaces"),
        ("PodDisruptionBudget", "poddisruptionbudgets"),
    ],
)
def test_kinds_are_called_as_the_api_calls_them(kind: str, plural: str) -> None:
    assert plural_of(kind) == plural


def test_an_object_is_made_once_and_found_again(api: Api, tmp_path: Path) -> None:
    found = into(api, tmp_path)
    assert found.find(OBJECT) is None
    for _ in range(2):
        found.send(OBJECT, is_dry=False)
    assert list(api.objects) == ["/api/v1/namespaces/shop/configmaps/settings"]
    there = found.find(OBJECT)
    assert there is not None
    assert there["data"] == {"A": "1"}


def test_a_slip_is_refused_by_name(api: Api, tmp_path: Path) -> None:
    with pytest.raises(TargetError, match="send ConfigMap shop/settings failed"):
        into(api, tmp_path).send({**OBJECT, "dtaa": {}}, is_dry=True)


@pytest.mark.parametrize(
    ("code", "try_"),
    [
        (401, "auth can-i patch ConfigMap"),
        (403, "auth can-i patch ConfigMap"),
        (404, "what knows v1 has to be installed first"),
        (409, "mend the file"),
    ],
)
def test_what_a_cluster_refuses_is_said_with_what_to_do(
    api: Api, tmp_path: Path, code: int, try_: str
) -> None:
    api.refusals.append((code, "no"))
    with pytest.raises(TargetError) as refusal:
        into(api, tmp_path).send(OBJECT, is_dry=False)
    assert (refusal.value.part, refusal.value.why) == (NAME, "no")
    assert try_ in refusal.value.try_
    assert "not-to-be-shown" not in str(refusal.value)


def test_a_cluster_that_does_not_answer_is_one_to_try_again(tmp_path: Path) -> None:
    with serving() as api:
        found = into(api, tmp_path)
    with pytest.raises(TargetError, match="the cluster does not answer") as refusal:
        found.send(OBJECT, is_dry=True)
    assert refusal.value.retry


def test_without_a_context_there_is_no_access(api: Api, tmp_path: Path) -> None:
    assert access(NAME, {}, tmp_path) is None
    path = str(api.kubeconfig(tmp_path, "another"))
    assert access(NAME, {"KUBECONFIG": path}, tmp_path) is None
    (tmp_path / "kubeconfig").write_text("{")
    with pytest.raises(TargetError, match="kubectl config view"):
        access(NAME, {"KUBECONFIG": path}, tmp_path)


def current(kubeconfig: Path) -> Access:
    """The current context. Nothing is made there: every call is dry."""
    context = yaml.safe_load(kubeconfig.read_text())["current-context"]
    name = str(context).rpartition("/")[2]
    found = access(name, {"KUBECONFIG": str(kubeconfig)}, kubeconfig)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    """A cluster that somebody has, or an API server of our own."""
    written, assets = os.environ.get("KUBECONFIG", ""), os.environ.get("KUBEBUILDER_ASSETS", "")
    if written and Path(written).is_file():
        yield current(Path(written))
    elif assets:
        with started(Path(assets), tmp_path_factory.mktemp("api")) as kubeconfig:
            yield current(kubeconfig)
    else:
        pytest.skip(
            "no API server has tried the rendered objects: set KUBECONFIG to one's file, or "
            "KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver"
        )


def refusals(found: Access, path: Path) -> tuple[list[str], set[str]]:
    """What a cluster has against a platform's objects, and the kinds that it does not know."""
    refused: list[str] = []
    unknown: set[str] = set()
    for name, item in objects(path):
        try:
            found.send(item, is_dry=True, namespace="default")  # its own is not there yet
        except TargetError as error:
            if "has to be installed first" in error.try_:
                unknown.add(f"{item['apiVersion']} {item['kind']}")
            else:
                refused.append(f"{name}: {title(item)}: {error.why}")
    return refused, unknown


@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", [MVLBIM, BAKERY], ids=lambda path: path.parent.name + path.stem)
def test_a_real_cluster_would_take_every_object(real: Access, path: Path) -> None:
    refused, unknown = refusals(real, path)
    assert refused == []
    if unknown:
        pytest.skip(f"every other kind is taken; the cluster has no {', '.join(sorted(unknown))}")


def test_the_test_above_tells_refusals_from_kinds_that_are_not_installed(
    api: Api, tmp_path: Path
) -> None:
    kubeconfig = api.kubeconfig(tmp_path, NAME)
    api.refusals += [(404, "page not found"), (422, "no such field")]
    refused, unknown = refusals(current(kubeconfig), BAKERY)
    assert (len(refused), len(unknown)) == (1, 1)
    assert refused[0].endswith(": no such field")
    assert all(is_dry for _, is_dry in api.asked)
