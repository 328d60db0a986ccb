"""The canonical columns of an event: the one schema that every room shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

ColumnType = Literal["text", "int", "float", "bool", "time", "date"]

PAGE_VIEW: Final = "page_view"
"""Name of the view of a page, whatever its sender calls it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of events: its name, its type, and what it holds in one line."""

    name: str
    type: ColumnType
    doc: str
    is_required: bool = False


COLUMNS: Final[tuple[Column, ...]] = (
    Column("event_id", "text", "identity of the event within its source", is_required=True),
    Column("timestamp", "time", "when it happened, UTC", is_required=True),
    Column("received_at", "time", "when Footfall took it in, UTC", is_required=True),
    Column("name", "text", f"what happened, such as '{PAGE_VIEW}'", is_required=True),
    Column("distinct_id", "text", "who did it, as the sender said"),
    Column("anonymous_id", "text", "another id of the same actor, which this event joins to it"),
    Column("actor_id", "text", "who did it, after identity resolution", is_required=True),
    Column("session_id", "text", "the sender's own session, if it gave one"),
    Column("url", "text", "full address of the page or request"),
    Column("host", "text", "host part of the address"),
    Column("path", "text", "path part of the address, without query"),
    Column("title", "text", "title of the page"),
    Column("referrer", "text", "address of the page that led here"),
    Column("referrer_host", "text", "host part of the referrer"),
    Column("channel", "text", "direct, search, social, email, referral, campaign, internal"),
    Column("utm_source", "text", "campaign source"),
    Column("utm_medium", "text", "campaign medium"),
    Column("utm_campaign", "text", "campaign name"),
    Column("utm_term", "text", "campaign term"),
    Column("utm_content", "text", "campaign content"),
    Column("country", "text", "ISO 3166 alpha-2 code, upper case"),
    Column("region", "text", "region or state within the country"),
    Column("city", "text", "city"),
    Column("latitude", "float", "degrees north, where a file of places tells"),
    Column("longitude", "float", "degrees east, where a file of places tells"),
    Column("address", "text", "network or keyed hash of the address, where the source keeps it"),
    Column("language", "text", "language tag, such as 'de-AT'"),
    Column("browser", "text", "family of the browser"),
    Column("browser_version", "text", "version of the browser"),
    Column("os", "text", "family of the operating system"),
    Column("device", "text", "desktop, mobile, tablet, bot or other"),
    Column("user_agent", "text", "user agent as it was sent"),
    Column("is_bot", "bool", "whether a machine did it", is_required=True),
    Column("properties", "text", "everything else, as a JSON object"),
)

COLUMN_NAMES: Final[frozenset[str]] = frozenset(column.name for column in COLUMNS)

PARTITION: Final = Column("day", "date", "UTC day of the timestamp", is_required=True)


def column(name: str) -> Column | None:
    """The canonical column of that name, or None.

    >>> column("country").type
    'text'
    """
    return _BY_NAME.get(name)


_BY_NAME: Final[dict[str, Column]] = {item.name: item for item in COLUMNS}
