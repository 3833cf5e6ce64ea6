"""Whether the credentials that a provider looks for are there. They are never read or shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where a provider finds credentials: all of a set of variables, or a file below home."""

    variables: tuple[tuple[str, ...], ...]
    files: tuple[str, ...]
    try_: str


PLACES = {
    "aws": Place(
        (
            ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
            ("AWS_PROFILE",),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI",),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",),
        ),
        (".aws/credentials", ".aws/config"),
        "`aws sso login`, then AWS_PROFILE",
    ),
    "cloudflare": Place(
        (("CLOUDFLARE_API_TOKEN",), ("CLOUDFLARE_API_KEY", "CLOUDFLARE_EMAIL")),
        (),
        "a token that may edit the zone, as CLOUDFLARE_API_TOKEN",
    ),
    "azurerm": Place(
        (("ARM_CLIENT_ID", "ARM_TENANT_ID"), ("ARM_USE_MSI",)),
        (".azure/azureProfile.json",),
        "`az login`, and ARM_SUBSCRIPTION_ID",
    ),
}


def lacking(provider: str, variables: Mapping[str, str], home: Path) -> str | None:
    """What to do for a provider without credentials; None when it has some."""
    place = PLACES[provider]
    if any(all(variables.get(name) for name in each) for each in place.variables):
        return None
    if any((home / name).is_file() for name in place.files):
        return None
    return place.try_
