"""Whether the SQL that a result shows gives the same numbers when it is asked as free SQL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pyarrow as pa

from footfall.engines.base import Engine, SandboxEngine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.query.free_sql import run_sql
from footfall.query.result import Result
from footfall.query.run import run_query


class Heard:
    """An engine whose answers are remembered as they came."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.tables: list[pa.Table] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def run(self, *args: Any, **values: Any) -> Any:
        answer = self._engine.run(*args, **values)
        # Looking for a property that nothing has is no part of the answer.
        if answer.table.column_names != ["found"]:
            self.tables.append(answer.table)
        return answer


def ask_twice(query: Query, lake: LakeFolder, engine: Engine, now: datetime) -> Result:
    """The result of a query, whose SQL was pasted and gave the same rows.

    On DuckDB alone: the numbers of other engines are of other types, and their SQL is the same.
    """
    if not isinstance(engine, SandboxEngine):
        return run_query(query, lake, engine, now=now)
    heard = Heard(engine)
    result = run_query(query, lake, heard, now=now)
    results = [result, result.comparison] if result.comparison else [result]
    texts = [text for each in results for text in each.sql.split(";\n\n")]
    assert len(texts) == len(heard.tables)
    for text, table in zip(texts, heard.tables, strict=True):
        again = run_sql(text, lake, engine).to_arrow()
        assert again.column_names == table.column_names
        assert rows(again) == rows(table), text
    return result


def rows(table: pa.Table) -> list[tuple[str, ...]]:
    """The rows in one order, floats in 12 digits."""
    return sorted(tuple(map(_shown, row.values())) for row in table.to_pylist())


def _shown(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else repr(value)
