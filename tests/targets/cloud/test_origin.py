"""Whoever comes past the edge is not answered; and a region's firewall is joined to a balancer."""

import re
from pathlib import Path
from typing import Any

import yaml
from targets.cloud.rendering import MVLBIM, PLATFORMS, objects, tree

HERE = "gitops/clusters/production-us-east-1/objects"


def one(path: Path, file: str, kind: str) -> dict[str, Any]:
    """The only object of a kind in a file."""
    (found,) = (o for name, o in objects(path) if name == f"{HERE}/{file}" and o["kind"] == kind)
    return found


def without(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    """mvlbim's file with some of it changed."""
    text = MVLBIM.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file = tmp_path / "platform.yaml"
    file.write_text(text)
    return file


CHECK = ("  origin_check: client_certificate\n", "")


def test_the_gateway_asks_for_the_edges_certificate() -> None:
    encrypted, plain = one(MVLBIM, "mesh.yaml", "Gateway")["spec"]["servers"]
    assert encrypted["tls"]["mode"] == "MUTUAL"
    assert plain["tls"] == {"httpsRedirect": True}
    name = encrypted["tls"]["caCertCredentialName"]
    authority = yaml.safe_load(tree(MVLBIM)["gitops/edge-authority/authority.yaml"])
    assert (authority["kind"], authority["metadata"]["name"]) == ("ConfigMap", name)
    # The secret of a gateway is looked for beside the gateway.
    assert authority["metadata"]["namespace"] == "istio-ingress"
    listed = yaml.safe_load(tree(MVLBIM)[f"{HERE}/kustomization.yaml"])["resources"]
    assert "../../../edge-authority" in listed


def test_until_somebody_has_written_the_authority_nobody_is_let_in() -> None:
    authority = yaml.safe_load(tree(MVLBIM)["gitops/edge-authority/authority.yaml"])
    assert authority["data"] == {"ca.crt": ""}


def test_without_the_check_everybody_is_answered(tmp_path: Path) -> None:
    file = without(tmp_path, CHECK)
    assert one(file, "mesh.yaml", "Gateway")["spec"]["servers"][0]["tls"]["mode"] == "SIMPLE"
    assert not any("edge-authority" in f"{name}{text}" for name, text in tree(file).items())
    assert "shows_certificate = false" in tree(file)["terraform/live/edge/main.tf"].replace(
        "  ", ""
    )


def test_a_regions_firewall_is_joined_to_the_balancer_in_front_of_the_gateway(
    tmp_path: Path,
) -> None:
    file = without(tmp_path, CHECK, ("runs_at: edge", "runs_at: region"))
    ingress = one(file, "balancer.yaml", "Ingress")
    told = {key.partition("/")[2]: word for key, word in ingress["metadata"]["annotations"].items()}
    root = tree(file)["terraform/live/production/us-east-1/main.tf"]
    call = root.partition('module "waf" {')[2].partition("}")[0]
    assert re.search(r'name += "mvlbim-production-us-east-1"', call)
    assert told["wafv2-acl-name"] == "mvlbim-production-us-east-1"
    assert told["backend-protocol"] == "HTTPS"
    # It names no host when it speaks TLS to the gateway.
    assert one(file, "mesh.yaml", "Gateway")["spec"]["servers"][0]["hosts"] == ["*"]
    gateway = next(o for _, o in objects(file) if o["metadata"]["name"] == "istio-ingress")
    service = gateway["spec"]["source"]["helm"]["valuesObject"]["service"]
    assert service == {"type": "ClusterIP"}  # one balancer, not two


def test_what_balancers_ask_for_has_a_controller_that_makes_them() -> None:
    for path in (MVLBIM, PLATFORMS / "clinic.yaml"):
        names = {o["metadata"]["name"] for _, o in objects(path) if o["kind"] == "Application"}
        assert {"istio-ingress", "aws-load-balancer-controller"} <= names
