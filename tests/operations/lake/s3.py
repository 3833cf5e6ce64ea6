"""A moto server as S3, the AWS environment that finds it, and one that only refuses."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from groundplan.operations.lake.buckets import Buckets

SECRET = "wJalrXUtnFEMI-not-to-be-seen"
ZONES = {name: f"shop-{name}" for name in ("raw", "processed", "analytics")}
ZONES["quarantine"] = ZONES["raw"]


@contextmanager
def moto() -> Iterator[str]:
    """Its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def variables(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def enter(environment: pytest.MonkeyPatch, url: str) -> Any:
    """The environment of that S3; a client to look at it with."""
    for name, value in variables(url).items():
        environment.setenv(name, value)
    return boto3.client("s3", endpoint_url=url, region_name="us-east-1")


def emptied(client: Any) -> None:
    """Nothing but our buckets is there."""
    for bucket in client.list_buckets()["Buckets"]:
        name = bucket["Name"]
        for found in client.list_objects_v2(Bucket=name).get("Contents", ()):
            client.delete_object(Bucket=name, Key=found["Key"])
    for name in dict.fromkeys(ZONES.values()):
        client.create_bucket(Bucket=name)


def keys(client: Any, bucket: str, prefix: str = "zone=") -> list[str]:
    found = client.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [each["Key"] for each in found.get("Contents", ())]


def lake_in(folder: Path, owner: str = "shop-production") -> Buckets:
    return Buckets(folder / "lake", ZONES, owner)


@contextmanager
def refusing(status: int, code: str) -> Iterator[str]:
    """The address of an S3 that answers everything with one code."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            text = f"<Error><Code>{code}</Code><Message>no</Message></Error>".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_GET = do_PUT = do_HEAD = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing is said."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
