"""Rows of a result, side by side with the earlier range where one was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from footfall.model.metric import parse_metric

if TYPE_CHECKING:
    from footfall.query.result import Result

EARLIER: Final = ".before"

_COUNTS: Final = frozenset({"events", "actors", "sessions", "distinct", "estimate"})

Row = Mapping[str, Any]


def columns_of(result: Result) -> list[str]:
    """Names of the columns; `METRIC.before` behind each metric that is compared."""
    names: list[str] = []
    for column in result.columns:
        names.append(column.name)
        if column.role == "metric" and result.comparison is not None:
            names.append(column.name + EARLIER)
    return names


def rows_of(result: Result) -> list[dict[str, Any]]:
    """The rows, each with what the same group and the bucket of the same place had before.

    Groups that were there only before follow at the end, unless there are buckets or a limit.
    """
    if result.comparison is None:
        return result.to_dicts()
    before = {_place(row, result.comparison): row for row in result.comparison.to_dicts()}
    nothing = {name: 0 if parse_metric(name).kind in _COUNTS else None for name in _metrics(result)}
    rows = [
        {**row, **_earlier(before.pop(_place(row, result), nothing), nothing)}
        for row in result.to_dicts()
    ]
    is_whole = not result.buckets and (result.query is None or result.query.limit is None)
    gone = before.values() if is_whole else ()
    return [*rows, *({**row, **nothing, **_earlier(row, nothing)} for row in gone)]


def _earlier(row: Row, metrics: Mapping[str, Any]) -> dict[str, Any]:
    return {name + EARLIER: row.get(name) for name in metrics}


def _metrics(result: Result) -> list[str]:
    return [column.name for column in result.columns if column.role == "metric"]


def _place(row: Row, result: Result) -> tuple[Any, ...]:
    """What a row has in common with the one it is compared with."""
    dimensions = [column.name for column in result.columns if column.role == "dimension"]
    bucket = -1
    if "time" in row:
        bucket = [each.start for each in result.buckets].index(row["time"])
    return (bucket, *(row.get(name) for name in dimensions))
