"""SQL text with which DuckDB reads exactly the files of a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from footfall.engines.columns import (
    actor_columns,
    actors_file,
    read_columns,
    shown_columns,
    time_condition,
)
from footfall.engines.duckdb_dialect import DuckDBDialect
from footfall.model.event import Column, ColumnType

if TYPE_CHECKING:
    from footfall.lake.snapshot import DataFile, Snapshot

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
    """A SELECT with the columns of the snapshot that a statement reads, its ids joined."""
    actors = actors_file(snapshot)
    actors_join = ""
    if actors is not None:
        path = _dialect.text(str(actors))
        actors_join = f" LEFT JOIN read_parquet({path}) AS i ON i.id = e.actor_id"
    columns = actor_columns(snapshot, actors)
    return f"SELECT {columns} FROM ({files_sql(snapshot)}) AS e{actors_join}"  # noqa: S608 - quoted


def files_sql(snapshot: Snapshot) -> str:
    """A SELECT of what the files hold, of the snapshot's time range if it has one.

    The schema is given, so that no file is opened to find it out and a column that a file
    lacks reads as null. Only files at the edges of the range are filtered: to decode the time
    of every event would cost as much as many a query.
    """
    columns = read_columns(snapshot)
    inner, edge = snapshot.split()
    parts = [_scan(inner, columns)] if inner else []
    if edge:
        parts.append(
            f"{_scan(edge, columns)} WHERE {time_condition(_dialect, snapshot.time_range)}"
        )
    return " UNION ALL ".join(parts) or _empty(columns)


def _scan(files: Sequence[DataFile], columns: list[Column]) -> str:
    paths = ", ".join(_dialect.text(file.path) for file in files)
    schema = ", ".join(_schema_entry(column) for column in columns)
    options = f"schema = MAP {{{schema}}}, hive_partitioning = false"
    return f"SELECT * FROM read_parquet([{paths}], {options})"  # noqa: S608 - quoted


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
