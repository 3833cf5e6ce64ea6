"""How a sink is reached: packed letters, an authority of one's own, a proxy in between."""

import datetime
import ipaddress
import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from operations.observe.sinks.receivers import receiving

from groundplan.agent.keepers.reach import Reach, Unusable, client, postman, reach
from groundplan.operations.observe.sinks.elasticsearch import Elasticsearch
from groundplan.operations.observe.sinks.form import Doc, Form, Said
from groundplan.operations.observe.sinks.otlp import Otlp
from groundplan.operations.observe.sinks.sender import AwayError
from groundplan.operations.observe.sinks.splunk import Splunk

DOCS = [Doc(id=f"d-{n}", at=1.0, klass="audit", ecs={"message": f"n{n}"}) for n in range(50)]


def sent(found: Reach, form: Form | None = None) -> Said:
    """What fifty records are answered with."""
    with client(found) as line:
        letter = (form or Elasticsearch(found.url, found.token)).letter(DOCS)
        return postman(line, found)(letter)


def test_a_secret_is_an_address_and_what_it_takes_to_get_there(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(authority(tmp_path)[0])
    assert reach("https://logs:9200\n", tmp_path) == Reach(url="https://logs:9200")
    secret = "https://logs tok=en== ca=ca.pem proxy=http://me:pw@out:3128 gzip=no"
    found = reach(secret, tmp_path)
    assert (found.token, found.proxy, found.is_packed) == (
        "tok=en==",
        "http://me:pw@out:3128",
        False,
    )
    assert found.ca.startswith("-----BEGIN CERTIFICATE")
    assert "tok=en" not in repr(found) + str(found)
    assert "me:pw" not in repr(found)


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("", "holds no address"),
        ("logs:9200 s3cret", "holds no address"),
        ("http://logs s3cret proxy=out:3128", "names a proxy that does not start"),
        ("http://logs s3cret gzip=maybe", "neither gzip=no nor gzip=yes"),
        ("http://logs s3cret ca=nowhere.pem", "holds no certificate: No such file"),
        ("http://logs s3cret ca=text", "holds no certificate"),
    ],
)
def test_one_that_leads_nowhere_says_why(secret: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no certificate")
    with pytest.raises(Unusable, match=why) as refused:
        reach(secret, tmp_path)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    "form",
    [lambda u: Elasticsearch(u, ""), lambda u: Splunk(u, "t", "c"), lambda u: Otlp(u, "")],
    ids=["elasticsearch", "splunk", "otlp"],
)
def test_letters_are_packed(form: object) -> None:
    with receiving() as receiver:
        for is_packed in (True, False):
            found = Reach(url=receiver.url, is_packed=is_packed)
            assert sent(found, form(receiver.url)).status == 200  # type: ignore[operator]
    packed, plain = receiver.headers
    assert (packed["Content-Encoding"], plain.get("Content-Encoding")) == ("gzip", None)
    assert int(packed["Content-Length"]) * 3 < int(plain["Content-Length"])
    assert set(receiver.came.values()) == {2}, "unpacked they are the same"


def test_who_takes_no_gzip_is_asked_once() -> None:
    with receiving() as receiver:
        found = Reach(url=receiver.url)
        receiver.mood = lambda path, body: (
            (415, b"") if receiver.headers[-1].get("Content-Encoding") else None
        )
        letter = Elasticsearch(found.url, "").letter(DOCS)
        with client(found) as line:
            post = postman(line, found)
            assert [post(letter).status for _ in range(2)] == [200, 200]
    assert [each.get("Content-Encoding") for each in receiver.headers] == ["gzip", None, None]


def authority(folder: Path) -> tuple[bytes, ssl.SSLContext]:
    """An authority's certificate, and a server that has one of it."""
    own, its = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca, server = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("ours", "logs")
    )
    now = datetime.datetime.now(datetime.UTC)

    def signed(name: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_ca: bool) -> bytes:
        here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        return (
            x509.CertificateBuilder()
            .issuer_name(ca)
            .subject_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
            .add_extension(here, critical=False)
            .sign(own, hashes.SHA256())
            .public_bytes(serialization.Encoding.PEM)
        )

    secret = its.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = folder / "server.pem"
    chain.write_bytes(secret + signed(server, its, is_ca=False))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return signed(ca, own, is_ca=True), context


def test_an_authority_of_ones_own_is_trusted_when_it_is_named(tmp_path: Path) -> None:
    pem, context = authority(tmp_path)
    (tmp_path / "ca.pem").write_bytes(pem)
    with receiving(context) as receiver:
        with pytest.raises(AwayError, match="certificate is not trusted; add ca=FILE"):
            sent(reach(receiver.url, tmp_path))
        found = reach(f"{receiver.url} ca=ca.pem", tmp_path)
        assert sent(found).status == 200
        (tmp_path / "ca.pem").write_bytes(authority(tmp_path)[0])
        renewed = reach(f"{receiver.url} ca=ca.pem", tmp_path)
        assert renewed != found, "whoever looks sees a new one"
        with pytest.raises(AwayError, match="not trusted"):
            sent(renewed)


class Proxy(ThreadingHTTPServer):
    """A proxy, and what it was asked: POST to an address or CONNECT, and with whose name."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Proxied)
        self.asked: list[str] = []


class _Proxied(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Proxy

    def do_CONNECT(self) -> None:
        self._note()
        host, _, port = self.path.partition(":")
        with socket.create_connection((host, int(port)), timeout=5) as other:
            self.send_response(200)
            self.end_headers()
            pairs = {self.connection: other, other: self.connection}
            while ready := select.select(list(pairs), [], [], 2)[0]:
                for each in ready:
                    data = each.recv(65536)
                    if not data:
                        return
                    pairs[each].sendall(data)
        self.close_connection = True

    def do_POST(self) -> None:
        self._note()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kept = {k: v for k, v in self.headers.items() if not k.lower().startswith("proxy-")}
        with client(Reach(url="")) as line:
            answer = line.post(self.path, content=body, headers=kept)
        self.send_response(answer.status_code)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def _note(self) -> None:
        self.server.asked.append(f"{self.command} {self.headers.get('Proxy-Authorization', '')}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing is said."""


@contextmanager
def proxying() -> Iterator[tuple[str, list[str]]]:
    """Where a proxy is, and what it was asked."""
    with Proxy() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", server.asked
        server.shutdown()


def test_a_proxy_stands_in_between(tmp_path: Path) -> None:
    pem, context = authority(tmp_path)
    (tmp_path / "ca.pem").write_bytes(pem)
    with proxying() as (place, asked), receiving() as plain, receiving(context) as safe:
        assert sent(reach(f"{plain.url} proxy=http://me:pw@{place}", tmp_path)).status == 200
        assert sent(reach(f"{safe.url} ca=ca.pem proxy=http://{place}", tmp_path)).status == 200
        assert len(plain.kept) == len(safe.kept) == 50
    assert asked == ["POST Basic bWU6cHc=", "CONNECT "]


def test_a_proxy_that_is_away_is_told_of_without_its_password(tmp_path: Path) -> None:
    with receiving() as receiver:
        found = reach(f"{receiver.url} proxy=http://me:pw@127.0.0.1:1", tmp_path)
        with pytest.raises(AwayError) as away:
            sent(found)
    assert "pw" not in str(away.value)
    assert not receiver.kept
