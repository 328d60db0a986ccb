"""The SQL of DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from footfall.engines.dialect import Dialect, ValueType
from footfall.model.source import ISO_TIME

_TYPES: Final[dict[ValueType, str]] = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "time": "TIMESTAMPTZ",
}

_JSON_TYPES: Final[dict[ValueType, tuple[str, ...]]] = {
    "text": ("VARCHAR",),
    "int": ("BIGINT", "UBIGINT", "DOUBLE"),
    "float": ("BIGINT", "UBIGINT", "DOUBLE"),
    "bool": ("BOOLEAN",),
    "time": ("VARCHAR",),
}


class DuckDBDialect(Dialect):
    """Builders for DuckDB; its session time zone is taken to be UTC."""

    name: ClassVar[str] = "duckdb"
    materialized: ClassVar[str] = "AS MATERIALIZED"
    inlined: ClassVar[str] = "AS NOT MATERIALIZED"
    keeps_steps: ClassVar[bool] = True

    def text(self, value: str) -> str:
        """A text constant."""
        return "'" + value.replace("'", "''") + "'"

    def placeholder(self, name: str, kind: ValueType) -> str:
        """`$name`, cast so that the type does not depend on the value."""
        return f"${name}::{'BIGINT' if kind == 'time' else _TYPES[kind]}"

    def epoch_us(self, expression: str) -> str:
        """Microseconds since 1970."""
        return f"epoch_us({expression})"

    def time_at(self, epoch_us: int) -> str:
        """A constant that the optimizer folds before it reads any file."""
        return f"make_timestamptz({epoch_us})"

    def floor_div(self, a: str, b: int) -> str:
        """Integer division of non-negative numbers."""
        return f"({a} // {b})"

    def year(self, day: str) -> str:
        """Year of a day number."""
        return f"year(DATE '1970-01-01' + CAST({day} AS INTEGER))"

    def month(self, day: str) -> str:
        """Month of a day number."""
        return f"month(DATE '1970-01-01' + CAST({day} AS INTEGER))"

    def json_text(self, column: str, path: Sequence[str]) -> str:
        """Extraction by JSON pointer, which has an escape for every character of a key."""
        return f"json_extract_string({column}, {self.text(_pointer(path))})"

    def try_cast(self, expression: str, kind: ValueType) -> str:
        """Text as a number, boolean or time; null where it is none."""
        if kind == "bool":
            return f"CASE {expression} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
        if kind == "int":
            # A cast of '5.6' would round it: only what is written as a whole number counts.
            whole = f"regexp_full_match({expression}, '-?[0-9]+')"
            return f"CASE WHEN {whole} THEN TRY_CAST({expression} AS BIGINT) END"
        return f"TRY_CAST({expression} AS {_TYPES[kind]})"

    def finite(self, expression: str) -> str:
        """A float, null where it is infinite or not a number."""
        return f"CASE WHEN isfinite({expression}) THEN {expression} END"

    def json_typed(self, column: str, path: Sequence[str], kind: ValueType) -> str:
        """The value at a path if JSON itself gives it that type."""
        value = self.json_text(column, path)
        types = ", ".join(map(self.text, _JSON_TYPES[kind]))
        has_type = f"json_type({column}, {self.text(_pointer(path))}) IN ({types})"
        if kind == "int":
            has_type += f" AND TRY_CAST({value} AS DOUBLE) % 1 = 0"
        if kind == "time":
            has_type += f" AND regexp_full_match({value}, {self.text(ISO_TIME)})"
        return f"CASE WHEN {has_type} THEN TRY_CAST({value} AS {_TYPES[kind]}) END"

    def json_rows(self, parameter: str, kinds: Sequence[ValueType]) -> str:
        """Rows of a JSON array of arrays; JSON null becomes null."""
        rows = f"SELECT unnest(from_json({parameter}, '[\"JSON\"]')) AS r"
        columns = ", ".join(
            f"CAST(json_extract_string(r, '/{i}') AS {_TYPES[kind]}) AS t{i}"
            for i, kind in enumerate(kinds)
        )
        return f"SELECT {columns} FROM ({rows}) AS kept"  # noqa: S608 - nothing but names

    def cast(self, expression: str, kind: ValueType) -> str:
        """A typed value as another type."""
        return f"CAST({expression} AS {_TYPES[kind]})"

    def quantile(self, expression: str, q: float) -> str:
        """`quantile_cont`; the level is a double so that no decimal arithmetic comes in."""
        return f"quantile_cont(CAST({expression} AS DOUBLE), CAST({q!r} AS DOUBLE))"

    def approx_distinct(self, expression: str) -> str:
        """HyperLogLog."""
        return f"approx_count_distinct({expression})"

    def float_sum(self, expression: str) -> str:
        """Kahan summation."""
        return f"fsum({expression})"

    def first(self, expression: str, order: Sequence[str]) -> str:
        """`arg_min`, which passes over rows without a value."""
        return f"arg_min({expression}, row({', '.join(order)}))"

    def last(self, expression: str, order: Sequence[str]) -> str:
        """`arg_max`, which passes over rows without a value."""
        return f"arg_max({expression}, row({', '.join(order)}))"

    def regex(self, expression: str, pattern: str) -> str:
        """RE2, found anywhere."""
        return f"regexp_matches({expression}, {pattern})"

    def contains(self, expression: str, part: str) -> str:
        """Substring search."""
        return f"contains({expression}, {part})"

    def starts_with(self, expression: str, prefix: str) -> str:
        """Prefix test."""
        return f"starts_with({expression}, {prefix})"


def _pointer(path: Sequence[str]) -> str:
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)
