"""The design document: each of its blocks loads as it is written, and document.yaml holds it."""

import re
from pathlib import Path

import pytest
import yaml

from groundplan.checks.catalogue import catalogue
from groundplan.spec.compose import compose
from groundplan.spec.load import Source, load, value_of
from groundplan.spec.nodes import Path as Path_
from groundplan.spec.nodes import Scalar, walk
from groundplan.spec.platform import Platform
from groundplan.spec.services import SecretRef

ROOT = Path(__file__).parent.parent.parent
DOCUMENT = ROOT / "tests" / "golden" / "spec" / "document.md"
EXAMPLE = ROOT / "examples" / "mvlbim"
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
WORKFLOW = next(block for block in BLOCKS if "GitHub Actions" in block)
MANIFESTS = [block for block in BLOCKS if "apiVersion" in block]
SECTIONS = [block for block in BLOCKS if block is not WORKFLOW and block not in MANIFESTS]
REASON = re.compile(r"# (?:Added|Changed)(?: \([A-Z]{3}\d{3}(?:, [A-Z]{3}\d{3})*\))?: \S")
FEWEST = "platform: pasted\nregions: {americas: {primary: us-east-1}}\n"


def values(text: str) -> dict[str, object]:
    """What is written, with numbers in the characters that were used."""
    root, notes = compose(text, "pasted")
    assert not notes
    written: dict[str, object] = value_of(root)
    return written


def manifests(index: int) -> list[dict[str, object]]:
    return list(yaml.safe_load_all(MANIFESTS[index]))


@pytest.fixture(scope="module")
def document() -> Platform:
    return load(EXAMPLE / "document.yaml").platform


def test_the_document_has_fourteen_blocks_of_yaml() -> None:
    assert (len(BLOCKS), len(SECTIONS), len(MANIFESTS)) == (14, 11, 2)


@pytest.mark.parametrize("block", SECTIONS, ids=lambda block: block.splitlines()[0])
def test_a_block_pasted_from_the_document_loads(block: str, tmp_path: Path) -> None:
    text = block if "regions:\n  americas" in block else FEWEST + block
    text = text if "platform:" in text else f"platform: pasted\n{text}"
    (tmp_path / "platform.yaml").write_text(text)
    load(tmp_path / "platform.yaml")


@pytest.mark.parametrize("block", SECTIONS, ids=lambda block: block.splitlines()[0])
def test_document_yaml_holds_the_values_of_the_block(block: str) -> None:
    whole = values((EXAMPLE / "document.yaml").read_text())
    for key, value in values(block).items():
        assert whole[key] == value
        assert str(whole[key]) == str(value)


def test_document_yaml_holds_the_workflow() -> None:
    whole = values((EXAMPLE / "document.yaml").read_text())
    assert whole["pipeline"] == values(WORKFLOW)


def test_the_workflow_keeps_its_events_under_on(document: Platform) -> None:
    assert document.pipeline is not None
    assert document.pipeline.on == {
        "push": {"branches": ["main", "develop"]},
        "pull_request": {"branches": ["main"]},
    }
    assert tuple(document.pipeline.jobs) == ("test", "build", "deploy")
    assert document.pipeline.jobs["build"].needs == ("test",)


def test_the_service_has_the_facts_of_the_deployment(document: Platform) -> None:
    config, deployment = manifests(0)
    service = document.services["mvlbim-api"]
    text = str(deployment)
    assert deployment["metadata"] == {"name": "mvlbim-api"}
    assert f"'replicas': {service.replicas}" in text
    assert f"'containerPort': {service.port}" in text
    assert f"'name': '{service.container}', 'image': '{service.image}'" in text
    assert str(dict(service.labels)) in text
    secret = service.env["DATABASE_URL"]
    assert isinstance(secret, SecretRef)
    assert f"'secretKeyRef': {{'name': '{secret.secret}', 'key': '{secret.key}'}}" in text
    for amounts in (service.resources.requests, service.resources.limits):
        assert f"{{'memory': '{amounts.memory}', 'cpu': '{amounts.cpu}'}}" in text
    assert config["metadata"] == {"name": service.config_name}
    assert config["data"] == service.config


def test_the_mesh_has_the_facts_of_istio(document: Platform) -> None:
    operator, virtual = manifests(1)
    mesh = document.mesh
    assert mesh is not None
    assert operator == {
        "apiVersion": mesh.api_version,
        "kind": "IstioOperator",
        "metadata": {"name": mesh.name},
        "spec": {
            "values": {"global": {"meshID": mesh.mesh_id, "network": mesh.network}},
            "components": {"pilot": {"k8s": {"env": [dict(item) for item in mesh.pilot.env]}}},
        },
    }
    route = mesh.routes[0]
    written = route.model_dump(exclude_unset=True)
    assert virtual["apiVersion"] == route.api_version
    assert virtual["metadata"] == {"name": route.name}
    assert str(virtual["spec"]) == str({"http": [*written["http"]]}).replace("(", "[").replace(
        ",)", "]"
    ).replace(")", "]")


def test_the_terraform_block_is_in_terraform_and_environments(document: Platform) -> None:
    block = re.search(r"```hcl\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    assert block is not None
    hcl = re.sub(r" +", " ", block[1])
    terraform = document.terraform
    assert terraform is not None
    assert terraform.backend is not None
    assert f'required_version = "{terraform.required_version}"' in hcl
    provider = terraform.required_providers["aws"]
    assert f'source = "{provider.source}"\n version = "{provider.version}"' in hcl
    for key, value in terraform.backend.s3.model_dump(exclude_unset=True).items():
        assert f"{key} = {'true' if value is True else chr(34) + str(value) + chr(34)}\n" in hcl
    assert tuple(document.environments) == ("dev", "staging", "production")
    for name, environment in document.environments.items():
        assert (
            f'{name} = {{\n instance_type = "{environment.instance_type}"\n'
            f" min_capacity = {environment.min_capacity}\n"
            f" max_capacity = {environment.max_capacity}\n"
        ) in hcl


def test_the_roadmap_and_the_stack_are_the_document_s(document: Platform) -> None:
    text = DOCUMENT.read_text()
    assert len(document.implementation_timeline) == 3
    for phase in document.implementation_timeline:
        tasks = "\n".join(f"- [ ] {task}" for task in phase.tasks)
        assert f"### {phase.name} (Months {phase.months})\n{tasks}\n" in text
    for area, products in document.technology_stack.items():
        lines = "\n".join(f"- **{name}**: {product}" for name, product in products.items())
        assert f"### {area}\n{lines}\n" in text


def test_every_quantity_prints_the_way_it_was_written() -> None:
    source = load(EXAMPLE / "document.yaml")
    platform = source.platform
    assert platform.disaster_recovery is not None
    assert platform.kpis is not None
    assert platform.kpis.performance is not None
    assert str(platform.disaster_recovery.rto) == "4 hours"
    assert str(platform.kpis.performance.api_response_time) == "< 200ms (p95)"
    dumped = platform.model_dump(mode="json", exclude_unset=True)
    written = values((EXAMPLE / "document.yaml").read_text())
    for name in ("kpis", "retention", "disaster_recovery", "backup", "waf", "cost_monitoring"):
        assert dumped[name] == written[name]


def test_each_change_of_platform_yaml_says_why() -> None:
    old = texts((EXAMPLE / "document.yaml").read_text())
    new = texts((EXAMPLE / "platform.yaml").read_text())
    lines = (EXAMPLE / "platform.yaml").read_text().splitlines()
    changed = {path for path, (text, _) in new.items() if path not in old or old[path][0] != text}
    assert ("primary_database", "multi_az") in changed
    assert not [path for path in changed if not has_reason(lines, new[path][1])]


def test_the_rules_that_reasons_name_exist() -> None:
    text = (EXAMPLE / "platform.yaml").read_text()
    reasons = re.findall(r"# (?:Added|Changed|Left out) \(([^)]*)\)", text)
    named = {rule for reason in reasons for rule in reason.split(", ")}
    assert len(named) > 90
    assert named <= {rule.id for rule in catalogue()}


def texts(text: str) -> dict[Path_, tuple[str, int]]:
    """Each plain value and its line, by path."""
    root, _ = compose(text, "file")
    scalars = ((path, node) for path, node in walk(root) if isinstance(node, Scalar))
    return {path: (node.text, node.mark.line) for path, node in scalars}


def has_reason(lines: list[str], line: int) -> bool:
    """Whether "Added" or "Changed" stands above in the same paragraph, not further indented. It
    may name the rules that asked for it."""
    indent = len(lines[line - 1]) - len(lines[line - 1].lstrip())
    for above in reversed(lines[: line - 1]):
        here = len(above) - len(above.lstrip())
        if REASON.match(above.lstrip()) and here <= indent:
            return True
        if not above.strip():
            break
    return False


@pytest.mark.parametrize("environment", ["dev", "staging", "production"])
def test_platform_yaml_loads_in_each_environment(environment: str) -> None:
    source: Source = load(EXAMPLE / "platform.yaml", environment)
    assert source.environment == environment
    replicas = {"dev": 1, "staging": 2, "production": 3}
    assert source.platform.services["mvlbim-api"].replicas == replicas[environment]


def test_platform_yaml_asks_only_for_regions_that_it_has() -> None:
    platform = load(EXAMPLE / "platform.yaml").platform
    known = {name for geography in platform.regions.values() for name in geography.names}
    assert platform.primary_database is not None
    replicas = platform.primary_database.read_replicas
    assert replicas is not None
    assert set(replicas.regions) < known
    assert replicas.count == len(replicas.regions) == 5
