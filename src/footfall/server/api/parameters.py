"""What lists of rows take alike: which rows, of what time, and how much of them a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query

from footfall.model.filter import Filter, filter_from_dict
from footfall.model.query import DEFAULT_TIME_RANGE
from footfall.model.time import TimeRange, parse_time_range, zone
from footfall.query.summary import ALL
from footfall.server.api.common import decode

_FILTER: Final = '{"field": "path", "operator": "is", "value": "/checkout"}'

SourceName = Annotated[str, Path(description="Name of the source.")]
OnlySource = Annotated[str | None, Query(description="Only of this source.")]
TimeRangeText = Annotated[
    str, Query(description='`last 7 days`, `all`, or `{"start": …, "end": …}` as JSON.')
]
Cursor = Annotated[str | None, Query(description="Where the page before ended.")]
Limit = Annotated[int, Query(description="Most rows of the page, 1 to 1000.", ge=1, le=1000)]
FieldsText = Annotated[
    str | None, Query(description="Columns and `properties.<key>`, comma-separated.")
]


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows of a source are asked for, and which page of them."""

    source: str
    filter: Filter | None
    # A text, or start and end: read in the zone of the query.
    time_range: Any
    cursor: str | None
    limit: int
    timezone: str | None


async def read_listing(
    source: Annotated[str, Query(description="Source of the events.")],
    filter: Annotated[  # noqa: A002 - its name everywhere
        str | None, Query(description=f"A filter on events as JSON, such as `{_FILTER}`.")
    ] = None,
    time_range: TimeRangeText = DEFAULT_TIME_RANGE,
    cursor: Cursor = None,
    limit: Limit = 100,
    timezone: Annotated[
        str | None, Query(description="Zone of the times; the source's by default.")
    ] = None,
) -> Listing:
    """The part of a request that all lists have; raises `InvalidInput` or `InvalidQuery`."""
    return Listing(
        source=source,
        filter=filter_from_dict(decode(filter, dict[str, Any], "filter")) if filter else None,
        time_range=read_time_range(time_range),
        cursor=cursor,
        limit=limit,
        timezone=timezone,
    )


WithListing = Annotated[Listing, Depends(read_listing)]


def read_time_range(text: str) -> Any:
    """A time range in words as it is, one in JSON as a dictionary."""
    return decode(text, dict[str, Any], "time_range") if text.startswith("{") else text


def definite_range(text: str, timezone: str, now: datetime) -> TimeRange | None:
    """The range in instants; None for all time. Raises `InvalidInput` or `InvalidQuery`."""
    asked = read_time_range(text)
    if isinstance(asked, str):
        zone(timezone)
        return None if asked == ALL else parse_time_range(asked, timezone, now)
    return TimeRange.from_dict(asked, timezone)


def read_fields(text: str | None) -> tuple[str, ...]:
    """FieldsText between commas; none where nothing is given.

    >>> read_fields("path, properties.plan")
    ('path', 'properties.plan')
    """
    return tuple(part.strip() for part in text.split(",")) if text else ()
