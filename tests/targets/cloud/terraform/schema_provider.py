"""A provider that knows the schemas of hashicorp/aws and nothing else.

Terraform attaches to it through TF_REATTACH_PROVIDERS and so validates, plans and tests modules
without the provider's program. What only AWS would know is unknown in a plan, and made up in data.
"""

import gzip
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import msgpack
from targets.cloud.terraform.wire import first, message

ADDRESS = "registry.terraform.io/hashicorp/aws"
NESTING = {"single": 1, "list": 2, "set": 3}
UNKNOWN = msgpack.ExtType(0, b"\x00")
Schema = dict[str, Any]


def attribute(name: str, schema: Schema) -> bytes:
    """Required, or optional and computed; `only` the provider sets some."""
    return message(
        (1, name),
        (2, json.dumps(schema["type"])),
        (4, schema["required"]),
        (5, not schema["required"] and not schema.get("only")),
        (6, schema["computed"]),
    )


def block(schema: Schema) -> bytes:
    """A block with the blocks in it."""
    own = [(2, attribute(name, each)) for name, each in sorted(schema["attributes"].items())]
    inner = [
        (
            3,
            message(
                (1, name),
                (2, block(each)),
                (3, NESTING[each["nesting"]]),
                (4, each["min"]),
                (5, each["max"]),
            ),
        )
        for name, each in sorted(schema["blocks"].items())
    ]
    return message(*own, *inner)


class Provider:
    """Answers for a set of schemas; every request and answer is bytes."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self.schemas = {_terraform_name(name): schema for name, schema in schemas.items()}

    def get_schema(self, request: bytes, context: object) -> bytes:
        def entry(field: int, name: str, schema: Schema) -> tuple[int, bytes]:
            return field, message((1, name), (2, message((2, block(schema)))))

        entries = [
            entry(2 if name.startswith("aws_") else 3, name.removeprefix("data."), schema)
            for name, schema in self.schemas.items()
            if name != "provider"
        ]
        return message((1, message((2, block(self.schemas["provider"])))), *entries)

    def nothing(self, request: bytes, context: object) -> bytes:
        return b""

    def prepare(self, request: bytes, context: object) -> bytes:
        return message((1, first(request, 1)))

    def plan(self, request: bytes, context: object) -> bytes:
        """What nobody sets is known after the apply."""
        name = first(request, 1).decode()
        proposed = unpacked(first(request, 3))
        planned = filled(proposed, self.schemas[name], UNKNOWN) if proposed else proposed
        return message((1, packed(planned)), (5, True))

    def read_data(self, request: bytes, context: object) -> bytes:
        """What AWS would answer is made up, by its kind."""
        name = first(request, 1).decode()
        state = filled(unpacked(first(request, 2)), self.schemas[f"data.{name}"], None)
        return message((1, packed(state)))


def filled(value: Any, schema: Schema, otherwise: Any) -> Any:
    """A value in which everything that only the provider sets is set; None: by its kind."""
    if not isinstance(value, dict):
        return value
    found = dict(value)
    for name, each in schema["attributes"].items():
        if each["computed"] and found.get(name) is None:
            found[name] = otherwise if otherwise is not None else _made_up(name, each["type"])
    for name, each in schema["blocks"].items():
        inner = found.get(name)
        if isinstance(inner, list):
            found[name] = [filled(item, each, otherwise) for item in inner]
        elif isinstance(inner, dict):
            found[name] = filled(inner, each, otherwise)
    return found


def _made_up(name: str, kind: Any) -> Any:
    match kind:
        case "string":
            return {"json": "{}", "account_id": "123456789012", "region": "eu-west-1"}.get(
                name, name
            )
        case "number":
            return 1
        case "bool":
            return False
        case ["map", _]:
            return {}
        case [_, _]:
            return []
    return None


def unpacked(dynamic: bytes) -> Any:
    return msgpack.unpackb(first(dynamic, 1), ext_hook=msgpack.ExtType, strict_map_key=False)


def packed(value: Any) -> bytes:
    return message((1, msgpack.packb(value)))


def _terraform_name(name: str) -> str:
    if name == "provider":
        return name
    is_data = name.startswith("data-aws-")
    plain = name.removeprefix("data-aws-").replace("-", "_")
    return f"data.aws_{plain}" if is_data else f"aws_{plain}"


@contextmanager
def attached(schemas: Path, folder: Path) -> Iterator[dict[str, str]]:
    """The provider on a socket in a folder; the variables that make Terraform attach to it."""
    provider = Provider(json.loads(gzip.decompress(schemas.read_bytes())))
    methods = {
        "GetSchema": provider.get_schema,
        "PrepareProviderConfig": provider.prepare,
        "ValidateResourceTypeConfig": provider.nothing,
        "ValidateDataSourceConfig": provider.nothing,
        "Configure": provider.nothing,
        "PlanResourceChange": provider.plan,
        "ReadDataSource": provider.read_data,
        "Stop": provider.nothing,
    }
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(method) for name, method in methods.items()
    }
    socket = folder / "provider.sock"
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("tfplugin5.Provider", handlers),)
        )
        server.add_insecure_port(f"unix:{socket}")
        server.start()
        reattach = {
            "Protocol": "grpc",
            "ProtocolVersion": 5,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "unix", "String": str(socket)},
        }
        try:
            yield {"TF_REATTACH_PROVIDERS": json.dumps({ADDRESS: reattach})}
        finally:
            server.stop(None).wait(5)
