"""Fields of a query as SQL over the columns of a snapshot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from footfall.engines.columns import paths_of
from footfall.engines.dialect import Dialect, ValueType
from footfall.model.field import Field
from footfall.model.source import Source, property_column
from footfall.query.sql.local_time import LocalTime

ExpressionType = Literal["text", "int", "float", "bool", "time", "json"]


@dataclass(frozen=True, slots=True)
class Expression:
    """SQL and the type of its value; `json` is the text of a property of unknown type."""

    sql: str
    type: ExpressionType


@dataclass(frozen=True)
class Fields:
    """Writes fields as SQL.

    `stored` are the declared properties' columns that every file of the snapshot has: they
    are read alone. Where a file lacks one, the value is looked up in its JSON as well, by
    the same rules by which a rewrite would move it. `named` are the columns that were written
    so far, which are those that the statement reads.
    """

    dialect: Dialect
    source: Source
    stored: Collection[str]
    local: LocalTime
    named: set[str] = field(default_factory=set[str], kw_only=True)

    def column(self, name: str) -> str:
        """A physical column, which the statement reads from now on."""
        self.named.add(name)
        return self.dialect.quote(name)

    def expression(self, field: Field) -> Expression:
        """The field's value for an event."""
        if field.kind == "property":
            return self.property(field.key)
        if field.kind == "local":
            is_hour = field.text == "hour_of_day"
            return Expression(
                self.local.hour_of_day() if is_hour else self.local.day_of_week(), "int"
            )
        return Expression(self.column(field.text), type_of(field, self.source))

    def number(self, expression: Expression) -> str:
        """The value as a number; null where it is none. A time becomes epoch microseconds."""
        if expression.type == "time":
            return self.dialect.epoch_us(expression.sql)
        if expression.type == "bool":
            return f"CASE WHEN {expression.sql} THEN 1 WHEN NOT {expression.sql} THEN 0 END"
        if expression.type in ("json", "text"):
            return self.dialect.try_cast(expression.sql, "float")
        return expression.sql

    def text(self, expression: Expression) -> str:
        """The value as text."""
        if expression.type in ("json", "text"):
            return expression.sql
        return self.dialect.cast(expression.sql, "text")

    def property(self, key: str) -> Expression:
        """The value of a property: of its column where it is declared, else out of the JSON."""
        kind = self.source.properties.get(key)
        if kind is None:
            rest = self.column("properties")
            texts = [self.dialect.json_text(rest, path) for path in paths_of(key)]
            return Expression(_first(texts), "json")
        column = property_column(key)
        stored = self.column(column)
        if column in self.stored:
            return Expression(stored, kind)
        rest = self.column("properties")
        values = [self.dialect.json_typed(rest, path, kind) for path in paths_of(key)]
        return Expression(_first([stored, *values]), kind)


def type_of(field: Field, source: Source) -> ExpressionType:
    """The type of a field's values; `json` for a property that is not declared."""
    if field.kind == "property":
        return source.properties.get(field.key, "json")
    return "text" if field.type in (None, "date") else field.type


def value_type(kind: ExpressionType) -> ValueType:
    """The type in which a field's values come back from SQL."""
    return "text" if kind == "json" else kind


def _first(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"
