"""The JSON Schema (2020-12) of the platform file, for editors and other tools.

The models' schema, without what only Python code would want: titles made of names, and null for
keys that are simply left out (an empty value is refused).
"""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from groundplan.spec.platform import Platform
from groundplan.units import Quantity

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The schema of what may be written."""
    made: dict[str, Any] = _tidy(Platform.model_json_schema(schema_generator=_AsWritten))
    return {"$schema": DIALECT, "title": "A groundplan platform file", **made}


class _AsWritten(GenerateJsonSchema):
    """Shows the default of a quantity the way one would write it."""

    def encode_default(self, dft: Any) -> Any:
        """A default in JSON."""
        return str(dft) if isinstance(dft, Quantity) else super().encode_default(dft)


def _tidy(node: Any) -> Any:
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    tidy = {key: _tidy(value) for key, value in node.items() if not _is_noise(key, value)}
    if "patternProperties" in tidy:
        tidy.setdefault("additionalProperties", False)
    alternatives = [item for item in tidy.pop("anyOf", ()) if item != {"type": "null"}]
    if len(alternatives) == 1:
        return {**tidy, **alternatives[0]}
    return {**tidy, "anyOf": alternatives} if alternatives else tidy


def _is_noise(key: str, value: Any) -> bool:
    is_name = key == "title" and isinstance(value, str)
    return is_name or (key == "default" and (value is None or isinstance(value, dict | list)))
