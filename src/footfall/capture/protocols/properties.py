"""Trackers' own properties become columns: moved there, so that nothing is kept twice."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

from footfall.capture.protocols.content import number_of, text_of
from footfall.intake.secretive import OWN, drop_addresses

SCREEN_VIEW: Final = "screen"
"""Name of the view of an app's screen, as `PAGE_VIEW` is of a page's; other events keep theirs."""
IDENTIFY: Final = "identify"
"""Name of what a tracker tells of a person outside of any event."""

UTM: Final = {name: name for name in ("utm_source", "utm_medium", "utm_campaign", "utm_term",
                                      "utm_content")}  # fmt: skip
_DEVICES: Final = frozenset({"desktop", "mobile", "tablet", "bot", "other"})
_OF_PERSONS: Final = ("$set", "$set_once")
_NO_REFERRER: Final = "$direct"
_content = msgspec.json.Encoder(order="deterministic")


def lift(properties: dict[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    """Columns by name, whose values leave `properties`.

    `columns` maps properties to columns; where several fill the same one, the first counts,
    and another stays a property unless it says the same. What is no text or number stays.

    >>> given = {"$os": "Linux", "$city": "", "plan": "pro"}
    >>> lift(given, {"$os": "os", "$city": "city"}), given
    ({'os': 'Linux'}, {'plan': 'pro'})
    """
    found: dict[str, str] = {}
    for name, column in columns.items():
        if name not in properties:
            continue
        value = properties[name]
        is_empty = value is None or value == ""
        if is_empty or ((text := text_of(value)) and found.setdefault(column, text) == text):
            del properties[name]
    return found


def tidy(columns: dict[str, Any]) -> None:
    """Drop what other columns say already, and words that stand for nothing.

    An address holds its host and path, a referrer its host; `$direct` is no referrer. The
    device is one of the few kinds there are.
    """
    for name in ("referrer", "referrer_host"):
        if columns.get(name) == _NO_REFERRER:
            del columns[name]
    if "url" in columns:
        columns.pop("host", None)
        columns.pop("path", None)
    if "referrer" in columns:
        columns.pop("referrer_host", None)
    if "device" in columns:
        device = columns["device"].lower()
        columns["device"] = device if device in _DEVICES else "other"


def set_screen(properties: dict[str, Any], width: str, height: str) -> None:
    """Size of the screen as one property, `screen`, such as "1920x1080"."""
    sizes = [number_of(properties.get(name)) for name in (width, height)]
    if sizes[0] and sizes[1]:
        del properties[width], properties[height]
        properties.setdefault("screen", f"{sizes[0]:.0f}x{sizes[1]:.0f}")


def stable_id(*parts: Any) -> str:
    """Identity of an event of which only several fields together are unique.

    >>> stable_id("signup", 1, "u1", "x") == stable_id("signup", 1, "u1", "x")
    True
    """
    return blake2b(_content.encode(parts), digest_size=12).hexdigest()


def dict_of(value: Any) -> dict[str, Any]:
    """A copy of an object, empty for anything else."""
    return dict(value) if isinstance(value, dict) else {}


def without_address(properties: dict[str, Any]) -> dict[str, Any]:
    """The same but for the address that a tracker puts there or into what it tells of a person.

    >>> without_address({"$ip": "192.0.2.1", "$set": {"$ip": "192.0.2.1", "plan": "pro"}})
    {'$set': {'plan': 'pro'}}
    """
    found = drop_addresses(properties, OWN)
    for name in _OF_PERSONS:
        if isinstance(found.get(name), dict):
            found[name] = drop_addresses(found[name], OWN)
    return found


def told_beside(members: dict[str, Any]) -> dict[str, Any]:
    """What a tracker says beside one's own, but for the visitor's address and the device's.

    >>> told_beside({"ip": "192.0.2.1", "device": {"ip": "192.0.2.1", "id": "d"}})
    {'device': {'id': 'd'}}
    """
    found = drop_addresses(members)
    if isinstance(found.get("device"), dict):
        found["device"] = drop_addresses(found["device"])
    return found


def link(event: dict[str, Any], distinct_id: str, other: str) -> None:
    """Say who did it, and by which other id the same actor was known."""
    event["distinct_id"] = distinct_id or other
    if distinct_id and other and other != distinct_id:
        event["anonymous_id"] = other
