"""chDB with a MergeTree of its own: `python -m benchmarks.queries.chdb_side …`.

`load FOLDER LISTING` makes the table; `ask FOLDER NOW ACTOR REPEATS NAME…` times the questions.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from chdb import session

from benchmarks.queries.catalog import Question
from benchmarks.queries.timing import time_questions
from footfall.demo.recipe import DEMO_SOURCE
from footfall.model.event import COLUMNS

# What someone who knows ClickHouse would declare for columns of few distinct values.
_LOW = {
    "name", "host", "channel", "utm_source", "utm_medium", "utm_campaign", "country", "region",
    "city", "language", "browser", "browser_version", "os", "device", "p_currency",
    "referrer_host",
}  # fmt: skip
_TYPES = {
    "int": "Nullable(Int64)",
    "float": "Nullable(Float64)",
    "bool": "Bool",
    "time": "DateTime64(6, 'UTC')",
    "text": "String",
}


def columns() -> dict[str, str]:
    """Columns of the table and their types; texts are empty where there is nothing."""
    declared = DEMO_SOURCE.property_columns()
    kinds: dict[str, str] = {column.name: column.type for column in COLUMNS}
    kinds |= {declared[key]: kind for key, kind in DEMO_SOURCE.properties.items()}
    return {
        name: "LowCardinality(String)" if name in _LOW else _TYPES[kind]
        for name, kind in kinds.items()
    }


def load(folder: Path, listing: Path) -> None:
    """A MergeTree with the rows of these files, merged to its end."""
    started = time.perf_counter()
    database = session.Session(str(folder))
    types = ", ".join(f"{name} {kind}" for name, kind in columns().items())
    database.query(
        f"CREATE TABLE events ({types}) ENGINE = MergeTree ORDER BY (name, actor_id, timestamp)"
    )
    texts = {name for name, kind in columns().items() if "String" in kind}
    select = ", ".join(f"ifNull({n}, '')" if n in texts else n for n in columns())
    for file in listing.read_text("utf-8").splitlines():
        quoted = file.replace("\\", "\\\\").replace("'", "\\'")
        database.query(f"INSERT INTO events SELECT {select} FROM file('{quoted}', Parquet)")
    database.query("OPTIMIZE TABLE events FINAL")
    database.close()
    print(f'{{"seconds":{time.perf_counter() - started}}}')


def ask(folder: Path, now: datetime, actor: str, repeats: int, names: Sequence[str]) -> None:
    """Time every question."""
    database = session.Session(str(folder))

    def answer(question: Question) -> Sequence[Sequence[Any]]:
        text = str(database.query(question.text("clickhouse", now, actor), "JSONCompactEachRow"))
        return [_row(msgspec.json.decode(line)) for line in text.splitlines()]

    database.query(
        "SET date_time_output_format = 'iso', output_format_json_quote_64bit_integers = 0"
    )
    time_questions(answer, repeats, names)
    database.close()


def _row(cells: list[Any]) -> list[Any]:
    return [cell.replace("Z", "+00:00") if _is_moment(cell) else cell for cell in cells]


def _is_moment(cell: Any) -> bool:
    return isinstance(cell, str) and cell.endswith("Z") and cell[10:11] == "T"


if __name__ == "__main__":
    verb, file, *rest = sys.argv[1:]
    if verb == "load":
        load(Path(file), Path(rest[0]))
    else:
        ask(Path(file), datetime.fromisoformat(rest[0]), rest[1], int(rest[2]), rest[3:])
