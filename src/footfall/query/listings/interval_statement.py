"""The statement that pairs the starts and ends of an interval.

`marks` are the events that start or end one. An event is paired with its neighbour of the
same actor and key, in the order of time and `event_id`: a start with the end that follows it
directly, if no more than the longest time lies between. So every start and end is in exactly
one interval, whatever order they came in.

A row is an interval: `mark` is 1 where it has a start (else 2), `time_us` and `event` time and id
of the event that opens it, `is_pair` 1 where it has both, `end_us` and `end_event` time and id of
its end, and `is_last` 1 where it has a start that no mark follows, so that it may still run.
"""

# ruff: noqa: S608 - statements are put together here, from names of our own; values are bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from footfall.model.field import Field
from footfall.model.filter import Filter
from footfall.model.interval import Interval
from footfall.model.time import TimeRange
from footfall.query.listings.cursor import Cursor
from footfall.query.sql.fields import ExpressionType
from footfall.query.sql.scope import TIMESTAMP, Scope

_NEIGHBOUR: Final = "(PARTITION BY {by} ORDER BY time_us, event ROWS BETWEEN 1 {way} AND 1 {way})"


@dataclass(frozen=True, slots=True)
class IntervalSelection:
    """What is wanted of the intervals that open in a time range.

    `filter` is about the event that opens one; `after` is the opening
    event behind which to begin; `limit` the most rows, None for all.
    """

    time_range: TimeRange
    fields: Sequence[Field]
    filter: Filter | None = None
    after: Cursor | None = None
    limit: int | None = None


def range_read(item: Interval, time_range: TimeRange) -> TimeRange:
    """The range of the events that tell which intervals open in `time_range`."""
    return time_range.widened(timedelta(microseconds=item.longest_us))


def intervals_statement(
    item: Interval, keys: Sequence[Field], scope: Scope, asked: IntervalSelection
) -> str:
    """The statement; `k0`, … are the key as text and `c0`, … the fields of the opening event."""
    names = [f"k{place}" for place in range(len(keys))]
    by = ", ".join(["actor", *names])
    marks = _marks(item, keys, scope, asked)
    paired = f"SELECT *, {', '.join(_neighbours(by))} FROM marks"
    told = (
        "SELECT *,\n  CASE WHEN mark = 1 AND mark_after = 2 AND "
        f"time_after - time_us <= {item.longest_us} THEN 1 ELSE 0 END AS is_pair,\n"
        "  CASE WHEN mark = 2 AND mark_before = 1 AND "
        f"time_us - time_before <= {item.longest_us} THEN 1 ELSE 0 END AS is_end\n  FROM paired"
    )
    columns = [*names, *(f"c{place}" for place in range(len(asked.fields)))]
    shown = ", ".join(
        [
            *("actor", "mark", "time_us", "event", "is_pair"),
            "CASE WHEN is_pair = 1 THEN time_after END AS end_us",
            "CASE WHEN is_pair = 1 THEN event_after END AS end_event",
            "CASE WHEN mark = 1 AND mark_after = 0 THEN 1 ELSE 0 END AS is_last",
            *columns,
        ]
    )
    limit = f" LIMIT {asked.limit}" if asked.limit else ""
    return scope.noted(
        f"WITH marks AS (\n  {marks}\n), paired AS (\n  {paired}\n), told AS (\n  {told}\n)\n"
        f"SELECT {shown} FROM told\nWHERE {_opens(scope, asked)}\nORDER BY time_us, event{limit}"
    )


def _marks(item: Interval, keys: Sequence[Field], scope: Scope, asked: IntervalSelection) -> str:
    fields = scope.fields
    start, end = (scope.parameters.bind(name, "text") for name in (item.start, item.end))
    actor, name, event_id = (scope.column(name) for name in ("actor_id", "name", "event_id"))
    select = [
        f"{actor} AS actor",
        f"CASE WHEN {name} = {start} THEN 1 ELSE 2 END AS mark",
        f"{scope.dialect.epoch_us(TIMESTAMP)} AS time_us",
        f"{event_id} AS event",
    ]
    select += [f"{fields.text(fields.expression(key))} AS k{n}" for n, key in enumerate(keys)]
    select += [f"{value_of(scope, field)} AS c{n}" for n, field in enumerate(asked.fields)]
    if asked.filter is not None:
        select.append(f"CASE WHEN {scope.conditions.sql(asked.filter)} THEN 1 ELSE 0 END AS is_hit")
    return (
        f"SELECT {', '.join(select)}\n  FROM {scope.events} "
        f"WHERE {scope.within()} AND {name} IN ({start}, {end})"
    )


def value_of(scope: Scope, field: Field) -> str:
    """The value of a field: text, a number, or for times epoch microseconds."""
    expression = scope.fields.expression(field)
    if is_text(expression.type):
        return scope.fields.text(expression)
    return scope.fields.number(expression)


def is_text(kind: ExpressionType) -> bool:
    """Whether values of that type come back as text."""
    return kind in ("text", "json")


def _neighbours(by: str) -> list[str]:
    after, before = (_NEIGHBOUR.format(by=by, way=way) for way in ("FOLLOWING", "PRECEDING"))
    return [
        # An engine may give 0 where there is no neighbour, which is no kind of mark either.
        f"coalesce(max(mark) OVER {after}, 0) AS mark_after",
        f"max(time_us) OVER {after} AS time_after",
        f"max(event) OVER {after} AS event_after",
        f"coalesce(max(mark) OVER {before}, 0) AS mark_before",
        f"max(time_us) OVER {before} AS time_before",
    ]


def _opens(scope: Scope, asked: IntervalSelection) -> str:
    parts = [
        "is_end = 0",
        f"time_us >= {asked.time_range.start_us}",
        f"time_us < {asked.time_range.end_us}",
    ]
    if asked.filter is not None:
        parts.append("is_hit = 1")
    if asked.after is not None:
        time, event_id = asked.after.epoch_us, scope.parameters.bind(asked.after.key, "text")
        parts.append(f"(time_us > {time} OR (time_us = {time} AND event > {event_id}))")
    return " AND ".join(parts)
