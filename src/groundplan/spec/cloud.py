"""`cloud`: what a cloud has to know besides: the account, the repository, the domain, addresses."""

import ipaddress
from typing import Annotated

from pydantic import AfterValidator, Field

from groundplan.spec.section import Section, Shape, Text, refuse

_ACCOUNT = Shape(
    what="the number of an AWS account",
    form="twelve digits, in quotes",
    example='"123456789012"',
    pattern=r"[0-9]{12}",
)
_REPOSITORY = Shape(
    what="the address of a git repository",
    form="https:// or ssh://, a host and a path, without a password",
    example="https://github.com/shop/platform.git",
    pattern=r"(?:https|ssh)://(?:git@)?[A-Za-z0-9.-]+(?::[0-9]+)?/[^\s@]+",
)
_DOMAIN = Shape(
    what="a domain",
    form="names with dots between them, in small letters",
    example="shop.example",
    pattern=r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
)
_BRANCH = Shape(
    what="the name of a branch",
    form="letters, digits, dots, dashes, underscores and slashes",
    example="main",
    pattern=r"[A-Za-z0-9][A-Za-z0-9._/-]*",
)


def _block(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError:
        network = None
    if network is None or network.prefixlen != 16 or not network.is_private:
        raise refuse(
            "SPEC005",
            f'"{value[:80]}" is not a private block of 65,536 addresses',
            "each region gets a /16 of its own, and this is the first region's",
            "write it like 10.0.0.0/16",
        )
    return value


Account = Annotated[Text, AfterValidator(_ACCOUNT), Field(json_schema_extra=_ACCOUNT.schema)]
Repository = Annotated[
    Text, AfterValidator(_REPOSITORY), Field(json_schema_extra=_REPOSITORY.schema)
]
Domain = Annotated[Text, AfterValidator(_DOMAIN), Field(json_schema_extra=_DOMAIN.schema)]
Branch = Annotated[Text, AfterValidator(_BRANCH), Field(json_schema_extra=_BRANCH.schema)]


class Cloud(Section):
    """Where the cloud's files belong, and where what they build is found."""

    account: Account | None = None
    repository: Repository | None = None
    branch: Branch = "main"  # what the clusters follow
    path: Text = "."  # the rendered folder in the repository
    domain: Domain | None = None  # none: nothing is served to outside
    network: Annotated[Text, AfterValidator(_block)] = "10.0.0.0/16"  # the first region's
