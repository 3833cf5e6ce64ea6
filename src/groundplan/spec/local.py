"""`local`: where the platform listens when it runs on one machine, and how large it may become."""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator

from groundplan.spec.section import Endpoint, Name, Positive, Section, refuse


def _loopback_block(value: str) -> str:
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError:
        address = None
    low_half_is_free = address is not None and address.packed[2:] == b"\0\0"
    if address is None or not address.is_loopback or not low_half_is_free:
        raise refuse(
            "SPEC005",
            f'"{value}" is not the start of a block of loopback addresses',
            "each region gets the next 65,536 addresses of 127.0.0.0/8: 127.10, 127.11, ...",
            "write it like 127.10.0.0",
        )
    return value


class Local(Section):
    """The edge's address, the block that regions take their addresses from, which regions run, how
    many replicas a service may have in one of them as its load asks for, where the lake's rows
    are."""

    entry: Endpoint = "127.0.0.1:8080"
    network: Annotated[str, AfterValidator(_loopback_block)] = "127.10.0.0"
    regions: tuple[Name, ...] = ()  # none: the design chooses
    max_replicas: Positive | None = None  # none: nothing scales here
    lake: Literal["folder", "s3"] = "folder"  # where the rows of data_lake are
