"""What the statements of all families share: their steps, their groups, and the first of them.

A statement yields one row per group and one for the totals (`is_total` 1). Its columns are
`bucket` (its key), the dimensions `d0`, `d1`, …, `is_other` (1 for the row that joins all groups
beyond the limit) and the metrics `m0`, `m1`, ….
"""

# ruff: noqa: S608 - statements are put together here, from names of our own; values are bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from footfall.engines.dialect import Dialect, ValueType
from footfall.model.field import Field
from footfall.model.metric import Metric
from footfall.query.sql.fields import value_type
from footfall.query.sql.plan import Plan, Ranking
from footfall.query.sql.scope import Scope

if TYPE_CHECKING:
    from footfall.lake.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL over the relation `events`, the values it binds, and the metrics of its columns."""

    sql: str
    events: Snapshot
    parameters: dict[str, Any]
    metrics: tuple[Metric, ...]


@dataclass
class WithClause:
    """A WITH clause that grows step by step."""

    dialect: Dialect
    _steps: list[str] = field(default_factory=list[str])

    def add(self, name: str, select: str, *, is_kept: bool = False) -> str:
        """Add a step; one that `is_kept` is computed once, others are part of their reader."""
        how = self.dialect.materialized if is_kept else self.dialect.inlined
        self._steps.append(f"{name} {how} (\n  {select}\n)")
        return name

    def sql(self, final: str) -> str:
        """The whole statement."""
        return f"WITH {', '.join(self._steps)}\n{final}"


@dataclass(frozen=True)
class Groups:
    """What a statement groups by: bucket, dimensions, and with a limit `is_other`."""

    plan: Plan
    scope: Scope

    @property
    def has_key(self) -> bool:
        """Whether rows belong to buckets."""
        return self.plan.query.granularity is not None

    @property
    def dimensions(self) -> list[str]:
        """Names of the dimensions' columns."""
        return [f"d{i}" for i in range(len(self.plan.dimensions))]

    @property
    def keys(self) -> list[str]:
        """Bucket key and dimensions, before the first groups are told from the others."""
        return (["bucket"] if self.has_key else []) + self.dimensions

    @property
    def labels(self) -> list[str]:
        """What the final rows are grouped by."""
        return [*self.keys, "is_other"] if self.plan.has_limit else self.keys

    def expressions(self) -> list[str]:
        """SQL of the keys for an event, in order."""
        return list(self.of_event().values())

    def of_event(self) -> dict[str, str]:
        """SQL of the keys that an event has by itself, by their names, in order."""
        found: dict[str, str] = {}
        if self.plan.query.granularity is not None:
            found["bucket"] = self.scope.fields.local.key(self.plan.query.granularity)
        for name, dimension in zip(self.dimensions, self.plan.dimensions, strict=True):
            if dimension.kind == "session":
                continue
            expression = self.scope.fields.expression(dimension)
            is_time = expression.type == "time"
            found[name] = self.scope.fields.number(expression) if is_time else expression.sql
        return found

    def chosen(self, source: str, measures: dict[Metric, str], ranking: Sequence[Ranking]) -> str:
        """The first groups as columns t0, t1, …: those given, or by the order in `source`."""
        if self.plan.kept is not None:
            return self._given()
        names = ", ".join(f"{name} AS t{i}" for i, name in enumerate(self.dimensions))
        first = [
            f"{measures[item.by]} {_direction(item)}"
            if isinstance(item.by, Metric)
            else f"d{item.by} {_direction(item)}"
            for item in ranking
        ]
        order = [*first, *(f"{name} ASC NULLS LAST" for name in self.dimensions)]
        return (
            f"SELECT {names} FROM {source} GROUP BY {', '.join(self.dimensions)}\n"
            f"  ORDER BY {', '.join(order)} LIMIT {self.plan.query.limit}"
        )

    def labelled(self, source: str, chosen: str, columns: Sequence[str]) -> str:
        """Rows of `source` whose dimensions are null, and `is_other` 1, beyond the first groups."""
        same = self.scope.dialect.same
        pairs = [same(name, f"t{i}") for i, name in enumerate(self.dimensions)]
        key = ["bucket"] if self.has_key else []
        # Renamed first: an alias must not shadow a column of its own SELECT.
        names = [f"{name} AS x{i}" for i, name in enumerate(self.dimensions)]
        top = f"(SELECT *, 1 AS is_top FROM {chosen}) AS top"
        rows = (
            f"SELECT {', '.join([*key, *names, 'is_top', *columns])} FROM {source} "
            f"LEFT JOIN {top} ON {' AND '.join(pairs)}"
        )
        kept = [f"CASE WHEN is_top = 1 THEN x{i} END AS {n}" for i, n in enumerate(self.dimensions)]
        is_other = "CASE WHEN is_top = 1 THEN 0 ELSE 1 END AS is_other"
        select = ", ".join([*key, *kept, is_other, *columns])
        return f"SELECT {select} FROM ({rows}) AS r"

    def _given(self) -> str:
        kept = [list(group) for group in self.plan.kept or ()]
        kinds: list[ValueType] = [self._bound_type(dimension) for dimension in self.plan.dimensions]
        bound = self.scope.parameters.bind(msgspec.json.encode(kept).decode(), "text")
        return self.scope.dialect.json_rows(bound, kinds)

    def _bound_type(self, dimension: Field) -> ValueType:
        kind = value_type(self.scope.fields.expression(dimension).type)
        return "int" if kind == "time" else kind


def columns_of(metrics: Sequence[str]) -> list[str]:
    """Metrics as columns m0, m1, …."""
    return [f"{sql} AS m{i}" for i, sql in enumerate(metrics)]


def with_totals(source: str, labels: Sequence[str], metrics: Sequence[str]) -> str:
    """Groups and totals in one pass, where both are the same aggregates."""
    if not labels:
        return _total(source, labels, metrics)
    keys = ", ".join(labels)
    return (
        f"SELECT {keys}, grouping({labels[0]}) AS is_total, {', '.join(columns_of(metrics))}\n"
        f"FROM {source} GROUP BY GROUPING SETS (({keys}), ())"
    )


def groups_and_totals(
    groups: str, total: str, labels: Sequence[str], of_group: Sequence[str], of_all: Sequence[str]
) -> str:
    """Groups and totals from different steps, or by different aggregates."""
    whole = _total(total, labels, of_all)
    return f"{groups_alone(groups, labels, of_group)}\nUNION ALL\n{whole}" if labels else whole


def groups_alone(source: str, labels: Sequence[str], metrics: Sequence[str]) -> str:
    """Groups without totals."""
    keys = ", ".join(labels)
    columns = ", ".join(columns_of(metrics))
    return f"SELECT {keys}, 0 AS is_total, {columns}\nFROM {source} GROUP BY {keys}"


def _total(source: str, labels: Sequence[str], metrics: Sequence[str]) -> str:
    nulls = "".join(f"NULL AS {name}, " for name in labels)
    return f"SELECT {nulls}1 AS is_total, {', '.join(columns_of(metrics))} FROM {source}"


def _direction(item: Ranking) -> str:
    return "DESC NULLS LAST" if item.is_descending else "ASC NULLS LAST"
