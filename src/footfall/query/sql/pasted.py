"""A statement as somebody would write it in free SQL, to be looked at and worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from footfall.engines.columns import shown_name
from footfall.engines.dialect import ValueType
from footfall.engines.duckdb_dialect import DuckDBDialect
from footfall.lake.snapshot import Snapshot
from footfall.query.sql.conditions import Parameters
from footfall.query.sql.fields import Expression, Fields
from footfall.query.sql.scope import Scope, local_time

if TYPE_CHECKING:
    from footfall.model.source import Source
    from footfall.model.time import TimeRange

_dialect = DuckDBDialect()


def pasted_scope(source: Source, time_range: TimeRange) -> Scope:
    """The source by its name, values as constants.

    Run as free SQL, a statement written in this scope gives the rows of the one that was
    executed, whatever engine that was: declared properties stand under the names that are
    shown, and how they come out of older files, or ids out of others, is left to what the name
    of the source stands for.
    """
    fields = _ShownFields(_dialect, source, frozenset(), local_time(_dialect, time_range))
    events = _dialect.quote(source.name)
    return Scope.over(Snapshot(source, 0, ()), fields, _Constants(fields), time_range, events)


class _ShownFields(Fields):
    """Fields by the names that people use."""

    def property(self, key: str) -> Expression:
        """A declared property under its shown name."""
        kind = self.source.properties.get(key)
        if kind is None:
            return super().property(key)
        return Expression(self.dialect.quote(shown_name(key)), kind)


class _Constants(Parameters):
    """Values that stand in the text."""

    def bind(self, value: object, kind: ValueType) -> str:  # noqa: ARG002 - it shows its type
        """The value itself."""
        return _constant(value)


def _constant(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        # Written alone it would be a decimal number.
        return f"{value!r}::DOUBLE"
    if isinstance(value, int):
        return str(value)
    return _dialect.text(str(value))
