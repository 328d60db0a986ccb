"""What listings of events, sessions and intervals have alike: what is asked, and a page of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, cast

from footfall.errors import InvalidQuery
from footfall.model.query import DEFAULT_TIME_RANGE, Query, checked_time_range, texts
from footfall.model.time import TimeRange, parse_time_range
from footfall.query.listings.cursor import Cursor
from footfall.query.sql.check import check_query
from footfall.query.sql.plan import resolve_time_range
from footfall.query.summary import ALL, with_definite_range

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.lake.folder import LakeFolder
    from footfall.model.filter import Filter
    from footfall.model.source import Source

Rows = TypeVar("Rows")

_MAX_ROWS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows of a source are asked for, and which page of them.

    `time_range`, `filter` and `timezone` are those of a `Query`. `fields` are what rows show of
    an event; events show everything where none are named, intervals nothing more. `order` is
    the listing's own unless given; `limit` is the most rows, None for all; `cursor` is where
    the page before ended.
    """

    source: str
    time_range: TimeRange | str | Mapping[str, Any] = DEFAULT_TIME_RANGE
    filter: Filter | Mapping[str, Any] | None = None
    fields: Sequence[str] = ()
    order: str | None = None
    limit: int | None = None
    cursor: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Rows]):
    """Rows of one page; `cursor` asks for the following page, None on the last."""

    rows: Rows
    cursor: str | None
    n_rows_read: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Selection:
    """A listing made definite for its source and an instant, its arguments checked.

    `after` is where to continue; times are shown in the zone of `time_range`.
    """

    source: Source
    time_range: TimeRange
    filter: Filter | None
    fields: tuple[str, ...]
    order: str
    limit: int | None
    after: Cursor | None

    @property
    def is_newest_first(self) -> bool:
        """Whether the latest time comes first."""
        return self.order.startswith("-")

    @property
    def n_wanted(self) -> int | None:
        """One row more than the page holds, which tells whether another page follows."""
        return None if self.limit is None else self.limit + 1

    def shown(self, found: pa.Table) -> pa.Table:
        """The rows of the page, out of those that were found."""
        return found if self.limit is None else found.slice(0, self.limit)

    def cursor(
        self, found: pa.Table, place: Callable[[Mapping[str, Any]], tuple[int, str]]
    ) -> str | None:
        """What asks for the rows behind the page; None where no more were found.

        `place` gives the time (epoch microseconds) and the key of a row.
        """
        if self.limit is None or found.num_rows <= self.limit:
            return None
        (last,) = found.slice(self.limit - 1, 1).to_pylist()
        return Cursor(self.order, *place(last)).to_text()


def prepare(asked: Listing, lake: LakeFolder, *, orders: Sequence[str], now: datetime) -> Selection:
    """The selection of a listing that knows these orders, the first of them its own.

    Raises `UnknownSource`, and `InvalidQuery` naming the part that is wrong.
    """
    source = lake.source(asked.source)
    order = _checked_order(asked.order, orders)
    query = with_definite_range(_query(asked), lake)
    time_range = resolve_time_range(query, source, now)
    check_query(query, source, time_range.timezone)
    return Selection(
        source=source,
        time_range=time_range,
        filter=query.filter,
        fields=texts(asked.fields, "fields"),
        order=order,
        limit=_checked_limit(asked.limit),
        after=Cursor.from_text(asked.cursor, order) if asked.cursor else None,
    )


def definite_range(asked: object, timezone: str, now: datetime) -> TimeRange | None:
    """A time range as queries take it in instants; None for all time, whatever will be added.

    It is read in `timezone` where it has no zone of its own. Raises `InvalidQuery`.
    """
    found = checked_time_range(asked)
    if found == ALL:
        return None
    return found if isinstance(found, TimeRange) else parse_time_range(found, timezone, now)


def _query(asked: Listing) -> Query:
    """The part of it that any query has."""
    return Query(
        asked.source,
        filter=cast("Filter | None", asked.filter),
        time_range=cast("TimeRange | str", asked.time_range),
        timezone=asked.timezone,
    )


def _checked_order(order: str | None, orders: Sequence[str]) -> str:
    if order is None:
        return orders[0]
    for known in orders:
        if order == known:
            return known
    allowed = " or ".join(repr(known) for known in orders)
    raise InvalidQuery(
        f"order must be {allowed} (with '-' the newest come first), not {order!r}.",
        parameter="order",
        suggestions=list(orders),
    )


def _checked_limit(limit: object) -> int | None:
    if limit is None:
        return None
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= _MAX_ROWS:
        raise InvalidQuery(
            f"limit must be a whole number from 1 to {_MAX_ROWS}, not {limit!r}.",
            parameter="limit",
        )
    return limit
