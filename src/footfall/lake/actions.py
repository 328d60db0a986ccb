"""Commits and data files, as the actions in a table's log tell of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from footfall.lake.snapshot import LINK_COLUMN, DataFile

METADATA_KEY: Final = "footfall"

_FAR: Final = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Commit:
    """What one version of the table changed: new events, and what was noted beside them.

    With `is_deletion` events went as well.
    """

    version: int
    added: tuple[str, ...] = ()
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    is_deletion: bool = False


def parse_commit(version: int, text: str) -> Commit:
    """What an entry of the log says; its text has one action a line."""
    added: list[str] = []
    metadata: dict[str, Any] = {}
    is_deletion = False
    for line in text.splitlines():
        action = json.loads(line)
        if "add" in action and action["add"]["dataChange"]:
            added.append(action["add"]["path"])
        is_deletion = is_deletion or action.get("remove", {}).get("dataChange", False)
        if METADATA_KEY in action.get("commitInfo", {}):
            metadata = json.loads(action["commitInfo"][METADATA_KEY])
    return Commit(version, tuple(added), metadata, is_deletion)


def data_files(actions: pa.Table, root: Path, known: dict[str, DataFile]) -> dict[str, DataFile]:
    """Live files by their path in the log; those known already are taken over.

    `actions` are the table's add actions, flattened.
    """
    keys = actions["path"].to_pylist()
    new = [index for index, key in enumerate(keys) if key not in known]
    made = {
        row["path"]: _data_file(row, root)
        for row in actions.take(pa.array(new, pa.int64())).to_pylist()
    }
    return {key: known.get(key) or made[key] for key in keys}


def _data_file(row: dict[str, Any], root: Path) -> DataFile:
    path = root / row["path"]
    prefix = "null_count.p_"
    columns = {name[11:] for name in row if name.startswith(prefix) and row[name] is not None}
    n_rows = row["num_records"]
    if n_rows is None:
        footer = pq.ParquetFile(path)
        n_rows = footer.metadata.num_rows
        columns = {name for name in footer.schema_arrow.names if name.startswith("p_")}
        columns.add(LINK_COLUMN)
    elif (n_nulls := row.get(f"null_count.{LINK_COLUMN}")) is not None and n_nulls < n_rows:
        columns.add(LINK_COLUMN)
    day: date = row["partition.day"]
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return DataFile(
        path=str(path),
        n_rows=n_rows,
        n_bytes=row["size_bytes"],
        day=day,
        min_timestamp=row.get("min.timestamp") or midnight,
        max_timestamp=row.get("max.timestamp") or midnight + timedelta(days=1),
        max_received_at=row.get("max.received_at") or _FAR,
        columns=frozenset(columns),
        key=row["path"],
    )
