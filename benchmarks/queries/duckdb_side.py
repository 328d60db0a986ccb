"""Plain DuckDB over a table of its own: `python -m benchmarks.queries.duckdb_side …`.

`load FILE PARQUET…` makes the table; `ask FILE NOW ACTOR REPEATS NAME…` times the questions.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.queries.catalog import Question
from benchmarks.queries.timing import time_questions


def load(path: Path, listing: Path) -> None:
    """A table with the rows of these files, in their order: as well laid out as the lake."""
    files = listing.read_text("utf-8").splitlines()
    started = time.perf_counter()
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            "CREATE TABLE events AS SELECT * FROM read_parquet(?, union_by_name = true)", [files]
        )
    print(f'{{"seconds":{time.perf_counter() - started}}}')


def ask(path: Path, now: datetime, actor: str, repeats: int, names: Sequence[str]) -> None:
    """Time every question."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("SET TimeZone = 'UTC'")

        def answer(question: Question) -> Sequence[Sequence[Any]]:
            table = connection.sql(question.text("duckdb", now, actor)).to_arrow_table()
            return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

        time_questions(answer, repeats, names)


if __name__ == "__main__":
    verb, file, *rest = sys.argv[1:]
    if verb == "load":
        load(Path(file), Path(rest[0]))
    else:
        ask(Path(file), datetime.fromisoformat(rest[0]), rest[1], int(rest[2]), rest[3:])
