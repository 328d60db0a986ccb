"""A result and its comparison as one table, what was before beside what is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from footfall.model.metric import parse_metric
from footfall.model.time import to_epoch_us

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.query.result import Result, ResultColumn

EARLIER: Final = ".before"

_COUNTS: Final = frozenset({"events", "actors", "sessions", "distinct", "estimate"})

# Row of the result, row of its comparison; None where there is no such row.
Pair = tuple[int | None, int | None]


def join(now: Result, before: Result) -> Result:
    """The rows of `now`, each with what the same group and bucket had in `before`.

    Behind each metric stands `METRIC.before`; a count of nothing is 0, any other metric null.
    The n-th bucket of one belongs to the n-th of the other. Groups that were there only
    before follow at the end, unless there are buckets or a limit.
    """
    pairs = list(_pairs(now, before))
    columns = [column for each in now.columns for column in _beside(each)]
    return replace(
        now,
        columns=tuple(columns),
        table=_table(now, before, pairs),
        totals={
            column.name: _total(column.name, now, before)
            for column in columns
            if column.role == "metric" and now.totals
        },
        comparison=None,
    )


def _pairs(now: Result, before: Result) -> Iterator[Pair]:
    left = {place: row for row, place in enumerate(_places(before))}
    for row, place in enumerate(_places(now)):
        yield row, left.pop(place, None)
    if not now.buckets and (now.query is None or now.query.limit is None):
        yield from ((None, row) for row in left.values())


def _places(result: Result) -> list[tuple[Any, ...]]:
    """What each row has in common with the one it is compared with: bucket and group."""
    columns = [_buckets(result)] if result.buckets else []
    columns += [result.table[name].to_pylist() for name in _labels(result)]
    return list(zip(*columns, strict=True)) if columns else [()] * result.table.num_rows


def _buckets(result: Result) -> list[int]:
    """The number of each row's bucket."""
    # By the instant: local times that come twice a year are equal to none.
    numbers = {to_epoch_us(bucket.start): n for n, bucket in enumerate(result.buckets)}
    time = next(column.name for column in result.columns if column.role == "time")
    return [numbers[instant] for instant in result.table[time].cast("int64").to_pylist()]


def _labels(result: Result) -> list[str]:
    """Columns that tell groups apart: dimensions, and the mark of the others."""
    known = {column.name for column in result.columns if column.role != "dimension"}
    return [name for name in result.table.column_names if name not in known]


def _beside(column: ResultColumn) -> list[ResultColumn]:
    if column.role != "metric":
        return [column]
    return [column, replace(column, name=column.name + EARLIER)]


def _total(name: str, now: Result, before: Result) -> Any:
    is_before = name not in now.totals
    return before.totals.get(name.removesuffix(EARLIER)) if is_before else now.totals[name]


def _table(now: Result, before: Result, pairs: list[Pair]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    here = now.table.take(pa.array([row for row, _ in pairs], pa.int64()))
    there = before.table.take(pa.array([row for _, row in pairs], pa.int64()))
    metrics = {column.name for column in now.columns if column.role == "metric"}
    columns: dict[str, Any] = {}
    for name in now.table.column_names:
        if name in metrics:
            columns[name] = _filled(name, here[name])
            columns[name + EARLIER] = _filled(name, there[name])
        else:
            columns[name] = pc.coalesce(here[name], there[name])
    return pa.table(columns)


def _filled(metric: str, values: pa.ChunkedArray) -> pa.ChunkedArray:
    return values.fill_null(0) if parse_metric(metric).kind in _COUNTS else values
