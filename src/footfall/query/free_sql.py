"""Read-only SQL that anybody may write, over the sources as tables of their own names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from footfall.engines.base import CancelToken, Limits, SandboxEngine, retry_stale
from footfall.errors import InvalidSQL
from footfall.model.time import utc_now
from footfall.query.free_sql_check import check_sql
from footfall.query.interval_views import IntervalView, views_of
from footfall.query.result import Result, result_of_table

if TYPE_CHECKING:
    from footfall.engines.base import EngineResult
    from footfall.lake.folder import LakeFolder

_NO_COLUMN: Final = re.compile(
    """Referenced column "([^"]+)" not found|"""
    """Cannot extract field '([^']+)' from expression "properties\""""
)


def run_sql(
    text: str,
    lake: LakeFolder,
    engine: SandboxEngine,
    *,
    parameters: Mapping[str, Any] | None = None,
    limits: Limits | None = None,
    cancel: CancelToken | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Result:
    """The answer to one SELECT, in DuckDB's SQL.

    A source shows its canonical columns, its declared properties under their own keys, and
    `properties` with the rest as JSON text; an interval that it declares is the table
    `SOURCE_INTERVAL`. `parameters` stand for `$name`. Raises `InvalidSQL`,
    `LimitExceeded` and `Cancelled`; without `limits` those of the lake's settings hold.
    """
    sources = {source.name: source for source in lake.sources()}
    views = {name: view for name, view in views_of(sources.values()).items() if name not in sources}
    named = check_sql(text, [*sources, *views])
    derived = {name: view for name, view in views.items() if name in named}
    wanted = sorted({views[name].source.name if name in views else name for name in named})
    held = limits or Limits.from_settings(lake.settings.query)

    def attempt() -> EngineResult:
        snapshots = {name: lake.table(name).snapshot() for name in wanted}
        try:
            return engine.run_locked(
                text,
                snapshots,
                parameters,
                limits=held,
                cancel=cancel,
                derived={name: view.sql(clock()) for name, view in derived.items()},
            )
        except InvalidSQL as error:
            raise _explained(error, wanted, derived) from error

    answer = retry_stale(attempt)
    return result_of_table(
        answer.table,
        sql=text,
        engine="duckdb",
        milliseconds=answer.milliseconds,
        n_rows_read=answer.n_rows_read,
    )


def _explained(
    error: InvalidSQL, sources: Sequence[str], intervals: Mapping[str, IntervalView]
) -> InvalidSQL:
    """The error; where a column is missing, also how to read a property that is none."""
    missing = _NO_COLUMN.search(error.message)
    if missing is None:
        return error
    key = missing[1] or missing[2]
    ways = [_of_interval(name, view) for name, view in intervals.items()]
    ways = ways or [_of_property(key, sources)]
    return InvalidSQL(
        "\n".join([error.message, *ways]),
        parameter=error.parameter,
        suggestions=error.suggestions,
    )


def _of_property(key: str, sources: Sequence[str]) -> str:
    source = sources[0] if len(sources) == 1 else "NAME"
    return (
        f"If {key} is a property that is not declared, write "
        f"json_extract_string(properties, '$.{key}'), or declare it: "
        f"footfall source set {source} --property {key}:text."
    )


def _of_interval(name: str, view: IntervalView) -> str:
    source = view.source.name
    return (
        f"{name} has its own columns and those of the interval's key alone. What else its opening "
        f"event had is in {source}: JOIN {source} AS e ON e.event_id = {name}.start_id."
    )
