"""The certificate that the how-to makes opens a gateway, and nobody else's does: asked of Envoy,
which Istio's gateway is, with what `mode: MUTUAL` means to it."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from targets.cloud.rendering import ROOT

from groundplan.targets.local.processes.programs import ENVOY, find

PAGE = ROOT / "docs" / "how-to" / "to-the-cloud.md"
STARTS_SECONDS = 20


def commands() -> list[str]:
    """The page's own commands, up to where Cloudflare is told."""
    return re.findall(r"^openssl .*$", PAGE.read_text(), re.MULTILINE)


def made(folder: Path) -> Path:
    """A folder with an authority, and a certificate of it."""
    if not shutil.which("openssl"):
        pytest.skip("openssl is not on this machine")
    folder.mkdir()
    for command in commands():
        subprocess.run(["sh", "-c", command], cwd=folder, check=True, capture_output=True)
    return folder


def tls_of(authority: Path) -> dict[str, object]:
    """Who comes in needs a certificate of the authority."""
    return {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3"
        ".DownstreamTlsContext",
        "require_client_certificate": True,
        "common_tls_context": {
            "tls_certificates": [
                {
                    "certificate_chain": {"filename": str(authority / "edge.pem")},
                    "private_key": {"filename": str(authority / "edge.key")},
                }
            ],
            "validation_context": {"trusted_ca": {"filename": str(authority / "authority.pem")}},
        },
    }


def gateway(authority: Path, port: int) -> str:
    """A listener that asks for a certificate of the authority, and answers 200."""
    host = {
        "name": "all",
        "domains": ["*"],
        "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}],
    }
    answer = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3"
        ".HttpConnectionManager",
        "stat_prefix": "public",
        "route_config": {"virtual_hosts": [host]},
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
                },
            }
        ],
    }
    chain = {
        "transport_socket": {
            "name": "envoy.transport_sockets.tls",
            "typed_config": tls_of(authority),
        },
        "filters": [
            {"name": "envoy.filters.network.http_connection_manager", "typed_config": answer}
        ],
    }
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    listener = {"name": "public", "address": address, "filter_chains": [chain]}
    return yaml.safe_dump({"static_resources": {"listeners": [listener]}})


def answered(port: int, own: Path | None) -> str:
    """What a client is told that shows a certificate, or none."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if own:
        context.load_cert_chain(own / "edge.pem", own / "edge.key")
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
            context.wrap_socket(plain) as client,
        ):
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            told = client.recv(100).decode()
            return told.partition("\r\n")[0] or "refused: closed"
    except (ssl.SSLError, ConnectionError) as error:
        return f"refused: {error}"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A gateway with an authority of the how-to."""
    folder = made(tmp_path / "own")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    file = tmp_path / "envoy.yaml"
    file.write_text(gateway(folder, port))
    words = [str(find(ENVOY)), "-c", str(file), "--base-id", str(port), "--log-level", "off"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        ends = time.monotonic() + STARTS_SECONDS
        while time.monotonic() < ends:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port, folder
    finally:
        process.kill()
        process.wait(5)


@pytest.mark.timeout(60)
def test_only_the_edges_certificate_is_answered(served: tuple[int, Path], tmp_path: Path) -> None:
    port, own = served
    assert len(commands()) == 3
    assert answered(port, own) == "HTTP/1.1 200 OK"
    assert answered(port, None).startswith("refused")
    assert answered(port, made(tmp_path / "another")).startswith("refused")  # another's authority
