"""Answers of engines, joined by group and put in order as the rows of a result."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from footfall.model.metric import QUANTILES, Metric
from footfall.model.query import TIME_COLUMN
from footfall.model.source import Source
from footfall.model.time import from_epoch_us, to_epoch_us
from footfall.query.result import IS_OTHER, OTHER, ResultColumn, ResultType
from footfall.query.sql.fields import type_of, value_type
from footfall.query.sql.plan import Group, Plan

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.query.sql.statement import Statement


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of the result: bucket, values of the dimensions, whether it joins the others."""

    time: int | None
    group: Group
    is_other: bool


@dataclass
class Cells:
    """Metrics by group, and over all groups."""

    plan: Plan
    values: dict[Cell, dict[Metric, Any]] = field(default_factory=dict[Cell, dict[Metric, Any]])
    totals: dict[Metric, Any] = field(default_factory=dict[Metric, Any])

    def add(self, statement: Statement, table: pa.Table) -> None:
        """Take in the answer to a statement."""
        columns = {name: table[name].to_pylist() for name in table.column_names}
        keys = columns.get("bucket", [None] * table.num_rows)
        dimensions = [columns[f"d{i}"] for i in range(len(self.plan.dimensions))]
        others = columns.get("is_other", [0] * table.num_rows)
        for row, is_total in enumerate(columns["is_total"]):
            found = {
                metric: rounded(metric, columns[f"m{i}"][row])
                for i, metric in enumerate(statement.metrics)
            }
            if is_total:
                self.totals.update(found)
                continue
            group = tuple(column[row] for column in dimensions)
            cell = Cell(keys[row], group, bool(others[row]))
            self.values.setdefault(cell, {}).update(found)

    def groups(self) -> tuple[Group, ...]:
        """The groups that were told apart, each once."""
        return tuple(dict.fromkeys(cell.group for cell in self.values if not cell.is_other))

    def columns(self) -> tuple[ResultColumn, ...]:
        """The columns of the result."""
        plan = self.plan
        time = [ResultColumn(TIME_COLUMN, "time", "time")] if plan.query.granularity else []
        dimensions = [
            ResultColumn(d.text, "dimension", value_type(type_of(d, plan.source)))
            for d in plan.dimensions
        ]
        metrics = [
            ResultColumn(m.text, "metric", metric_type(m, plan.source), m.unit)
            for m in plan.metrics
        ]
        return (*time, *dimensions, *metrics)

    def table(self) -> pa.Table:
        """The rows, ordered; times are in the zone of the query."""
        import pyarrow as pa

        rows = self._rows()
        names = self.columns()
        data = [self._array(column, rows) for column in names]
        labels = [column.name for column in names]
        if self.plan.has_limit:
            data.append(pa.array([cell.is_other for cell, _ in rows], pa.bool_()))
            labels.append(IS_OTHER)
        return pa.Table.from_arrays(data, names=labels)

    def named_totals(self) -> dict[str, Any]:
        """Totals by metric; times as instants."""
        found: dict[str, Any] = {}
        for metric in self.plan.metrics if self.plan.has_totals else ():
            value = _or_nothing(metric, self.totals.get(metric))
            if value is not None and metric_type(metric, self.plan.source) == "time":
                value = from_epoch_us(value).astimezone(self.plan.time_range.zone)
            found[metric.text] = value
        return found

    def _rows(self) -> list[tuple[Cell, dict[Metric, Any]]]:
        rows = [(cell, self.values[cell]) for cell in self.values]
        if not self.plan.dimensions:
            rows = self._with_gaps_filled()
        rows = self._ordered(rows)
        if self.plan.query.limit is not None and not self.plan.dimensions:
            rows = rows[: self.plan.query.limit]
        return rows

    def _with_gaps_filled(self) -> list[tuple[Cell, dict[Metric, Any]]]:
        if self.plan.query.granularity is None:
            return [(Cell(None, (), is_other=False), self.totals)]
        cells = [Cell(bucket.key, (), is_other=False) for bucket in self.plan.buckets]
        return [(cell, self.values.get(cell, {})) for cell in cells]

    def _ordered(
        self, rows: list[tuple[Cell, dict[Metric, Any]]]
    ) -> list[tuple[Cell, dict[Metric, Any]]]:
        """Stable sorts from the last criterion to the first."""
        names = [*self.plan.query.dimensions, TIME_COLUMN]
        order = [(name.removeprefix("-"), name.startswith("-")) for name in self._order()]
        # The others come last, within their bucket where buckets come first.
        position = 1 if order and order[0][0] == TIME_COLUMN else 0
        for name in reversed(names):
            rows = _sorted(rows, self._key(name), is_descending=False)
        for index in range(len(order), -1, -1):
            if index == position:
                rows = sorted(rows, key=_is_other)
            if index > 0:
                name, is_descending = order[index - 1]
                rows = _sorted(rows, self._key(name), is_descending=is_descending)
        return rows

    def _order(self) -> tuple[str, ...]:
        if self.plan.query.order is not None:
            return self.plan.query.order
        time = (TIME_COLUMN,) if self.plan.query.granularity else ()
        first = (f"-{self.plan.metrics[0].text}",) if self.plan.dimensions else ()
        return (*time, *first)

    def _key(self, name: str) -> Callable[[tuple[Cell, dict[Metric, Any]]], Any]:
        if name == TIME_COLUMN:
            return lambda row: row[0].time
        if name in self.plan.query.dimensions:
            index = self.plan.query.dimensions.index(name)
            return lambda row: row[0].group[index]
        metric = next(item for item in self.plan.metrics if item.text == name)
        return lambda row: _or_nothing(metric, row[1].get(metric))

    def _array(self, column: ResultColumn, rows: Sequence[tuple[Cell, Any]]) -> pa.Array:
        import pyarrow as pa

        key = self._key(column.name)
        values = [key(row) for row in rows]
        if column.role == "time":
            starts = {bucket.key: to_epoch_us(bucket.start) for bucket in self.plan.buckets}
            values = [starts[value] for value in values]
        if column.role == "dimension" and column.type == "text":
            is_other = [cell.is_other for cell, _ in rows]
            values = [OTHER if o else v for o, v in zip(is_other, values, strict=True)]
        if column.type == "time":
            return pa.array(values, pa.timestamp("us", tz=self.plan.time_range.timezone))
        return pa.array(values, _arrow_types()[column.type])


def metric_type(metric: Metric, source: Source) -> ResultType:
    """The type of a metric's values."""
    if metric.kind in ("events", "actors", "sessions", "distinct", "estimate"):
        return "int"
    if metric.field is None or metric.kind not in ("sum", "min", "max"):
        return "float"
    kind = type_of(metric.field, source)
    if metric.kind == "sum":
        return "int" if kind in ("int", "bool") else "float"
    return _EXTREMES.get(kind, "float")


_EXTREMES: Final[dict[str, ResultType]] = {
    "text": "text",
    "int": "int",
    "bool": "int",
    "time": "time",
}


def rounded(metric: Metric, value: Any) -> Any:
    """The digits of a float that do not depend on the order in which an engine adds.

    That order changes from run to run, and interpolation rounds differently on different
    processors; sums are compensated, so that 15 digits hold.
    """
    digits = _DIGITS.get(metric.kind)
    if digits is None or not isinstance(value, float):
        return value
    return float(f"{value:.{digits}g}")


_DIGITS: Final[dict[str, int]] = {"sum": 15, "mean": 12, **dict.fromkeys(QUANTILES, 12)}


def _sorted(rows: list[Any], key: Callable[[Any], Any], *, is_descending: bool) -> list[Any]:
    """Sorted by a key, rows without it last either way."""
    known = [row for row in rows if key(row) is not None]
    unknown = [row for row in rows if key(row) is None]
    # reverse=True keeps equal rows in their order.
    return sorted(known, key=key, reverse=is_descending) + unknown


def _is_other(row: tuple[Cell, Any]) -> bool:
    return row[0].is_other


def _or_nothing(metric: Metric, value: Any) -> Any:
    # Beyond the largest float engines have infinity, or NaN of it.
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return 0 if value is None and metric.is_count else value


def _arrow_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    return {"text": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
