"""Single events, page by page, in the order of time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import msgspec

from footfall.engines.base import EngineResult, retry_stale
from footfall.engines.columns import physical_columns
from footfall.errors import InvalidQuery, near_names
from footfall.model.field import parse_field
from footfall.model.query import DEFAULT_TIME_RANGE, Query
from footfall.model.time import to_epoch_us
from footfall.query.check import check_query
from footfall.query.plan import resolve_time_range
from footfall.query.portions import portions
from footfall.query.records import look_up, records
from footfall.query.scope import TIMESTAMP, Scope
from footfall.query.summary import with_definite_range

if TYPE_CHECKING:
    from footfall.engines.base import CancelToken, Engine
    from footfall.lake.folder import LakeFolder
    from footfall.model.filter import Filter
    from footfall.model.source import Source
    from footfall.model.time import TimeRange

Order = Literal["timestamp", "-timestamp"]

ORDERS: Final[tuple[Order, ...]] = ("timestamp", "-timestamp")
MOST_EVENTS: Final = 1000


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events of one page; `cursor` begins the following page, None on the last."""

    events: list[dict[str, Any]]
    cursor: str | None
    n_rows_read: int
    milliseconds: float


def list_events(
    lake: LakeFolder,
    source: str,
    engine: Engine,
    *,
    now: datetime,
    time_range: TimeRange | str = DEFAULT_TIME_RANGE,
    filter: Filter | Mapping[str, Any] | None = None,  # noqa: A002 - its name everywhere
    fields: Sequence[str] = (),
    order: str = "-timestamp",
    limit: int = 100,
    cursor: str | None = None,
    timezone: str | None = None,
    cancel: CancelToken | None = None,
) -> EventPage:
    """One page of events that pass the filter, newest first unless `order` is "timestamp".

    `fields` are columns or `properties.<key>`; none means every column and `properties` as
    one dictionary. Events of the same time are ordered by `event_id`. A page stays where it
    is while events are added. Raises `InvalidQuery` naming the part that is wrong.
    """
    query = Query(
        source, filter=cast("Filter | None", filter), time_range=time_range, timezone=timezone
    )
    query = with_definite_range(query, lake)
    definition = lake.source(source)
    page = _Page(
        source=definition,
        query=query,
        time_range=resolve_time_range(query, definition, now),
        fields=tuple(fields),
        order=_checked_order(order),
        limit=_checked_limit(limit),
    )
    check_query(query, definition, page.time_range.timezone)
    _check_fields(fields, definition)
    after = read_cursor(cursor, page.order) if cursor else None
    answer = retry_stale(lambda: page.ask(lake, engine, after, cancel))
    return page.read(answer)


@dataclass(frozen=True, slots=True)
class _Page:
    source: Source
    query: Query
    time_range: TimeRange
    fields: tuple[str, ...]
    order: Order
    limit: int

    def ask(
        self,
        lake: LakeFolder,
        engine: Engine,
        after: tuple[int, str] | None,
        cancel: CancelToken | None,
    ) -> EngineResult:
        """One event more than the page holds, which tells whether another follows."""
        snapshot = lake.table(self.source.name).snapshot(self.time_range)
        scope = Scope.of(snapshot, engine.dialect, self.time_range)
        sql = self._sql(scope, after)
        found: list[EngineResult] = []
        wanted = self.limit + 1

        def n_found() -> int:
            return sum(answer.table.num_rows for answer in found)

        for part in portions(
            snapshot,
            wanted,
            n_found,
            is_newest_first=self.order == "-timestamp",
            after=after[0] if after else None,
        ):
            text = f"{sql} LIMIT {wanted - n_found()}"
            relations = {"events": part.narrowed(scope.fields.named)}
            found.append(engine.run(text, relations, scope.values, cancel=cancel))
            if n_found() >= wanted:
                break
        return _together(found)

    def _sql(self, scope: Scope, after: tuple[int, str] | None) -> str:
        where = scope.where(self.query.filter)
        if after is not None:
            where += f" AND {self._behind(scope, after)}"
        columns = ", ".join(scope.column(name) for name in self._columns())
        word = "DESC" if self.order == "-timestamp" else "ASC"
        return (
            f"SELECT {columns} FROM events WHERE {where} "  # noqa: S608 - values are bound
            f'ORDER BY {TIMESTAMP} {word}, "event_id" {word}'
        )

    def read(self, answer: EngineResult) -> EventPage:
        """The page of an answer."""
        found = list(records(answer.table.slice(0, self.limit), self.source))
        has_more = answer.table.num_rows > self.limit
        following = write_cursor(self.order, found[-1]) if has_more else None
        events = [_chosen(event, self.fields) for event in found]
        return EventPage(events, following, answer.n_rows_read, answer.milliseconds)

    def _behind(self, scope: Scope, after: tuple[int, str]) -> str:
        """Events behind the cursor; the first condition alone lets files be skipped."""
        sign = "<" if self.order == "-timestamp" else ">"
        time = scope.dialect.time_at(after[0])
        event_id = scope.parameters.bind(after[1], "text")
        return (
            f"{TIMESTAMP} {sign}= {time} "
            f'AND ({TIMESTAMP} {sign} {time} OR "event_id" {sign} {event_id})'
        )

    def _columns(self) -> list[str]:
        """Physical columns to read: those of the fields, and what cursors are made of."""
        physical = [column.name for column in physical_columns(self.source)]
        if not self.fields:
            return physical
        wanted = {"timestamp", "event_id", *self.fields}
        if any(field.startswith("properties") for field in self.fields):
            wanted |= {"properties", *self.source.property_columns().values()}
        return [name for name in physical if name in wanted]


def _together(answers: Sequence[EngineResult]) -> EngineResult:
    """The answers to one statement over portions, as one."""
    import pyarrow as pa

    return EngineResult(
        pa.concat_tables([answer.table for answer in answers]),
        sum(answer.n_rows_read for answer in answers),
        sum(answer.milliseconds for answer in answers),
    )


def _chosen(event: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    if not fields:
        return event
    return {field: _value(event, field) for field in fields}


def _value(event: dict[str, Any], field: str) -> Any:
    if field in event:
        return event[field]
    return look_up(event.get("properties", {}), field.removeprefix("properties."))


def _checked_order(order: str) -> Order:
    for known in ORDERS:
        if order == known:
            return known
    raise InvalidQuery(
        f"order must be 'timestamp' or '-timestamp' (newest first), not {order!r}.",
        parameter="order",
        suggestions=list(ORDERS),
    )


def _checked_limit(limit: int) -> int:
    if not 1 <= limit <= MOST_EVENTS:
        raise InvalidQuery(
            f"limit must be 1 to {MOST_EVENTS} events a page, not {limit}; "
            "the next page begins at the cursor.",
            parameter="limit",
        )
    return limit


def _check_fields(fields: Sequence[str], source: Source) -> None:
    for index, text in enumerate(fields):
        parameter = f"fields[{index}]"
        field = parse_field(text, parameter) if text != "properties" else None
        if field is not None and field.kind not in ("column", "property"):
            known = [column.name for column in physical_columns(source)]
            raise InvalidQuery(
                f"{parameter}: {text!r} is computed and not kept with an event; choose columns "
                "such as 'country', or 'properties.<key>'.",
                parameter=parameter,
                suggestions=near_names(text, known),
            )


def write_cursor(order: Order, event: Mapping[str, Any]) -> str:
    """A cursor that continues behind an event."""
    place = [order, to_epoch_us(event["timestamp"]), event["event_id"]]
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(cursor: str, order: Order) -> tuple[int, str]:
    """Time (epoch microseconds) and id of the event that a cursor continues behind.

    Raises `InvalidQuery` for one that is malformed or belongs to the other order.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        made_for, epoch_us, event_id = msgspec.json.decode(text, type=tuple[str, int, str])
    except (binascii.Error, ValueError, msgspec.DecodeError) as error:
        raise InvalidQuery(
            "cursor is not one that a page of events gave; start without a cursor.",
            parameter="cursor",
        ) from error
    if made_for != order:
        raise InvalidQuery(
            f"cursor belongs to pages ordered by {made_for!r}, not {order!r}; keep the order, "
            "or start without a cursor.",
            parameter="cursor",
        )
    return epoch_us, event_id
