"""Canonical events as JSON: what a sender may write, and what the journal holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from footfall.model.event import COLUMN_NAMES

MAX_NAME: Final = 256
MAX_ID: Final = 256
MAX_DEPTH: Final = 64
"""Objects and arrays inside each other, the event itself included."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NAME)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID)]
Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Columns(msgspec.Struct, kw_only=True, omit_defaults=True, gc=False):
    name: Name
    distinct_id: str | None = None
    user_id: str | None = None
    anonymous_id: str | None = None
    actor_id: str | None = None
    session_id: str | None = None
    url: str | None = None
    host: str | None = None
    path: str | None = None
    title: str | None = None
    referrer: str | None = None
    referrer_host: str | None = None
    channel: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    language: str | None = None
    browser: str | None = None
    browser_version: str | None = None
    os: str | None = None
    device: str | None = None
    user_agent: str | None = None
    is_bot: bool | None = None
    latitude: Degrees | None = None
    longitude: Degrees | None = None


class Event(_Columns, kw_only=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """An event as its sender writes it; `properties` are read in full, and so checked."""

    event_id: Id | None = None
    timestamp: Instant | int | float | None = None
    properties: dict[str, Any] | None = None


class JournalEvent(_Columns, kw_only=True, gc=False):
    """An event as the journal holds it: identified, dated, its properties left as text."""

    event_id: str
    timestamp: datetime | int | float
    properties: msgspec.Raw = msgspec.Raw(b"null")


NUMBER_FIELDS: Final = ("latitude", "longitude")
"""Optional numbers that a sender may give."""

TEXT_FIELDS: Final = tuple(
    item.name
    for item in msgspec.structs.fields(_Columns)
    if item.name not in ("name", "is_bot", "user_id", *NUMBER_FIELDS)
)
"""Optional text columns that a sender may give."""

# Set by Footfall alone; a sender's own `received_at` is one more property, its address none.
assert {*TEXT_FIELDS, *NUMBER_FIELDS} | {
    *("name", "is_bot", "event_id", "timestamp", "properties")
} == COLUMN_NAMES - {"received_at", "address"}
