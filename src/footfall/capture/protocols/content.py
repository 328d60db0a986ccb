"""What a body holds, told from its bytes: senders mislabel their content types."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from footfall.capture.protocols.adapter import Refused
from footfall.errors import InvalidEvents, TooLarge
from footfall.intake.canonical import MAX_ID

MAX_PARAMETERS: Final = 2_000
MAX_PARTS: Final = 10_000
"""Events that a request may have; each costs a hundred times what two bytes of JSON do."""
MAX_UNPACKED: Final = 16 * 2**20
"""Bytes that what is packed inside a body may have."""
_GZIP: Final = b"\x1f\x8b"
_decoder = msgspec.json.Decoder()


def read_json(text: bytes | str) -> Any:
    """The JSON value of a text; raises `InvalidEvents`.

    Bytes that are no UTF-8, and halves of surrogate pairs, become the replacement mark:
    what a browser cuts in the middle of an emoji is no reason to lose an event. Nor is what
    Python writes where a number is none: NaN and Infinity become null.
    """
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        # Kept in a variable of this function, the error would hold the text for long.
        return _read_mended(text, error)


def _read_mended(text: bytes | str, fault: Exception) -> Any:
    try:
        return _decoder.decode(_mended(text))
    except (ValueError, RecursionError, msgspec.DecodeError):
        raise InvalidEvents(f"The body is not JSON: {fault}.") from fault


def _mended(text: bytes | str) -> str:
    """The same JSON in characters that there are."""
    whole = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    value = json.dumps(json.loads(whole, parse_constant=lambda _: None), ensure_ascii=False)
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def read_form(text: bytes | str) -> dict[str, str]:
    """Parameters of a form or query; of those that repeat the last counts.

    Raises `InvalidEvents` for more than 2,000 of them.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, errors="replace", max_num_fields=MAX_PARAMETERS
        )
    except ValueError as error:
        raise InvalidEvents(f"The form cannot be read: {error}.") from error
    return dict(pairs)


def read_base64(text: bytes | str) -> bytes:
    """Bytes of base64 text, the URL's alphabet and lost padding allowed; raises `InvalidEvents`."""
    raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
    raw = b"".join(raw.split()).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidEvents(f"The data is not base64: {error}.") from error


def is_json(text: bytes) -> bool:
    """Whether a body looks like a JSON object or array."""
    return text.lstrip()[:1] in (b"{", b"[")


def data_of(body: bytes, parameter: str = "data") -> bytes:
    """The JSON text of a body that may be JSON, base64 of it, or a form holding either.

    What is in base64 may be packed with gzip, and the parameter's value percent-encoded
    once more. Raises `InvalidEvents` and `TooLarge`.
    """
    if is_json(body):
        return body
    head = f"{parameter}=".encode()
    if head in body[:4096] and b"=" in body:
        value = read_form(body).get(parameter, "")
    else:
        value = body.decode("utf-8", "replace")
    value = value.strip()
    if value.startswith("%"):
        value = unquote_plus(value)
    if is_json(value.encode("utf-8", "replace")[:64]):
        return value.encode("utf-8", "replace")
    # A plus sign of base64 reads as a space in a form.
    found = gunzip(read_base64(value.replace(" ", "+")), MAX_UNPACKED)
    if not is_json(found):
        raise InvalidEvents("The data is neither JSON nor base64 of JSON.")
    return found


def gunzip(body: bytes, limit: int) -> bytes:
    """A gzip body unpacked where it is one, for bytes found inside others.

    Raises `InvalidEvents`, and `TooLarge` beyond `limit` bytes.
    """
    if not body.startswith(_GZIP):
        return body
    try:
        unpacker = zlib.decompressobj(31)
        found = unpacker.decompress(body, limit)
    except zlib.error as error:
        raise InvalidEvents(f"The body cannot be unpacked: {error}.") from error
    if unpacker.unconsumed_tail:
        raise TooLarge(f"The body has more than {limit} bytes when unpacked: send less at once.")
    if not unpacker.eof:
        raise InvalidEvents("The body cannot be unpacked: it is cut short.")
    return found


def basic_user(authorization: str) -> str:
    """User name in a Basic `Authorization` header, else "".

    >>> basic_user("Basic a2V5Og==")
    'key'
    """
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return read_base64(token).decode("utf-8", "replace").partition(":")[0]
    except InvalidEvents:
        return ""


def as_object(value: Any, what: str = "The event") -> dict[str, Any]:
    """The value if it is a JSON object; raises `InvalidEvents`."""
    if isinstance(value, dict):
        return value
    raise InvalidEvents(f"{what} is not a JSON object.")


def as_list(value: Any, what: str = "The batch") -> list[Any]:
    """The value if it is a JSON array; raises `InvalidEvents`, and `TooLarge` as `counted`."""
    if isinstance(value, list):
        return counted(value)
    raise InvalidEvents(f"{what} is not a JSON array.")


def one_or_many(value: Any) -> list[Any]:
    """The elements of an array, or the one value that is none; raises as `counted`."""
    return counted(value) if isinstance(value, list) else [value]


def counted(items: list[Any]) -> list[Any]:
    """The same items, if they are no more than `MAX_PARTS`; raises `TooLarge`."""
    check_count(len(items))
    return items


def check_count(n_events: int) -> None:
    """Raise `TooLarge` for more events than a request may have."""
    if n_events > MAX_PARTS:
        raise TooLarge(f"The request has more than {MAX_PARTS} events: send fewer at once.")


def fitting_id(text: str) -> str:
    """An identity that is short enough for an event: the text itself, or a hash of it.

    >>> fitting_id("a-1"), len(fitting_id("a" * 300))
    ('a-1', 32)
    """
    if len(text) <= MAX_ID:
        return text
    return blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


def raw_of(value: Any) -> bytes:
    """A part of a request as JSON, to be kept with a reject."""
    return msgspec.json.encode(value, enc_hook=str) if value is not None else b"null"


def no_object(index: int, value: Any, key: str = "", what: str = "event") -> Refused:
    """The reject of a part that ought to be an object."""
    reason = f"the {what} is not a JSON object."
    return Refused(index, "not_an_object", reason, raw_of(value), key)


def text_of(value: Any) -> str:
    """A scalar as text, "" for anything else.

    >>> text_of(17), text_of(None), text_of(["x"])
    ('17', '', '')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def number_or_text(text: str) -> int | float | str:
    """The number that a text writes, whole where it is, else the text.

    >>> number_or_text("3"), number_or_text("2.50"), number_or_text("x")
    (3, 2.5, 'x')
    """
    number = number_of(text)
    if number is None:
        return text
    return int(number) if text.isdecimal() and abs(number) < 2**53 else number


def number_of(value: Any) -> float | None:
    """A finite number, also from its text, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None
