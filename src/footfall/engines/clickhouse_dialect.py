"""The SQL of ClickHouse."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from footfall.engines.dialect import Dialect, ValueType
from footfall.model.source import ISO_TIME

_TYPES: Final[dict[ValueType, str]] = {
    "text": "String",
    "int": "Int64",
    "float": "Float64",
    "bool": "Bool",
    "time": "Int64",
}

_JSON_TYPES: Final[dict[ValueType, tuple[str, ...]]] = {
    "text": ("String",),
    "int": ("Int64", "UInt64", "Double"),
    "float": ("Int64", "UInt64", "Double"),
    "bool": ("Bool",),
    "time": ("String",),
}


class ClickHouseDialect(Dialect):
    """Builders for ClickHouse."""

    name: ClassVar[str] = "clickhouse"

    def quote(self, identifier: str) -> str:
        """An identifier in double quotes; backslashes escape here as well."""
        return '"' + identifier.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def text(self, value: str) -> str:
        """A text constant; backslashes escape here as well."""
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    def placeholder(self, name: str, kind: ValueType) -> str:
        """`{name:Type}`."""
        return f"{{{name}:{_TYPES[kind]}}}"

    def epoch_us(self, expression: str) -> str:
        """Microseconds since 1970."""
        return f"toUnixTimestamp64Micro({expression})"

    def time_at(self, epoch_us: int) -> str:
        """A constant that is folded before any file is read."""
        return f"fromUnixTimestamp64Micro(toInt64({epoch_us}), 'UTC')"

    def floor_div(self, a: str, b: int) -> str:
        """Integer division of non-negative numbers."""
        return f"intDiv({a}, {b})"

    def year(self, day: str) -> str:
        """Year of a day number."""
        return f"toInt64(toYear(toDate32(toInt32({day}))))"

    def month(self, day: str) -> str:
        """Month of a day number."""
        return f"toInt64(toMonth(toDate32(toInt32({day}))))"

    def json_text(self, column: str, path: Sequence[str]) -> str:
        """Extraction that keeps the `.0` of a number which its sender wrote as a fraction."""
        at = _at(self, column, path)
        value = f"JSONExtract({at}, 'Nullable(String)')"
        is_bare = f"JSONType({at}) = 'Double' AND NOT match({value}, '[.e]')"
        return f"if({is_bare}, concat({value}, '.0'), {value})"

    def try_cast(self, expression: str, kind: ValueType) -> str:
        """Text as a number, boolean or time; null where it is none."""
        if kind == "bool":
            return f"CASE {expression} WHEN 'true' THEN true WHEN 'false' THEN false END"
        if kind == "int":
            return f"toInt64OrNull({expression})"
        if kind == "float":
            return f"toFloat64OrNull(trimBoth({expression}))"
        if kind == "time":
            return f"parseDateTime64BestEffortOrNull({expression}, 6, 'UTC')"
        return expression

    def finite(self, expression: str) -> str:
        """A float, null where it is infinite or not a number."""
        return f"if(isFinite({expression}), {expression}, NULL)"

    def json_typed(self, column: str, path: Sequence[str], kind: ValueType) -> str:
        """The value at a path if JSON itself gives it that type."""
        value = self.json_text(column, path)
        types = ", ".join(map(self.text, _JSON_TYPES[kind]))
        has_type = f"JSONType({_at(self, column, path)}) IN ({types})"
        if kind == "int":
            whole = f"replaceRegexpOne({value}, '[.]0$', '')"
            return f"if({has_type}, toInt64OrNull({whole}), NULL)"
        if kind == "time":
            has_type += f" AND match({value}, {self.text(f'^{ISO_TIME}$')})"
        return f"if({has_type}, {self.try_cast(value, kind)}, NULL)"

    def json_rows(self, parameter: str, kinds: Sequence[ValueType]) -> str:
        """Rows of a JSON array of arrays; JSON null becomes null."""
        inner = ", ".join(f"Nullable({_TYPES[kind]})" for kind in kinds)
        rows = f"SELECT arrayJoin(JSONExtract({parameter}, 'Array(Tuple({inner}))')) AS r"
        columns = ", ".join(f"tupleElement(r, {i + 1}) AS t{i}" for i in range(len(kinds)))
        return f"SELECT {columns} FROM ({rows}) AS kept"  # noqa: S608 - nothing but names

    def cast(self, expression: str, kind: ValueType) -> str:
        """A typed value as another type, nullable as all columns are."""
        kind_of = "DateTime64(6, 'UTC')" if kind == "time" else _TYPES[kind]
        return f"CAST({expression} AS Nullable({kind_of}))"

    def quantile(self, expression: str, q: float) -> str:
        """`quantileExactInclusive`, whose levels are those of `quantile_cont` elsewhere."""
        return f"quantileExactInclusive({q!r})(toFloat64({expression}))"

    def approx_distinct(self, expression: str) -> str:
        """HyperLogLog with a hash table for small counts."""
        return f"uniqCombined64({expression})"

    def float_sum(self, expression: str) -> str:
        """Kahan summation."""
        return f"sumKahan({expression})"

    def first(self, expression: str, order: Sequence[str]) -> str:
        """`argMin`, which passes over rows without a value."""
        return f"argMin({expression}, tuple({', '.join(order)}))"

    def last(self, expression: str, order: Sequence[str]) -> str:
        """`argMax`, which passes over rows without a value."""
        return f"argMax({expression}, tuple({', '.join(order)}))"

    def regex(self, expression: str, pattern: str) -> str:
        """RE2, found anywhere; by itself ClickHouse lets `.` match a line break."""
        return f"match({expression}, concat('(?-s)', {pattern}))"

    def contains(self, expression: str, part: str) -> str:
        """Substring search."""
        return f"(position({expression}, {part}) > 0)"

    def starts_with(self, expression: str, prefix: str) -> str:
        """Prefix test."""
        return f"startsWith({expression}, {prefix})"


def _at(dialect: ClickHouseDialect, column: str, path: Sequence[str]) -> str:
    return f"{column}, {', '.join(dialect.text(key) for key in path)}"
