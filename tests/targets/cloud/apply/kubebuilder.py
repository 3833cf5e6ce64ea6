"""A real API server of one's own: etcd and kube-apiserver from the folder KUBEBUILDER_ASSETS.

They are the programs that envtest downloads (`setup-envtest use -p path`). No controller runs, so
objects are taken and nothing comes of them, which is all that a dry run needs.
"""

import socket
import ssl
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

CONTEXT, TOKEN = "kubebuilder", "of-a-test"
READY_SECONDS = 60
NO_KEY = serialization.NoEncryption()


@contextmanager
def started(assets: Path, folder: Path) -> Iterator[Path]:
    """Its kubeconfig, once it is ready."""
    store, peers, secure = free_port(), free_port(), free_port()
    with ExitStack() as stack:
        stack.enter_context(running([str(assets / "etcd"), *etcd(folder, store, peers)], folder))
        words = [str(assets / "kube-apiserver"), *api_server(folder, store, secure)]
        process = stack.enter_context(running(words, folder))
        until_ready(f"https://127.0.0.1:{secure}/readyz", process, folder)
        yield kubeconfig(folder, secure)


def etcd(folder: Path, port: int, peers: int) -> list[str]:
    client, peer = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{peers}"
    return [
        f"--data-dir={folder / 'etcd'}",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        "--unsafe-no-fsync",
    ]


def api_server(folder: Path, store: int, secure: int) -> list[str]:
    key = folder / "accounts.key"
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    formats = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    key.write_bytes(made.private_bytes(*formats, NO_KEY))
    tokens = folder / "tokens.csv"
    tokens.write_text(f'{TOKEN},me,me,"system:masters"\n')
    return [
        f"--etcd-servers=http://127.0.0.1:{store}",
        f"--cert-dir={folder / 'certificates'}",
        "--bind-address=127.0.0.1",
        f"--secure-port={secure}",
        "--service-account-issuer=https://localhost",
        f"--service-account-key-file={key}",
        f"--service-account-signing-key-file={key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        f"--token-auth-file={tokens}",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
    ]


def kubeconfig(folder: Path, port: int) -> Path:
    server = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
    path = folder / "kubeconfig"
    told = {
        "current-context": CONTEXT,
        "clusters": [{"name": "here", "cluster": server}],
        "users": [{"name": "me", "user": {"token": TOKEN}}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": "here", "user": "me"}}],
    }
    path.write_text(yaml.safe_dump(told))
    return path


@contextmanager
def running(words: list[str], folder: Path) -> "Iterator[subprocess.Popen[bytes]]":
    with (folder / "output").open("ab") as output:
        process = subprocess.Popen(words, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
            process.wait()


def until_ready(address: str, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {TOKEN}"})
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with suppress(OSError):
            urllib.request.urlopen(asked, timeout=2, context=trusting).close()
            return
        is_over = process.poll() is not None or time.monotonic() > deadline
        assert not is_over, (folder / "output").read_text()[-2000:]
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
