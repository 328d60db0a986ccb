"""Properties that a query names and nothing has: most often they are misspelt."""

# ruff: noqa: S608 - statements are put together here, from names of our own; values are bound

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from footfall.engines.base import CancelToken, Engine, Limits
from footfall.errors import near_names, suggest
from footfall.model.field import Field, parse_field
from footfall.model.filter import conditions
from footfall.query.sql.plan import Plan
from footfall.query.sql.scope import Scope

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.lake.snapshot import Snapshot


def absent_notes(
    plan: Plan,
    table: pa.Table,
    snapshot: Snapshot,
    engine: Engine,
    limits: Limits | None,
    cancel: CancelToken | None,
) -> tuple[str, ...]:
    """A note on each property of the query that is not declared and that no event has.

    `table` is the answer. Events are searched only for what it shows no value of, and only
    until the first event that has it.
    """
    asked = _undeclared(plan)
    shown = _shown(plan, table) if asked else set[str]()
    notes: list[str] = []
    for field in asked.values():
        if field.text in shown:
            continue
        scope = Scope.of(snapshot.prune(plan.time_range), engine.dialect, plan.time_range)
        value = scope.fields.expression(field).sql
        sql = (
            f"SELECT 1 AS found FROM {scope.events} "
            f"WHERE {scope.within()} AND {value} IS NOT NULL LIMIT 1"
        )
        events = {"events": scope.reading()}
        found = engine.run(sql, events, scope.values, limits=limits, cancel=cancel)
        if not found.table.num_rows:
            notes.append(_note(field, plan))
    return tuple(notes)


def _note(field: Field, plan: Plan) -> str:
    # Without what all begin with, which would make any two of them look alike.
    near = [f"properties.{key}" for key in near_names(field.key, plan.source.properties)]
    return (
        f"No event of the time range has a value of {field.text!r}, which source "
        f"{plan.source.name!r} does not declare either.{suggest(near)}"
    )


def _undeclared(plan: Plan) -> dict[str, Field]:
    """Properties of the query that the source does not declare, by their text."""
    return {
        field.text: field
        for field in _fields(plan)
        if field.kind == "property" and field.key not in plan.source.properties
    }


def _fields(plan: Plan) -> Iterator[Field]:
    yield from (metric.field for metric in plan.metrics if metric.field is not None)
    yield from plan.dimensions
    if plan.query.filter is not None:
        yield from (parse_field(each.field, "filter") for each in conditions(plan.query.filter))


def _shown(plan: Plan, table: pa.Table) -> set[str]:
    """The fields of which the answer has values, by their text."""
    columns = {field.text: field.text for field in plan.dimensions}
    columns |= {metric.text: metric.field.text for metric in plan.metrics if metric.field}
    # A sum of 0 may be one of nothing: it shows no value.
    return {text for name, text in columns.items() if any(table[name].to_pylist())}
