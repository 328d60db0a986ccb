"""A reader and writer of the protobuf wire format, for the few messages that are needed.

https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, Protocol

from footfall.errors import InvalidEvents

MAX_DEPTH: Final = 40
VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5
_MAX_VARINT: Final = 10
_64_BITS: Final = 2**64


class Reader(Protocol):
    """Makes a value of what is on the wire: an int, or bytes where `kind` is `BYTES`.

    `depth` is that of the message around it.
    """

    @property
    def kind(self) -> int:
        """The wire type that the value has."""
        ...

    def read(self, value: Any, depth: int) -> Any:
        """The value."""
        ...


class Part(NamedTuple):
    """A field of a message: its name, how it is read, and whether it comes repeatedly."""

    name: str
    reader: Reader
    is_repeated: bool = False


Shape = Mapping[int, Part]


def read_message(data: bytes, shape: Shape, depth: int = 0) -> dict[str, Any]:
    """A message by the names of its fields; raises `InvalidEvents`.

    A field that is not there has no key, one that is repeated has a list. Fields that are
    unknown, or of another wire type than they should have, are passed over.
    """
    if depth > MAX_DEPTH:
        raise InvalidEvents(f"Messages lie more than {MAX_DEPTH} levels deep.")
    found: dict[str, Any] = {}
    for number, kind, value in fields(data):
        part = shape.get(number)
        if part is None or part.reader.kind != kind:
            continue
        read = part.reader.read(value, depth)
        if part.is_repeated:
            found.setdefault(part.name, []).append(read)
        else:
            found[part.name] = read
    return found


def fields(data: bytes) -> Iterator[tuple[int, int, Any]]:
    """Number, wire type and value of each field; raises `InvalidEvents`."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = _varint(data, at)
        elif kind == BYTES:
            size, at = _varint(data, at)
            value, at = _cut(data, at, size)
        elif kind in (FIXED64, FIXED32):
            raw, at = _cut(data, at, 8 if kind == FIXED64 else 4)
            value = int.from_bytes(raw, "little")
        else:
            raise InvalidEvents(f"The body is not protobuf: wire type {kind} at byte {at}.")
        if not number:
            raise InvalidEvents(f"The body is not protobuf: field 0 at byte {at}.")
        yield number, kind, value


def _cut(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    if size > len(data) - at:
        raise InvalidEvents(f"The body is not protobuf, or cut short at byte {at}.")
    return data[at : at + size], at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(_MAX_VARINT):
        if at >= len(data):
            raise InvalidEvents(f"The body is not protobuf, or cut short at byte {at}.")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value % _64_BITS, at
    raise InvalidEvents(f"The body is not protobuf: a number of too many bytes at {at}.")


class Scalar(NamedTuple):
    """A value that is no message."""

    kind: int
    convert: Callable[[Any], Any]

    def read(self, value: Any, depth: int) -> Any:  # noqa: ARG002 - as messages have it
        """The value, converted."""
        return self.convert(value)


class Message:
    """A message of a shape, which may be set later where shapes hold each other."""

    kind: int = BYTES

    def __init__(self, shape: Shape | None = None) -> None:
        self.shape: Shape = shape or {}

    def read(self, value: bytes, depth: int) -> dict[str, Any]:
        """The message in these bytes."""
        return read_message(value, self.shape, depth + 1)


def _signed(value: int) -> int:
    return value - _64_BITS if value >= _64_BITS // 2 else value


def _double(value: int) -> float:
    return struct.unpack("<d", value.to_bytes(8, "little"))[0]


# What is no UTF-8 becomes the replacement mark.
TEXT: Final = Scalar(BYTES, lambda value: value.decode("utf-8", "replace"))
BOOLEAN: Final = Scalar(VARINT, bool)
SIGNED: Final = Scalar(VARINT, _signed)
UNSIGNED: Final = Scalar(VARINT, int)
COUNT64: Final = Scalar(FIXED64, int)
DOUBLE: Final = Scalar(FIXED64, _double)


def write_number(number: int, value: int) -> bytes:
    """A field that holds a varint."""
    return _write_varint(number << 3 | VARINT) + _write_varint(value)


def write_bytes(number: int, value: bytes) -> bytes:
    """A field that holds text or a message."""
    return _write_varint(number << 3 | BYTES) + _write_varint(len(value)) + value


def _write_varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
