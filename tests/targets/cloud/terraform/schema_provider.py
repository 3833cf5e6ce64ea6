"""Providers that know the schemas of real ones and nothing else.

Terraform attaches to them through TF_REATTACH_PROVIDERS and so validates, plans and tests modules
without the providers' programs. What only a cloud would know is unknown in a plan, and made up in
data. Each speaks the protocol that the real one does: 6 has values with values in them.
"""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import msgpack
from targets.cloud.terraform.wire import first, message

REGISTRY = "registry.terraform.io"
NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}
UNKNOWN = msgpack.ExtType(0, b"\x00")
Schema = dict[str, Any]
Method = Callable[[bytes, object], bytes]


@dataclass(frozen=True, slots=True)
class Real:
    """A provider as it is named in the registry, and the version of the protocol that it speaks."""

    name: str
    address: str
    protocol: int


REAL = (
    Real("aws", f"{REGISTRY}/hashicorp/aws", 5),
    Real("azurerm", f"{REGISTRY}/hashicorp/azurerm", 5),
    Real("cloudflare", f"{REGISTRY}/cloudflare/cloudflare", 6),
)
METHODS = {
    5: (
        "GetSchema",
        "PrepareProviderConfig",
        "ValidateResourceTypeConfig",
        "ValidateDataSourceConfig",
        "Configure",
    ),
    6: (
        "GetProviderSchema",
        "ValidateProviderConfig",
        "ValidateResourceConfig",
        "ValidateDataResourceConfig",
        "ConfigureProvider",
    ),
}


def attribute(name: str, schema: Schema) -> bytes:
    """Required, or optional and computed; `only` the provider sets some."""
    if "nesting" in schema:
        return _value_with_values(name, schema)
    return message(
        (1, name),
        (2, json.dumps(schema["type"])),
        (4, schema["required"]),
        (5, not schema["required"] and not schema.get("only")),
        (6, schema["computed"]),
    )


def _value_with_values(name: str, schema: Schema) -> bytes:
    inner = [(1, attribute(key, each)) for key, each in sorted(schema["attributes"].items())]
    return message(
        (1, name),
        (10, message(*inner, (3, NESTING[schema["nesting"]]))),
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

    def __init__(self, name: str, schemas: dict[str, Schema]) -> None:
        self.name = name
        self.schemas = {_terraform_name(name, key): schema for key, schema in schemas.items()}

    def get_schema(self, request: bytes, context: object) -> bytes:
        def entry(field: int, name: str, schema: Schema) -> tuple[int, bytes]:
            return field, message((1, name), (2, message((2, block(schema)))))

        entries = [
            entry(3 if name.startswith("data.") else 2, name.removeprefix("data."), schema)
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

    def apply(self, request: bytes, context: object) -> bytes:
        """What was planned is there; what only a cloud would know is made up."""
        name = first(request, 1).decode()
        planned = unpacked(first(request, 3))
        done = known(planned, self.schemas[name]) if planned else planned
        return message((1, packed(done)), (4, True))

    def read(self, request: bytes, context: object) -> bytes:
        return message((1, first(request, 2)))

    def upgrade(self, request: bytes, context: object) -> bytes:
        return message((1, message((2, first(first(request, 3), 1)))))

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
            made = None if "nesting" in each else _made_up(name, each["type"])
            found[name] = otherwise if otherwise is not None else made
        elif "nesting" in each:
            found[name] = _inner(found.get(name), each, lambda v, s: filled(v, s, otherwise))
    for name, each in schema.get("blocks", {}).items():
        found[name] = _inner(found.get(name), each, lambda v, s: filled(v, s, otherwise))
    return found


def known(value: Any, schema: Schema) -> Any:
    """A planned value with what was unknown in it made up."""
    if not isinstance(value, dict):
        return value
    found = dict(value)
    for name, each in schema["attributes"].items():
        if isinstance(found.get(name), msgpack.ExtType):
            found[name] = None if "nesting" in each else _made_up(name, each["type"])
        elif "nesting" in each:
            found[name] = _inner(found.get(name), each, known)
    for name, each in schema.get("blocks", {}).items():
        found[name] = _inner(found.get(name), each, known)
    return found


def _inner(value: Any, schema: Schema, change: Callable[[Any, Schema], Any]) -> Any:
    """Each of the objects in a block or an attribute, changed."""
    if isinstance(value, list):
        return [change(item, schema) for item in value]
    if isinstance(value, dict) and schema["nesting"] == "map":
        return {key: change(item, schema) for key, item in value.items()}
    return change(value, schema)


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


def _terraform_name(provider: str, name: str) -> str:
    if name == "provider":
        return name
    is_data = name.startswith(f"data-{provider}-")
    plain = name.removeprefix(f"data-{provider}-").replace("-", "_")
    return f"data.{provider}_{plain}" if is_data else f"{provider}_{plain}"


def _methods(provider: Provider, protocol: int) -> dict[str, Method]:
    get_schema, of_provider, of_resource, of_data, configure = METHODS[protocol]
    return {
        get_schema: provider.get_schema,
        of_provider: provider.prepare if protocol == 5 else provider.nothing,
        of_resource: provider.nothing,
        of_data: provider.nothing,
        configure: provider.nothing,
        "UpgradeResourceState": provider.upgrade,
        "ReadResource": provider.read,
        "PlanResourceChange": provider.plan,
        "ApplyResourceChange": provider.apply,
        "ReadDataSource": provider.read_data,
        "Stop": provider.nothing,
        "StopProvider": provider.nothing,
    }


@contextmanager
def attached(schemas: Path, folder: Path) -> Iterator[dict[str, str]]:
    """The providers on sockets in a folder; the variables that make Terraform attach to them."""
    with ExitStack() as stack:
        sockets = {
            real.address: stack.enter_context(_served(real, schemas, folder)) for real in REAL
        }
        yield {"TF_REATTACH_PROVIDERS": json.dumps(sockets)}


@contextmanager
def _served(real: Real, schemas: Path, folder: Path) -> Iterator[dict[str, Any]]:
    packed_schemas = (schemas / f"{real.name}.json.gz").read_bytes()
    provider = Provider(real.name, json.loads(gzip.decompress(packed_schemas)))
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(method)
        for name, method in _methods(provider, real.protocol).items()
    }
    socket = folder / f"{real.name}.sock"
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool)
        service = f"tfplugin{real.protocol}.Provider"
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
        server.add_insecure_port(f"unix:{socket}")
        server.start()
        try:
            yield {
                "Protocol": "grpc",
                "ProtocolVersion": real.protocol,
                "Pid": os.getpid(),
                "Test": True,
                "Addr": {"Network": "unix", "String": str(socket)},
            }
        finally:
            server.stop(None).wait(5)
