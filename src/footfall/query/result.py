"""The answer to a query: typed columns with units, rows, totals, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from footfall.errors import InvalidSQL
from footfall.model.query import Query
from footfall.model.time import Bucket, TimeRange
from footfall.query.compared_rows import join
from footfall.render.chart import chart
from footfall.render.frames import to_pandas, to_polars
from footfall.render.html import html_table
from footfall.render.text import to_csv

if TYPE_CHECKING:
    import altair
    import pandas as pd
    import polars as pl
    import pyarrow as pa

Role = Literal["time", "dimension", "metric"]
ResultType = Literal["time", "date", "text", "int", "float", "bool"]

OTHER: Final = "(other)"
IS_OTHER: Final = "is_other"

# Parts of the JSON form that SQL may leave without a value.
_OF_QUERIES: Final = frozenset(
    {
        *("query", "totals", "time_range", "buckets"),
        *("comparison", "is_estimate", "notes", "executed"),
    }
)


@dataclass(frozen=True, slots=True)
class ResultColumn:
    """A column of a result.

    `unit` is what a metric counts or is measured in ("events", "actors", "sessions",
    "seconds", "ratio", "events per actor", …), None where it has none.
    """

    name: str
    role: Role
    type: ResultType
    unit: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON form."""
        return {"name": self.name, "role": self.role, "type": self.type, "unit": self.unit}


@dataclass(frozen=True, repr=False)
class Result:
    """A table of groups and their metrics.

    `table` has the columns of `columns`, times in the zone of the query; where a query has
    dimensions and a limit, a last column `is_other` marks the row that joins all groups
    beyond it. `totals` are computed over all events of the query, not added up. Results of
    SQL have no query, time range, buckets or totals.

    `sql` gives the same numbers as free SQL: a statement for the metrics over events, one for
    those over sessions, with `;` and an empty line between. `executed` is what the engine ran.
    `notes` say what the numbers do not, such as that no event has a property of the query.
    """

    columns: tuple[ResultColumn, ...]
    table: pa.Table = field(repr=False)
    sql: str = field(repr=False)
    engine: str
    milliseconds: float
    n_rows_read: int
    query: Query | None = None
    time_range: TimeRange | None = None
    buckets: tuple[Bucket, ...] = field(default=(), repr=False)
    totals: dict[str, Any] = field(default_factory=dict[str, Any])
    is_estimate: bool = False
    comparison: Result | None = field(default=None, repr=False)
    executed: str = field(default="", repr=False)
    notes: tuple[str, ...] = ()

    @property
    def timezone(self) -> str:
        """The time zone of the result's times."""
        return self.time_range.timezone if self.time_range else "UTC"

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        """One dict per row; times are aware. The row of the others is marked `is_other`.

        Raises `InvalidSQL` where SQL gave a time that Python has no value for.
        """
        rows = _rows(self.table)
        if IS_OTHER not in self.table.column_names:
            return rows
        dimensions = [column.name for column in self.columns if column.role == "dimension"]
        for row in rows:
            if row.pop(IS_OTHER):
                row.update(dict.fromkeys(dimensions, OTHER))
                row[IS_OTHER] = True
        return rows

    def joined(self) -> Result:
        """The rows with a column `METRIC.before` behind each metric, from the comparison.

        Groups that were there only before follow at the end, unless there are buckets or a
        limit. The result itself where nothing was compared.
        """
        return self if self.comparison is None else join(self, self.comparison)

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows as dicts."""
        return self.rows

    def to_arrow(self) -> pa.Table:
        """The rows as an Arrow table."""
        return self.table

    def to_polars(self) -> pl.DataFrame:
        """The rows as a Polars data frame; raises `MissingComponent` without Polars."""
        return to_polars(self.table)

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a pandas data frame; raises `MissingComponent` without pandas."""
        return to_pandas(self.table)

    def to_csv(self) -> str:
        """The rows as CSV with a header; times in ISO 8601, nothing where there is no value.

        A text that a spreadsheet would run as a formula has a `'` before it.
        """
        return to_csv([column.name for column in self.columns], self.rows)

    def to_dict(self) -> dict[str, Any]:
        """The JSON form, with times as local ISO 8601 texts.

        The answer to a query has every part; one of SQL leaves out those that it lacks.
        """
        form = self._form()
        if self.query is not None:
            return form
        return {key: value for key, value in form.items() if value or key not in _OF_QUERIES}

    def _form(self) -> dict[str, Any]:
        """Every part of the JSON form."""
        return {
            "query": self.query.to_dict() if self.query else None,
            "columns": [column.to_dict() for column in self.columns],
            "rows": [_plain_row(row) for row in self.rows],
            "totals": _plain_row(self.totals),
            "time_range": self.time_range.to_dict() if self.time_range else None,
            "buckets": self._buckets(),
            "comparison": self.comparison.to_dict() if self.comparison else None,
            "engine": self.engine,
            "milliseconds": round(self.milliseconds, 3),
            "n_rows_read": self.n_rows_read,
            "is_estimate": self.is_estimate,
            "notes": list(self.notes),
            "sql": self.sql,
            "executed": self.executed,
        }

    def to_json(self) -> str:
        """The JSON form as text."""
        return msgspec.json.encode(self.to_dict()).decode()

    def to_chart(self) -> altair.TopLevelMixin:
        """The rows as an Altair chart, by their shape; raises `MissingComponent` without it."""
        return chart(self)

    def __repr__(self) -> str:
        names = ", ".join(column.name for column in self.columns)
        return f"<Result of {self._told()}: {names}>"

    def _repr_html_(self) -> str:
        names = [column.name for column in self.columns]
        return html_table(names, self.rows, self._told(), self.table.num_rows)

    def _told(self) -> str:
        """What a person wants to know beside the rows."""
        n_rows = self.table.num_rows
        parts = [f"{n_rows:,} row{'' if n_rows == 1 else 's'}"]
        if self.time_range is not None:
            start, end = self.time_range.start, self.time_range.end
            zone = ZoneInfo(self.timezone)
            span = (each.astimezone(zone).strftime("%Y-%m-%d %H:%M") for each in (start, end))
            parts.append(f"{' to '.join(span)} {self.timezone}")
        parts.append(f"{self.n_rows_read:,} events read in {self.milliseconds:,.0f} ms")
        if self.is_estimate:
            parts.append("estimated")
        return ", ".join(parts)

    def _buckets(self) -> list[dict[str, Any]]:
        zone = ZoneInfo(self.timezone)
        return [
            {
                "start": bucket.start.astimezone(zone).isoformat(),
                "end": bucket.end.astimezone(zone).isoformat(),
                "is_partial": bucket.is_partial,
            }
            for bucket in self.buckets
        ]


def column_types(table: pa.Table) -> list[ResultType]:
    """The type of every column of an engine's answer."""
    return [_type_of(item.type) for item in table.schema]


def result_of_table(
    table: pa.Table, *, sql: str, engine: str, milliseconds: float, n_rows_read: int
) -> Result:
    """The result of SQL that a user wrote: numbers are metrics, anything else dimensions.

    NaN and infinities are nothing in it, as they are in every form of a query's result.
    """
    table = _finite(table)
    columns = tuple(
        ResultColumn(name, _role_of(kind), kind)
        for name, kind in zip(table.column_names, column_types(table), strict=True)
    )
    return Result(columns, table, sql, engine, milliseconds, n_rows_read)


def _finite(table: pa.Table) -> pa.Table:
    """The table with nulls for the numbers of its columns that are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for index, item in enumerate(table.schema):
        if pa.types.is_floating(item.type):
            column = table.column(index)
            kept = pc.if_else(pc.is_finite(column), column, pa.scalar(None, item.type))
            table = table.set_column(index, item, kept)
    return table


def _rows(table: pa.Table) -> list[dict[str, Any]]:
    try:
        return table.to_pylist()
    except (OverflowError, ValueError) as error:
        raise InvalidSQL(
            f"Column {_unshown(table)!r} holds a time that cannot be shown ({error}): before the "
            "year 1, after 9999, infinite, or of nanoseconds. Cast it to text: "
            "cast(… AS VARCHAR)."
        ) from error


def _unshown(table: pa.Table) -> str:
    """The first column whose values Python has no value for."""
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            column.to_pylist()
        except (OverflowError, ValueError):
            return name
    raise AssertionError("every column can be shown")


def _role_of(kind: ResultType) -> Role:
    return "metric" if kind in ("int", "float") else "dimension"


def _type_of(kind: pa.DataType) -> ResultType:
    import pyarrow as pa

    checks: Sequence[tuple[Any, ResultType]] = (
        (pa.types.is_boolean, "bool"),
        (pa.types.is_integer, "int"),
        (pa.types.is_floating, "float"),
        (pa.types.is_timestamp, "time"),
        (pa.types.is_date, "date"),
    )
    for check, name in checks:
        if check(kind):
            return name
    return "text"


def _plain_row(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else value
