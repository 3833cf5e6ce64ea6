"""The platform as an environment has it: its overlay over the file, without reading the file again.

The loader has validated every overlay, so what comes out is a valid platform.
"""

from collections.abc import Mapping
from typing import Any

from groundplan.spec.platform import Platform


def variant(platform: Platform, environment: str) -> Platform:
    """The platform with an environment's overlay applied; itself when there is none."""
    written = platform.environments.get(environment)
    if written is None or not written.overlay:
        return platform
    values = platform.model_dump(mode="json", by_alias=True, exclude_unset=True)
    return Platform.model_validate(_merged(values, written.overlay))


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings key by key, anything else replaced; an empty value removes its key."""
    merged = dict(base)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, Mapping):
            below = merged.get(key)
            merged[key] = _merged(below if isinstance(below, Mapping) else {}, value)
        else:
            merged[key] = value
    return merged
