"""The little of protocol buffers that Terraform's plugin protocol (5) needs, written out.

A message is a list of (field number, value): bytes and text as they are, numbers and flags as
varints. Field numbers are those of hashicorp/terraform docs/plugin-protocol/tfplugin5.2.proto.
"""

from collections.abc import Iterable, Iterator

Field = tuple[int, bytes | str | int | bool]


def message(*fields: Field) -> bytes:
    """The bytes of a message; zeros and empty text are left out, as proto3 does."""
    return b"".join(_field(number, value) for number, value in fields if value or value == b"")


def _field(number: int, value: bytes | str | int | bool) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(int(value))
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message that hold bytes."""
    place = 0
    while place < len(data):
        key, place = _read(data, place)
        value, place = _read(data, place)
        if key & 7 == 2:
            yield key >> 3, data[place : place + value]
            place += value


def first(data: bytes, number: int) -> bytes:
    """A field's bytes; none when it is left out."""
    return next((value for key, value in fields(data) if key == number), b"")


def _read(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return value, place


def together(parts: Iterable[bytes]) -> bytes:
    """Messages whose fields are one message's."""
    return b"".join(parts)
