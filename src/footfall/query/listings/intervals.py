"""Intervals of a source: starts and ends in pairs, and those that found no partner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, cast

from footfall.engines.base import retry_stale
from footfall.errors import InvalidQuery, near_names, suggest
from footfall.model.field import Field, parse_field
from footfall.model.interval import COMPLETE, NO_END, NO_START, OPEN, Interval
from footfall.model.time import to_epoch_us
from footfall.query.listings.interval_statement import (
    IntervalSelection,
    intervals_statement,
    is_text,
    range_read,
)
from footfall.query.listings.listing import Listing, Page, Selection, prepare
from footfall.query.result import Result, ResultColumn, ResultType
from footfall.query.sql.fields import ExpressionType, type_of
from footfall.query.sql.scope import Scope

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.engines.base import CancelToken, Engine, EngineResult, Limits
    from footfall.lake.folder import LakeFolder
    from footfall.model.source import Source

ORDERS: Final = ("start",)

_OWN: Final = ("name", "actor_id", "start", "end", "duration", "state", "start_id", "end_id")
_TOLD_OTHERWISE: Final = frozenset(
    {"event_id", "timestamp", "received_at", "name", "actor_id", "properties"}
)


def list_intervals(
    lake: LakeFolder,
    engine: Engine,
    name: str,
    asked: Listing,
    *,
    now: datetime,
    limits: Limits | None = None,
    cancel: CancelToken | None = None,
) -> Page[Result]:
    """The intervals of that name that open in the range, by an event that passes the filter.

    They come in the order of the time at which they open. Columns: name, actor_id, start, end
    (in the query's zone), duration in seconds, state ("complete", "open", "no_end",
    "no_start"), start_id, end_id, the fields of the key, and the `fields` asked for of the event
    that opens it, which is the end where there is no start. Raises `InvalidQuery` naming the
    part that is wrong, `UnknownSource`, and what engines raise: `LimitExceeded`, `Cancelled`,
    `EngineError`.
    """
    item = _interval(lake.source(asked.source), name)
    wanted = prepare(asked, lake, orders=ORDERS, now=now)
    listing = _IntervalListing(item, wanted, _fields(item, wanted.fields), engine, to_epoch_us(now))
    return retry_stale(lambda: listing.page(lake, limits, cancel))


@dataclass(frozen=True)
class _IntervalListing:
    """One page, from one version of the table."""

    interval: Interval
    asked: Selection
    fields: Sequence[Field]
    engine: Engine
    now_us: int

    @property
    def keys(self) -> list[Field]:
        """The fields of the interval's key."""
        return [parse_field(text, "key") for text in self.interval.key]

    def page(
        self, lake: LakeFolder, limits: Limits | None, cancel: CancelToken | None
    ) -> Page[Result]:
        """The page of the newest version."""
        read = range_read(self.interval, self.asked.time_range)
        snapshot = lake.table(self.asked.source.name).snapshot(read)
        scope = Scope.of(snapshot, self.engine.dialect, read)
        sql = intervals_statement(self.interval, self.keys, scope, self._selection())
        relations = {"events": scope.reading()}
        answer = self.engine.run(sql, relations, scope.values, limits=limits, cancel=cancel)
        return Page(
            rows=self._result(self.asked.shown(answer.table), sql, answer),
            cursor=self.asked.cursor(answer.table, _place),
            n_rows_read=answer.n_rows_read,
            milliseconds=answer.milliseconds,
        )

    def _selection(self) -> IntervalSelection:
        return IntervalSelection(
            self.asked.time_range,
            self.fields,
            self.asked.filter,
            self.asked.after,
            self.asked.n_wanted,
        )

    def _result(self, rows: pa.Table, sql: str, answer: EngineResult) -> Result:
        columns, values = self._columns(rows)
        import pyarrow as pa

        return Result(
            columns=tuple(columns),
            table=pa.table(dict(zip((item.name for item in columns), values, strict=True))),
            sql=sql,
            engine=self.engine.name,
            milliseconds=answer.milliseconds,
            n_rows_read=answer.n_rows_read,
            time_range=self.asked.time_range,
        )

    def _columns(self, rows: pa.Table) -> tuple[list[ResultColumn], list[Any]]:
        own = self._own(rows)
        columns = [ResultColumn(name, *_SHAPES[name]) for name in _OWN]
        values = [own[name] for name in _OWN]
        for place, key in enumerate(self.keys):
            columns.append(ResultColumn(key.text, "dimension", "text"))
            values.append(_texts(rows[f"k{place}"]))
        for place, field in enumerate(self.fields):
            kind = type_of(field, self.asked.source)
            shown: ResultType = "text" if is_text(kind) else cast("ResultType", kind)
            columns.append(ResultColumn(field.text, "dimension", shown))
            values.append(_typed(rows[f"c{place}"], kind, self.asked.time_range.timezone))
        return columns, values

    def _own(self, rows: pa.Table) -> dict[str, Any]:
        """The columns that every interval has."""
        import pyarrow as pa
        import pyarrow.compute as pc

        zone = self.asked.time_range.timezone
        has_start, is_whole = pc.equal(rows["mark"], 1), pc.equal(rows["is_pair"], 1)
        opened, closed = rows["time_us"].cast(pa.int64()), rows["end_us"].cast(pa.int64())
        nothing, no_text = pa.scalar(None, pa.int64()), pa.scalar(None, pa.string())
        ids = _texts(rows["event"])
        end = pc.if_else(is_whole, closed, nothing)
        # What is not too old to end, and was not begun anew.
        is_young = pc.greater_equal(opened, self.now_us - self.interval.longest_us)
        is_open = pc.and_(pc.equal(rows["is_last"], 1), is_young)
        lone = pc.if_else(has_start, pc.if_else(is_open, OPEN, NO_END), NO_START)
        length = pc.divide(pc.subtract(end, opened).cast(pa.float64()), 1e6)
        return {
            "name": pa.array([self.interval.name] * len(rows), pa.string()),
            "actor_id": _texts(rows["actor"]),
            "start": _times(pc.if_else(has_start, opened, nothing), zone),
            "end": _times(pc.if_else(has_start, end, opened), zone),
            "duration": length,
            "state": pc.if_else(is_whole, COMPLETE, lone),
            "start_id": pc.if_else(has_start, ids, no_text),
            "end_id": pc.if_else(has_start, _texts(rows["end_event"]), ids),
        }


_SHAPES: Final[dict[str, tuple[Any, ...]]] = {
    "name": ("dimension", "text"),
    "actor_id": ("dimension", "text"),
    "start": ("dimension", "time"),
    "end": ("dimension", "time"),
    "duration": ("metric", "float", "seconds"),
    "state": ("dimension", "text"),
    "start_id": ("dimension", "text"),
    "end_id": ("dimension", "text"),
}


def _interval(source: Source, name: str) -> Interval:
    names = [item.name for item in source.intervals]
    for item in source.intervals:
        if item.name == name:
            return item
    there = f"there are {', '.join(names)}" if names else "none is declared"
    near = near_names(name, names)
    raise InvalidQuery(
        f"Source {source.name!r} has no interval {name!r}; {there}. Declare it by the names of "
        f'the events that open and close it: footfall source set {source.name} --interval "{name}:'
        f'START..END".' + suggest(near),
        parameter="name",
        suggestions=near,
    )


def _fields(item: Interval, names: Sequence[str]) -> list[Field]:
    """The fields to show, which are not shown otherwise."""
    found = [parse_field(text, f"fields[{place}]") for place, text in enumerate(names)]
    for place, field in enumerate(found):
        if field.kind == "session" or (field.kind == "column" and field.text in _TOLD_OTHERWISE):
            raise InvalidQuery(
                f"fields[{place}]: {field.text!r} is no field of the event that opens an interval; "
                "choose columns such as 'country', or 'properties.<key>'.",
                parameter=f"fields[{place}]",
            )
    return [field for field in found if field.text not in item.key]


def _place(interval: Mapping[str, Any]) -> tuple[int, str]:
    return int(interval["time_us"]), interval["event"]


def _texts(values: Any) -> Any:
    import pyarrow as pa

    return values.cast(pa.string())


def _times(values: Any, timezone: str) -> Any:
    import pyarrow as pa

    return values.cast(pa.int64()).cast(pa.timestamp("us", timezone))


def _typed(values: Any, kind: ExpressionType, timezone: str) -> Any:
    import pyarrow as pa

    if is_text(kind):
        return _texts(values)
    if kind == "time":
        return _times(values, timezone)
    if kind == "bool":
        return values.cast(pa.int64()).cast(pa.bool_())
    return values.cast(pa.int64() if kind == "int" else pa.float64())
