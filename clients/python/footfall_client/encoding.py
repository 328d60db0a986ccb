"""From what a host hands over to the JSON of one canonical event."""

from __future__ import annotations

import json
import os
from math import isfinite

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAX_NAME = 256
MAX_EVENT = 256 * 1024
"""Bytes of one event; a server takes no more unless it is told to."""

_MAX_DEPTH = 32
_VARIANT = "89ab"
_IDS = ("distinct_id", "anonymous_id", "session_id")


class Unfit(Exception):
    """What was handed over cannot become an event; the text says why."""


def new_id(nanoseconds: int) -> str:
    """A fresh UUID of version 7 (RFC 9562): in order of time, unique in any process.

    >>> new_id(1_762_000_000_000_000_000)[:15]
    '019a3f89-4800-7'
    """
    moment = f"{nanoseconds // 1_000_000:012x}"
    chance = os.urandom(10).hex()
    variant = _VARIANT[int(chance[18], 16) & 3]
    return f"{moment[:8]}-{moment[8:]}-7{chance[:3]}-{variant}{chance[3:6]}-{chance[6:18]}"


def encode(
    name: str,
    columns: Mapping[str, Any],
    properties: Mapping[str, Any] | None,
    nanoseconds: int,
) -> bytes:
    """One event as JSON, with an id and a time unless `columns` bring them.

    What JSON does not know becomes text, numbers that are none become null, text that no
    reader would take is put right. It is done at once, so that what the host changes later
    changes nothing here. Raises `Unfit`.
    """
    event = _event(name, columns, properties, nanoseconds)
    try:
        line = _dump(event)
    except (TypeError, ValueError, RecursionError):
        line = _dump(_clean(event, 0))
    if b"\\u0000" in line:
        line = _dump(_clean(event, 0))
    if len(line) > MAX_EVENT:
        raise Unfit(f"the event {name!r} has {len(line)} bytes, allowed are {MAX_EVENT}")
    return line


def _event(
    name: str,
    columns: Mapping[str, Any],
    properties: Mapping[str, Any] | None,
    nanoseconds: int,
) -> dict[str, Any]:
    if not isinstance(name, str) or not name:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise Unfit(f"the name of an event is {name!r}, not a text of at least one letter")
    event: dict[str, Any] = {
        "event_id": new_id(nanoseconds),
        "timestamp": nanoseconds // 1000,
        "name": name[:MAX_NAME],
    }
    for key, value in columns.items():
        if value is not None and value != "":
            event[key] = str(value) if key in _IDS else value
    if properties:
        event["properties"] = dict(properties)
    return event


def _dump(value: Any) -> bytes:
    return _encoder.encode(value).encode()


def _plain(value: Any) -> Any:
    """What `json` does not know, in a form that it does."""
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item") and not hasattr(value, "__len__"):
        return value.item()
    return str(value)


def _clean(value: Any, depth: int) -> Any:
    """A copy that can be written for certain: no NaN, no NUL, no half of a pair, not too deep."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if depth >= _MAX_DEPTH:
        return "…"
    if isinstance(value, dict):
        return {_clean(str(key), 0): _clean(each, depth + 1) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_clean(each, depth + 1) for each in value]
    return _clean(_plain(value), depth + 1)


_encoder = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
)
