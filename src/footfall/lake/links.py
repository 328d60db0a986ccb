"""What events say of ids that are one actor, as columns."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from footfall.lake.snapshot import LINK_COLUMN, DataFile
from footfall.model.identity import EXPLICIT, Link

_COLUMNS: Final = [LINK_COLUMN, "distinct_id", "name", "timestamp"]
_ID_COLUMNS: Final = frozenset({LINK_COLUMN, "distinct_id", "actor_id"})
SCHEMA: Final = pa.schema(
    [
        (LINK_COLUMN, pa.string()),
        ("distinct_id", pa.string()),
        ("is_explicit", pa.bool_()),
        ("timestamp", pa.int64()),
    ]
)


def read_links(path: Path) -> pa.Table:
    """The links in one file of the table, each pair with its earliest time."""
    found = pq.read_table(path, columns=_COLUMNS, filters=pc.field(LINK_COLUMN).is_valid())
    is_whole = pc.and_(
        pc.is_valid(found["distinct_id"]),
        pc.fill_null(pc.not_equal(found[LINK_COLUMN], found["distinct_id"]), False),
    )
    found = found.filter(is_whole)
    explicit = pc.is_in(found["name"], pa.array(sorted(EXPLICIT), pa.string()))
    columns: list[Any] = [
        found[LINK_COLUMN],
        found["distinct_id"],
        explicit,
        found["timestamp"].cast(pa.int64()),
    ]
    return earliest(pa.table(columns, schema=SCHEMA))


def ids_of_events(files: Iterable[DataFile], wanted: set[str]) -> set[str]:
    """Those of the wanted ids that an event of these files has, read until all are found."""
    missing = set(wanted)
    for file in files:
        for name in _ID_COLUMNS.intersection(pq.read_schema(file.path).names if missing else ()):
            if missing:
                is_wanted = pc.field(name).isin(pa.array(sorted(missing), pa.string()))
                found = pq.read_table(file.path, columns=[name], filters=is_wanted)
                missing -= set(found[name].to_pylist())
    return wanted - missing


def earliest(links: pa.Table) -> pa.Table:
    """Every pair once, with the time at which it was first said."""
    keys = [LINK_COLUMN, "distinct_id", "is_explicit"]
    found = links.group_by(keys).aggregate([("timestamp", "min")])
    return pa.table([found[key] for key in [*keys, "timestamp_min"]], schema=SCHEMA)


def as_links(table: pa.Table) -> list[Link]:
    """The rows as values, oldest first."""
    columns = [table[name].to_pylist() for name in (LINK_COLUMN, "distinct_id", "timestamp")]
    rows = zip(*columns, table["is_explicit"].to_pylist(), strict=True)
    return sorted((Link(*row) for row in rows), key=lambda link: link.timestamp)
