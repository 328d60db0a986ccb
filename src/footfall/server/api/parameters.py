"""What lists of rows take alike: which rows, of what time, and how much of them a page."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query

from footfall.model.filter import filter_from_dict
from footfall.model.query import DEFAULT_TIME_RANGE, PAGE_SIZE
from footfall.query.listings.listing import Listing, Page
from footfall.query.result import Result
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


async def read_listing(
    source: Annotated[str, Query(description="Source of the events.")],
    filter: Annotated[  # noqa: A002 - its name everywhere
        str | None, Query(description=f"A filter on events as JSON, such as `{_FILTER}`.")
    ] = None,
    time_range: TimeRangeText = DEFAULT_TIME_RANGE,
    cursor: Cursor = None,
    limit: Limit = PAGE_SIZE,
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


def page_form(name: str, page: Page[Result]) -> dict[str, Any]:
    """A page as it is sent, with its rows under that name."""
    return {
        name: page.rows.to_dict()["rows"],
        "cursor": page.cursor,
        "milliseconds": page.milliseconds,
        "n_rows_read": page.n_rows_read,
    }


def read_time_range(text: str) -> Any:
    """A time range in words as it is, one in JSON as a dictionary."""
    return decode(text, dict[str, Any], "time_range") if text.startswith("{") else text


def read_fields(text: str | None) -> tuple[str, ...]:
    """FieldsText between commas; none where nothing is given.

    >>> read_fields("path, properties.plan")
    ('path', 'properties.plan')
    """
    return tuple(part.strip() for part in text.split(",")) if text else ()
