"""Every Kubernetes object is accepted by the strict schema of its kind, and slips are seen."""

import gzip
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from targets.cloud.rendering import MVLBIM, ROOT, UNRELATED, objects, rendered, tree

DATA = ROOT / "tests" / "data" / "kubernetes"
KUBERNETES = "1.34"
PLATFORMS = [MVLBIM, *UNRELATED]
SITE = re.compile(r"(production-us-east-1|bakery|live-eu-north-1|production-us-west-2)[/.]")


@cache
def schema(kind: str) -> Any:
    """The validator of a custom kind; None for Kubernetes' own."""
    if kind == "autoscaling.k8s.io/v1/VerticalPodAutoscaler":
        found = json.loads((DATA / "vertical_pod_autoscaler.json").read_text())
    else:
        found = json.loads(gzip.decompress((DATA / "crd_schemas.json.gz").read_bytes())).get(kind)
    return jsonschema.Draft7Validator(found) if found else None


def kind_of(item: dict[str, Any]) -> str:
    return f"{item['apiVersion']}/{item['kind']}"


def problems(item: dict[str, Any]) -> Iterator[str]:
    validator = schema(kind_of(item))
    if validator is not None:
        yield from (f"{list(e.path)}: {e.message[:200]}" for e in validator.iter_errors(item))
        return
    try:
        kubernetes_validate.validate(item, KUBERNETES, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield str(error)[:300]


@pytest.mark.parametrize("path", PLATFORMS, ids=lambda path: path.parent.name + path.stem)
def test_every_custom_object_is_accepted(path: Path) -> None:
    custom = [(name, item) for name, item in objects(path) if schema(kind_of(item))]
    assert len(custom) >= 10
    assert [(name, p) for name, item in custom for p in problems(item)] == []


@pytest.mark.parametrize("path", PLATFORMS, ids=lambda path: path.parent.name + path.stem)
def test_every_object_of_kubernetes_itself_is_accepted(path: Path) -> None:
    """At one site of each platform: all sites have the same kinds, and the validator is slow."""
    own = [
        (name, item)
        for name, item in objects(path)
        if not schema(kind_of(item)) and (SITE.search(name) or path.stem == "bakery")
    ]
    assert len(own) >= 6
    assert [(name, p) for name, item in own for p in problems(item)] == []


@pytest.mark.parametrize(
    ("kind", "where", "slip"),
    [
        ("Rollout", ("spec",), {"stratgy": {}}),
        ("NodePool", ("spec", "template", "spec"), {"expireafter": "1h"}),
        ("Service", ("spec",), {"ports": [{"port": "http"}]}),
        ("VerticalPodAutoscaler", ("spec", "updatePolicy"), {"updateMode": "Sometimes"}),
        ("VirtualService", ("spec",), {"http": [{"route": [{"destination": {}}]}]}),
    ],
)
def test_a_slip_is_seen(kind: str, where: tuple[str, ...], slip: dict[str, Any]) -> None:
    item = next(item for _, item in objects(MVLBIM) if item["kind"] == kind)
    below = item
    for key in where:
        below = below[key]
    below.update(slip)
    assert list(problems(item))


def test_names_are_told_apart() -> None:
    """No two objects of a cluster have one kind, namespace and name."""
    for path in PLATFORMS:
        seen: dict[tuple[str, ...], str] = {}
        for name, item in objects(path):
            site = next(iter(re.findall(r"(?:apps/[^/]+|clusters|bootstrap)/([a-z0-9-]+)", name)))
            namespace = item["metadata"].get("namespace", "")
            key = (site, kind_of(item), namespace, item["metadata"]["name"])
            assert key not in seen, f"{key} in {name} and {seen[key]}"
            seen[key] = name


def test_what_refers_to_an_object_finds_it() -> None:
    """Inside of a service's folder, by name."""
    for path in PLATFORMS:
        for folder in {file.path.rpartition("/")[0] for file in rendered(path)}:
            if not folder.startswith("gitops/apps/"):
                continue
            items = [item for name, item in objects(path) if name.startswith(f"{folder}/")]
            names = {(item["kind"], item["metadata"]["name"]) for item in items}
            text = yaml.safe_dump(items)
            for analysis in re.findall(r"templateName: (\S+)", text):
                assert ("AnalysisTemplate", analysis) in names
            for service in re.findall(r"(?:canary|stable|active|preview)Service: (\S+)", text):
                assert ("Service", service) in names
            for account in re.findall(r"serviceAccountName: (\S+)", text):
                assert ("ServiceAccount", account) in names


def test_no_credential_stands_in_any_file() -> None:
    for path in PLATFORMS:
        for _, item in objects(path):
            assert item["kind"] != "Secret"
    text = "".join(tree(MVLBIM).values())
    text = text.replace("postgres:test@localhost", "")  # the pipeline's own throw-away database
    assert not re.search(r"password\w*\s*[:=]\s*\"|AKIA[0-9A-Z]{16}|://[^/\s:@]+:[^/\s:@$]+@", text)


@pytest.mark.skipif(not shutil.which("checkov"), reason="checkov is not on this machine")
def test_checkov_finds_nothing_without_a_reason(tmp_path: Path) -> None:
    for name, text in tree(MVLBIM).items():
        if name.startswith("gitops/") and "production-us-east-1" in name:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
    told = subprocess.run(
        ["checkov", "-d", ".", "--framework", "kubernetes", "--compact", "--quiet"],
        env={**os.environ, "BC_SKIP_MAPPING": "TRUE"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "Failed checks: 0" in told.stdout, told.stdout


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl is not on this machine")
@pytest.mark.parametrize("path", PLATFORMS, ids=lambda path: path.parent.name + path.stem)
def test_kustomize_builds_each_folder(path: Path, tmp_path: Path) -> None:
    """One folder of each sort, with a released version."""
    for name, text in tree(path).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    folders = [p.parent for p in sorted(tmp_path.rglob("kustomization.yaml"))]
    chosen = {str(folder.parent): folder for folder in folders}
    for folder in chosen.values():
        version = folder / "version.yaml"
        if version.exists():
            lines = version.read_text().splitlines()
            changed = [f"{line.partition('value:')[0]}value: released" for line in lines]
            is_value = ["value:" in line for line in lines]
            both = zip(lines, changed, is_value, strict=True)
            version.write_text("\n".join(new if is_it else old for old, new, is_it in both))
        built = subprocess.run(
            ["kubectl", "kustomize", str(folder)], capture_output=True, text=True, timeout=10
        )
        assert built.returncode == 0, built.stderr
        if version.exists():
            assert "image: released" in built.stdout
            assert "app.kubernetes.io/version: released" in built.stdout
