"""SQL text with which DuckDB reads exactly the files of a snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footfall.engines.columns import physical_columns, shown_columns
from footfall.engines.duckdb_dialect import DuckDBDialect
from footfall.model.event import Column, ColumnType

if TYPE_CHECKING:
    from footfall.lake.snapshot import Snapshot

TYPES: Final[dict[ColumnType, str]] = {
    "text": "VARCHAR",
    "int": "BIGINT",
    "float": "DOUBLE",
    "bool": "BOOLEAN",
    "time": "TIMESTAMPTZ",
    "date": "DATE",
}

_dialect = DuckDBDialect()


def relation_sql(snapshot: Snapshot) -> str:
    """A SELECT with the physical columns of the snapshot.

    The schema is given, so that no file is opened to find it out and a column that a file
    lacks reads as null.
    """
    columns = physical_columns(snapshot.source)
    if not snapshot.files:
        return _empty(columns)
    files = ", ".join(_dialect.text(file.path) for file in snapshot.files)
    schema = ", ".join(_schema_entry(column) for column in columns)
    options = f"schema = MAP {{{schema}}}, hive_partitioning = false"
    return f"SELECT * FROM read_parquet([{files}], {options})"  # noqa: S608 - quoted


def shown_sql(snapshot: Snapshot) -> str:
    """A SELECT with the columns that users' SQL sees."""
    columns = ", ".join(shown_columns(snapshot, _dialect))
    return f"SELECT {columns} FROM ({relation_sql(snapshot)})"  # noqa: S608 - quoted


def _schema_entry(column: Column) -> str:
    name = _dialect.text(column.name)
    return f"{name}: {{name: {name}, type: '{TYPES[column.type]}', default_value: NULL}}"


def _empty(columns: list[Column]) -> str:
    nulls = ", ".join(f"NULL::{TYPES[c.type]} AS {_dialect.quote(c.name)}" for c in columns)
    return f"SELECT {nulls} WHERE false"
