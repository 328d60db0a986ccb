"""Parquet files of a table: how they are written, and what the log says about them."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from footfall.lake.files import sync_file, sync_folder
from footfall.lake.schema import DAY

ROW_GROUP: Final = 128 * 1024

# Bounds of these columns go into the log, so that readers of it can skip whole files.
BOUNDED: Final = ("timestamp", "received_at", "name")


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written and is not in the log yet."""

    key: str
    path: Path
    day: date
    n_rows: int
    n_bytes: int
    stats: str


@dataclass(frozen=True, slots=True)
class Style:
    """How a file is encoded: `level` of zstd, `is_lasting` if it is read for long."""

    prefix: str
    level: int
    is_lasting: bool


APPENDED: Final = Style("a", 1, is_lasting=False)
MERGED: Final = Style("m", 1, is_lasting=True)
CLUSTERED: Final = Style("c", 3, is_lasting=True)


def write_events(root: Path, day: date, events: pa.Table, style: Style) -> Written:
    """Write events of one day (without the column `day`) below `root`, durably.

    The file is on the disk when this returns; a failed write leaves nothing behind.
    """
    key = f"{DAY}={day.isoformat()}/{style.prefix}-{uuid.uuid4().hex}.parquet"
    path = root / key
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        pq.write_table(events, path, **_options(events.schema, style))
        sync_file(path)
        sync_folder(path.parent)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return Written(key, path, day, events.num_rows, path.stat().st_size, _stats(events))


def style_of(key: str) -> str:
    """Prefix of the style a file was written in, by its place in the log."""
    return key.rsplit("/", 1)[-1].split("-", 1)[0]


def is_clustered(key: str) -> bool:
    """Whether the file was written when its day was clustered."""
    return style_of(key) == CLUSTERED.prefix


def bounded_columns(schema: pa.Schema) -> list[str]:
    """Columns whose bounds and null counts stand in the log.

    A declared column counts among them, so that its null count tells that a file has it.
    """
    return [*BOUNDED, *(name for name in schema.names if name.startswith("p_"))]


def _options(schema: pa.Schema, style: Style) -> dict[str, Any]:
    """Arguments of `pyarrow.parquet.write_table`."""
    return {
        "compression": "zstd",
        "compression_level": style.level,
        "row_group_size": ROW_GROUP,
        "use_dictionary": [name for name in schema.names if name not in _PLAIN],
        "column_encoding": {n: e for n, e in _ENCODINGS.items() if n in schema.names},
        "write_page_index": style.is_lasting,
        "write_page_checksum": True,
        "store_schema": False,
        "write_statistics": True,
    }


def _stats(events: pa.Table) -> str:
    """The file's statistics in the form of the Delta protocol."""
    names = bounded_columns(events.schema)
    bounds = {name: pc.min_max(events[name]) for name in names if _is_ordered(events[name].type)}
    return json.dumps(
        {
            "numRecords": events.num_rows,
            "minValues": _known({n: _bound(b["min"]) for n, b in bounds.items()}),
            "maxValues": _known({n: _bound(b["max"]) for n, b in bounds.items()}),
            "nullCount": {name: events[name].null_count for name in names},
        }
    )


def _is_ordered(kind: pa.DataType) -> bool:
    return not (pa.types.is_boolean(kind) or pa.types.is_dictionary(kind))


def _known(bounds: dict[str, Any]) -> dict[str, Any]:
    return {name: bound for name, bound in bounds.items() if bound is not None}


def _bound(scalar: Any) -> Any:
    value = scalar.as_py()
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    # A bound must not be cut short, and one that is not finite is not JSON.
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_BOUND else None
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value


_LONGEST_BOUND: Final = 128
# Nearly every value differs: a dictionary would only be in the way.
_PLAIN: Final = frozenset({"event_id", "timestamp", "received_at", "properties", "is_bot"})
_ENCODINGS: Final = {
    "event_id": "PLAIN",
    "timestamp": "DELTA_BINARY_PACKED",
    "received_at": "DELTA_BINARY_PACKED",
}
