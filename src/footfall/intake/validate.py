"""One event read with patience: what can be put right is, and the rest is named."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from footfall.intake.canonical import (
    MAX_DEPTH,
    MAX_ID,
    MAX_NAME,
    NUMBER_FIELDS,
    TEXT_FIELDS,
    Event,
)
from footfall.intake.secretive import without_sent
from footfall.model.time import epoch_to_us, from_epoch_us, read_iso

EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD: Final = timedelta(days=1)

_NUMBER: Final = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(\d{1,40}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_KNOWN: Final = frozenset(
    {
        *TEXT_FIELDS,
        *NUMBER_FIELDS,
        *("name", "is_bot", "user_id", "event_id", "timestamp", "properties"),
    }
)
_decoder = msgspec.json.Decoder()
_event = msgspec.json.Decoder(Event)


class Rejected(Exception):
    """An event that cannot be taken, with a stable code and what to do about it."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class EventLimits:
    """What an event is held against: the longest, the span of time, the zone of local times."""

    max_event: int
    latest: datetime
    timezone: str

    def check_time(self, moment: datetime) -> datetime:
        """The instant, if it can be real; raises `Rejected`."""
        if EARLIEST <= moment <= self.latest:
            return moment
        raise Rejected(
            "timestamp_out_of_range",
            f"timestamp {moment.isoformat()} is not between {EARLIEST.date()} and a day from now: "
            "check the sender's clock and the unit of the number.",
        )


def read_event(raw: bytes, limits: EventLimits) -> Event:
    """The event in one JSON text; raises `Rejected`.

    Numbers and booleans in text columns become text, unknown keys become properties, and
    local times are read in the source's zone.
    """
    if len(raw) > limits.max_event:
        raise Rejected(
            "event_too_large",
            f"the event has {len(raw)} bytes, allowed are {limits.max_event}: send less with it, "
            "or raise max_event in [intake] of footfall.toml.",
        )
    members = _read(raw)
    _check_content(members)
    try:
        event = _event.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        event = _build(members, limits)
    if event.timestamp is not None:
        event.timestamp = limits.check_time(_instant(event.timestamp, limits.timezone))
    return event


def _read(raw: bytes) -> dict[str, Any]:
    try:
        value = _decoder.decode(raw)
    except RecursionError:
        raise _too_deep() from None
    except UnicodeDecodeError as error:
        raise Rejected("invalid_utf8", f"the event is not UTF-8: {error}.") from None
    except msgspec.DecodeError as error:
        is_number = "out of range" in str(error)
        raise Rejected("invalid_number" if is_number else "malformed_json", f"{error}.") from None
    if not isinstance(value, dict):
        raise Rejected(
            "not_an_object",
            f"the event is {_kind(value)}, not an object such as "
            '{"name": "signup", "distinct_id": "u1"}.',
        )
    return value


def _check_content(members: dict[str, Any]) -> None:
    """Raise `Rejected` for what later readers of the JSON would stumble over."""
    level: list[Any] = [members]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, dict):
                inner += value.keys()
                inner += value.values()
            elif isinstance(value, list):
                inner += value
        if not inner:
            return
        level = inner
    if any(isinstance(value, dict | list) for value in level):
        raise _too_deep()


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise Rejected(
            "nul_character", "the event holds the character U+0000: remove it from its texts."
        )


def _build(members: dict[str, Any], limits: EventLimits) -> Event:
    texts: dict[str, Any] = {
        field: _text(field, members[field]) for field in TEXT_FIELDS if field in members
    }
    return Event(
        name=_name(members),
        event_id=_id(members.get("event_id")),
        timestamp=_moment(members.get("timestamp"), limits),
        is_bot=_flag(members.get("is_bot")),
        user_id=_text("user_id", members.get("user_id")),
        properties=_properties(members),
        latitude=read_degrees("latitude", members.get("latitude")),
        longitude=read_degrees("longitude", members.get("longitude")),
        **texts,
    )


def _name(members: dict[str, Any]) -> str:
    value = members.get("name")
    if value is None:
        raise Rejected(
            "missing_name", 'the event has no name: say what happened, such as "name": "signup".'
        )
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME:
        raise Rejected(
            "invalid_name",
            f"name must be a text of 1 to {MAX_NAME} characters, not {_shown(value)}.",
        )
    return value


def _id(value: Any) -> str | None:
    text = _text("event_id", value)
    if text is not None and not 0 < len(text) <= MAX_ID:
        raise Rejected(
            "invalid_event_id", f"event_id must have 1 to {MAX_ID} characters, not {len(text)}."
        )
    return text


def _text(field: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return msgspec.json.encode(value).decode()
    raise Rejected("invalid_field", f"{field} must be a text, not {_kind(value)}.")


def read_degrees(field: str, value: Any) -> float | None:
    """The number from -180 to 180 that a value is or writes; raises `Rejected`.

    >>> read_degrees("latitude", "48.2"), read_degrees("latitude", None)
    (48.2, None)
    """
    if value is None:
        return None
    number = float(value) if _is_decimal(value) else value
    is_number = isinstance(number, int | float) and not isinstance(number, bool)
    # Of infinities and what is no number at all neither comparison holds.
    if is_number and -180 <= number <= 180:
        return float(number)
    raise Rejected(
        "invalid_field", f"{field} must be a number from -180 to 180, not {_shown(value)}."
    )


def _is_decimal(value: Any) -> bool:
    return isinstance(value, str) and _DECIMAL.fullmatch(value) is not None


def _flag(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise Rejected("invalid_field", f"is_bot must be true or false, not {_shown(value)}.")


def _moment(value: Any, limits: EventLimits) -> datetime | None:
    return None if value is None else _instant(value, limits.timezone)


def _instant(value: Any, timezone: str) -> datetime:
    try:
        if isinstance(value, datetime):
            return value
        if isinstance(value, str) and not _NUMBER.fullmatch(value):
            return read_iso(value.strip(), ZoneInfo(timezone))
        number = float(value) if isinstance(value, str) else value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ValueError
        if not math.isfinite(number):
            raise ValueError
        return from_epoch_us(epoch_to_us(number))
    except (ValueError, OverflowError):
        raise Rejected(
            "invalid_timestamp",
            f"timestamp {_shown(value)} is not understood: write ISO 8601 such as "
            "2026-11-01T10:00:00Z, or seconds, milli- or microseconds since 1970.",
        ) from None


def _properties(members: dict[str, Any]) -> dict[str, Any] | None:
    given = members.get("properties")
    if given is not None and not isinstance(given, dict):
        raise Rejected("invalid_properties", f"properties must be an object, not {_kind(given)}.")
    found: dict[str, Any] = dict(given or {})
    # An address beside the properties says from where it came: its own is the request's alone.
    sent = without_sent(members)
    for key in sent.keys() - _KNOWN:
        found[_free(key, found)] = sent[key]
    return found or None


def _free(key: str, taken: Iterable[str]) -> str:
    while key in taken:
        key = "_" + key
    return key


def _too_deep() -> Rejected:
    return Rejected("too_deep", f"objects and arrays lie more than {MAX_DEPTH} levels deep.")


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    names = {dict: "an object", list: "an array", str: "a text", bool: "true or false"}
    return names.get(type(value), "a number")


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
