"""Filters as SQL; every value is bound as a parameter.

What `footfall.model.filter` says about fields that are not set holds here: a condition is
never unknown where that could show, which is under a `not`. Elsewhere SQL's unknown counts
as false by itself, and a plain comparison lets the engine skip files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from footfall.engines.columns import STORED_ACTOR
from footfall.engines.dialect import ValueType
from footfall.errors import InvalidQuery
from footfall.model.field import parse_field
from footfall.model.filter import And, Condition, Filter, Not, Operator, Scalar
from footfall.model.time import parse_instant, to_epoch_us
from footfall.query.sql.fields import Expression, Fields

if TYPE_CHECKING:
    from footfall.lake.identities import FixedIdentities

_NEGATIONS: Final[dict[Operator, Operator]] = {
    "is_not": "is",
    "not_in": "in",
    "is_not_set": "is_set",
}
_MAX_IDS: Final = 200
_COMPARISONS: Final[dict[str, str]] = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


class Parameters:
    """Values to bind, by the names under which SQL mentions them."""

    def __init__(self, fields: Fields) -> None:
        self.dialect = fields.dialect
        self.values: dict[str, Any] = {}

    def bind(self, value: object, kind: ValueType) -> str:
        """The placeholder of a value."""
        name = f"p{len(self.values)}"
        self.values[name] = value
        return self.dialect.placeholder(name, kind)


class Conditions:
    """Writes filters over fields; `timezone` is where times without offset are read.

    Where `identities` join ids, files are skipped by all ids of the actors that are asked for.
    """

    def __init__(
        self,
        fields: Fields,
        parameters: Parameters,
        timezone: str,
        identities: FixedIdentities | None = None,
    ) -> None:
        self.identities = identities
        self.fields = fields
        self.dialect = fields.dialect
        self.parameters = parameters
        self.timezone = timezone

    def sql(self, item: Filter, parameter: str = "filter") -> str:
        """A boolean expression; unknown counts as false."""
        if isinstance(item, Condition):
            return self._condition(item, parameter)
        if isinstance(item, Not):
            return f"NOT coalesce({self.sql(item.filter, f'{parameter}.not')}, false)"
        word = "and" if isinstance(item, And) else "or"
        parts = [self.sql(part, f"{parameter}.{word}[{i}]") for i, part in enumerate(item.filters)]
        if not parts:
            return "true" if isinstance(item, And) else "false"
        return "(" + f" {word.upper()} ".join(parts) + ")"

    def _condition(self, item: Condition, parameter: str) -> str:
        positive = _NEGATIONS.get(item.operator)
        if positive is not None:
            inner = self._positive(item, positive, parameter)
            return f"NOT coalesce({inner}, false)"
        return self._positive(item, item.operator, parameter)

    def _positive(self, item: Condition, operator: Operator, parameter: str) -> str:
        expression = self.fields.expression(parse_field(item.field, f"{parameter}.field"))
        if operator == "is_set":
            return f"({expression.sql} IS NOT NULL)"
        if operator == "is" and item.value is None:
            return f"({expression.sql} IS NULL)"
        where = f"{parameter}.value"
        values = item.value if isinstance(item.value, tuple) else (item.value,)
        if operator in ("is", "in"):
            found = self._equals(expression, [v for v in values if v is not None], where)
            has_actors = item.field == "actor_id" and self.identities and self.identities.file()
            return f"({found} AND {self._stored_actors(values)})" if has_actors else found
        if operator == "between":
            low = self._compare(expression, ">=", values[0], where)
            return f"({low} AND {self._compare(expression, '<=', values[-1], where)})"
        if operator in _COMPARISONS:
            return self._compare(expression, _COMPARISONS[operator], values[0], where)
        return self._search(expression, operator, str(item.value))

    def _stored_actors(self, values: Iterable[Scalar | None]) -> str:
        """What follows for the files from the actor being one of these."""
        assert self.identities is not None
        ids = self.identities.ids(str(value) for value in values if value is not None)
        if len(ids) > _MAX_IDS:
            # So many are found about everywhere: what is compared anyway is enough.
            return "true"
        bound = ", ".join(self.parameters.bind(each, "text") for each in ids)
        return f"{self.fields.column(STORED_ACTOR)} IN ({bound})" if bound else "true"

    def _search(self, expression: Expression, operator: Operator, value: str) -> str:
        text, bound = self.fields.text(expression), self.parameters.bind(value, "text")
        if operator == "contains":
            return self.dialect.contains(text, bound)
        if operator == "starts_with":
            return self.dialect.starts_with(text, bound)
        return self.dialect.regex(text, bound)

    def _equals(self, expression: Expression, values: list[Scalar], where: str) -> str:
        """Equality with one of the values; numbers of a JSON property compare as numbers."""
        numbers = [value for value in values if _is_number(value)]
        others = [value for value in values if not _is_number(value)]
        if expression.type != "json" or not numbers:
            return self._one_of(expression, values, where)
        parts = [self._one_of(Expression(self.fields.number(expression), "float"), numbers, where)]
        if others:
            parts.append(self._one_of(expression, others, where))
        return "(" + " OR ".join(parts) + ")"

    def _one_of(self, expression: Expression, values: list[Scalar], where: str) -> str:
        left = self.fields.number(expression) if expression.type == "time" else expression.sql
        bound = [self._bind(expression, value, where) for value in values]
        return f"({left} = {bound[0]})" if len(bound) == 1 else f"({left} IN ({', '.join(bound)}))"

    def _compare(self, expression: Expression, sign: str, value: Scalar | None, where: str) -> str:
        if expression.type in ("text", "json") and _is_number(value):
            number = self.fields.number(expression)
            compared = f"{number} {sign} {self._bind(Expression(number, 'float'), value, where)}"
            # A text such as 'nan' is larger than every number.
            return f"({compared} AND {self.dialect.finite(number)} IS NOT NULL)"
        left = self.fields.number(expression) if expression.type == "time" else expression.sql
        return f"({left} {sign} {self._bind(expression, value, where)})"

    def _bind(self, expression: Expression, value: Scalar | None, where: str) -> str:
        converted, kind = convert(expression, value, self.timezone, where)
        return self.parameters.bind(converted, kind)


def convert(
    expression: Expression, value: Scalar | None, timezone: str, where: str
) -> tuple[Any, ValueType]:
    """A value in the type of what it is compared with; raises `InvalidQuery`."""
    kind = expression.type
    if kind in ("text", "json"):
        return _as_text(value), "text"
    if kind == "time":
        if not isinstance(value, str):
            raise _mismatch(value, "a time such as '2026-11-01T09:00:00+01:00'", where)
        return to_epoch_us(parse_instant(value, timezone, where)), "int"
    if kind == "bool":
        if _as_text(value) not in ("true", "false"):
            raise _mismatch(value, "true or false", where)
        return _as_text(value) == "true", "bool"
    return _as_number(value, where)


def _as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_number(value: object, where: str) -> tuple[int | float, ValueType]:
    if isinstance(value, str):
        try:
            value = float(value) if any(c in value for c in ".eE") else int(value)
        except ValueError as error:
            raise _mismatch(value, "a number", where) from error
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _mismatch(value, "a number", where)
    if isinstance(value, int) and abs(value) < _INT64:
        return value, "int"
    if not -sys.float_info.max <= value <= sys.float_info.max:
        raise _mismatch(value, "a number between -1.8e308 and 1.8e308", where)
    return float(value), "float"


_INT64: Final = 2**63
_MAX_SHOWN: Final = 40


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _mismatch(value: object, wanted: str, where: str) -> InvalidQuery:
    shown = repr(value)
    if len(shown) > _MAX_SHOWN:
        shown = f"{shown[:_MAX_SHOWN]}…"
    return InvalidQuery(
        f"{where}: {shown} cannot be compared with this field, which needs {wanted}.",
        parameter=where,
    )
