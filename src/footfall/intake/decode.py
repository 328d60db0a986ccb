"""Bodies as they come: unpacked within a limit, and cut into single events."""

from __future__ import annotations

import json
import re
import zlib
from typing import Final

import msgspec
import zstandard

from footfall.errors import InvalidEvents, TooLarge, UnknownEncoding
from footfall.intake.issued import excerpt

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
# A zlib stream starts with 0x78 in practice, which no JSON text does.
_ZLIB: Final = b"\x78"
_PLAIN: Final = frozenset({"", "identity"})
_PACKED: Final = frozenset({"gzip", "x-gzip", "zstd", "deflate"})
_WINDOW: Final = 8 * 2**20
_BOM: Final = b"\xef\xbb\xbf"
_STEP: Final = 2**20
# Each part costs a copy of what follows it: hostile bodies have very many, honest ones few.
_MAX_PARTS: Final = 64

_items = msgspec.json.Decoder(list[msgspec.Raw])
_item = msgspec.json.Decoder(msgspec.Raw)
# Takes halves of surrogate pairs; numbers are not looked at here, so they stay text.
_lenient = json.JSONDecoder(parse_int=str, parse_float=str)
_SPACE: Final = re.compile(r"[ \t\r\n]*")


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """The body without compression; gzip, zstd and deflate are told by their first bytes.

    `encoding` is the Content-Encoding, needed only for deflate without its usual header.
    Never holds more than `limit` bytes: raises `TooLarge` beyond it, `UnknownEncoding`
    for other encodings, `InvalidEvents` where the packing is broken, cut short or made of
    more than 64 parts.
    """
    given, encoding = encoding, encoding.strip().lower()
    if encoding not in _PLAIN and encoding not in _PACKED:
        raise UnknownEncoding(
            f"Content-Encoding {excerpt(given)} is not known: send gzip, zstd, deflate or none.",
            parameter="content-encoding",
        )
    if body.startswith(_GZIP):
        return _inflate(body, 31, limit)
    if body.startswith(_ZSTD):
        return _unpack_zstd(body, limit)
    if body.startswith(_ZLIB):
        return _inflate(body, 15, limit)
    if encoding == "deflate" and body.lstrip()[:1] not in (b"{", b"["):
        return _inflate(body, -15, limit)
    if len(body) > limit:
        raise _too_large(limit)
    return body.removeprefix(_BOM)


def is_packed(body: bytes, encoding: str) -> bool:
    """Whether `unpack` has more to do than to look at the body."""
    return body.startswith((_GZIP, _ZSTD, _ZLIB)) or encoding.strip().lower() in _PACKED


def split(body: bytes) -> list[bytes]:
    """The single events of a body: one object, an array of them, or one per line.

    Raises `InvalidEvents` where it is none of these as a whole. A line that is no JSON is
    handed on as it is, as long as another line is; so is an element of an array with text
    that is no Unicode, such as half of an emoji.
    """
    text = body.strip()
    if not text:
        raise InvalidEvents("The body is empty: send one event, an array, or one per line.")
    try:
        if text.startswith(b"["):
            return [bytes(item) for item in _items.decode(text)]
        _item.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _lines(text, error)
    return [text]


def _lines(text: bytes, error: Exception) -> list[bytes]:
    if text.startswith(b"[") and (elements := _elements(text)):
        return elements
    lines = [line for line in map(bytes.strip, text.split(b"\n")) if line]
    if len(lines) > 1 and not text.startswith(b"[") and any(map(_is_object, lines)):
        return lines
    raise InvalidEvents(
        f"The body is not JSON: {error}. Send one event, an array, or one event per line."
    ) from error


def _elements(text: bytes) -> list[bytes]:
    """Elements of an array that only the lenient reader can take apart; none if it cannot."""
    characters = text.decode("utf-8", "surrogateescape")
    elements: list[bytes] = []
    at = _next(characters, 1)
    try:
        while True:
            _, end = _lenient.raw_decode(characters, at)
            elements.append(characters[at:end].encode("utf-8", "surrogateescape"))
            at = _next(characters, end)
            if characters[at] != ",":
                return elements if characters[at:] == "]" else []
            at = _next(characters, at + 1)
    except (ValueError, IndexError, RecursionError):
        return []


def _next(characters: str, at: int) -> int:
    """Where the next character that is no white space stands."""
    found = _SPACE.match(characters, at)
    return found.end() if found else at


def _is_object(line: bytes) -> bool:
    try:
        return bytes(_item.decode(line)).startswith(b"{")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def _inflate(body: bytes, window_bits: int, limit: int) -> bytes:
    parts: list[bytes] = []
    left = limit
    try:
        while body:
            _check_parts(len(parts))
            unpacker = zlib.decompressobj(window_bits)
            part = unpacker.decompress(body, left + 1)
            left -= len(part)
            if left < 0:
                raise _too_large(limit)
            if not unpacker.eof:
                raise _broken("it is cut short")
            parts.append(part)
            body = unpacker.unused_data
    except zlib.error as error:
        raise _broken(str(error)) from error
    return b"".join(parts).removeprefix(_BOM)


def _unpack_zstd(body: bytes, limit: int) -> bytes:
    """Measured first, as only a reader can stop early and only the other knows the end."""
    try:
        _measure_zstd(body, limit)
        parts: list[bytes] = []
        while body:
            _check_parts(len(parts))
            unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
            parts.append(unpacker.decompress(body))
            if not unpacker.eof:
                raise _broken("it is cut short")
            body = unpacker.unused_data
    except zstandard.ZstdError as error:
        raise _broken(str(error)) from error
    return b"".join(parts).removeprefix(_BOM)


def _measure_zstd(body: bytes, limit: int) -> None:
    unpacker = zstandard.ZstdDecompressor(max_window_size=_WINDOW)
    size = 0
    with unpacker.stream_reader(body, read_across_frames=True) as reader:
        while part := reader.read(_STEP):
            size += len(part)
            if size > limit:
                raise _too_large(limit)


def _check_parts(n_parts: int) -> None:
    if n_parts >= _MAX_PARTS:
        raise _broken(f"it is made of more than {_MAX_PARTS} packed parts; send it as one")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body has more than {limit} bytes when unpacked: send fewer events at once, or "
        "raise max_body in [intake] of footfall.toml."
    )


def _broken(why: str) -> InvalidEvents:
    return InvalidEvents(f"The body cannot be unpacked: {why}.")
