"""Parquet files of a table: how they are written, and what the log says about them."""

from __future__ import annotations

import json
import math
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from footfall.lake.files import checksum, make_folder, move, sync_file, sync_folder
from footfall.lake.schema import DAY
from footfall.lake.snapshot import LINK_COLUMN, DataFile

# Bounds of these columns go into the log, so that readers of it can skip whole files.
BOUNDED: Final = ("timestamp", "received_at", "name")

# Rows are sorted by name first, so an actor is everywhere and bounds tell little: a Bloom filter
# tells a reader which row groups (of at most about so many actors) lack it, for 0.3 bytes a row.
_ACTOR: Final = "actor_id"
_MAX_ACTORS: Final = 64 * 1024
_FALSELY_FOUND: Final = 0.05


_STAMPED: Final = re.compile(r"-[0-9a-f]{32}-([0-9a-f]{8})\.parquet$")


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written and is not in the log yet."""

    key: str
    path: Path
    day: date
    n_rows: int
    n_bytes: int
    stats: str

    def as_data_file(self, columns: frozenset[str]) -> DataFile:
        """The file as one to read; only its place and size are known."""
        start = datetime.combine(self.day, time(), UTC)
        return DataFile(
            path=str(self.path),
            n_rows=self.n_rows,
            n_bytes=self.n_bytes,
            day=self.day,
            min_timestamp=start,
            max_timestamp=start + timedelta(days=1),
            max_received_at=start,
            columns=columns,
            key=self.key,
        )


@dataclass(frozen=True, slots=True)
class Style:
    """How a file is encoded; `prefix` begins its name, `level` is that of zstd."""

    prefix: str
    level: int
    row_group: int


# A whole number of the batches of 2,048 rows in which DuckDB reads: it passes dictionaries on
# unread, but only of batches that lie within one page.
_PAGE_ROWS: Final = 16 * 1024

APPENDED: Final = Style("a", 1, 128 * 1024)
# Sorted, to be read in many ranges when its day is clustered: hence smaller row groups.
MERGED: Final = Style("m", 1, 32 * 1024)
# An actor is in the dictionary of a row group once, however many names its events have.
CLUSTERED: Final = Style("c", 9, 256 * 1024)


def write_events(
    root: Path, day: date, schema: pa.Schema, pieces: Iterable[pa.Table], style: Style
) -> Written:
    """Write events of one day (without the column `day`) below `root`, durably.

    Each piece becomes a row group, or several; the first is the largest. The file is on the
    disk when this returns; a failed write leaves nothing behind.
    """
    folder = root / f"{DAY}={day.isoformat()}"
    name = f"{style.prefix}-{uuid.uuid4().hex}"
    path = folder / f"{name}.parquet"
    make_folder(folder)
    stats = FileStats(bounded_columns(schema))
    try:
        rest = iter(pieces)
        first = next(rest)
        n_rows = min(first.num_rows, style.row_group)
        with pq.ParquetWriter(path, schema, **_options(schema, style, n_rows)) as writer:
            for piece in chain((first,), rest):
                writer.write_table(piece, row_group_size=style.row_group)
                stats.add(piece)
        sync_file(path)
        path = _stamped(path)
        sync_folder(folder)
    except BaseException:
        for left in folder.glob(f"{name}*"):
            left.unlink()
        raise
    key = f"{folder.name}/{path.name}"
    return Written(key, path, day, stats.n_rows, path.stat().st_size, stats.to_json())


def _stamped(path: Path) -> Path:
    """The file under a name that ends in the checksum of its bytes."""
    stamped = path.with_stem(f"{path.stem}-{checksum(path):08x}")
    move(path, stamped)
    return stamped


def stated_checksum(key: str) -> int | None:
    """What the file at this place in the log has as its checksum by its name.

    None for files that earlier versions or other programs wrote.

    >>> stated_checksum(f"day=2026-11-01/a-{'0' * 32}-0000002a.parquet")
    42
    """
    found = _STAMPED.search(key)
    return int(found[1], 16) if found else None


def is_clustered(key: str) -> bool:
    """Whether the file at this place in the log was written when its day was clustered."""
    return key.rsplit("/", 1)[-1].startswith(f"{CLUSTERED.prefix}-")


def is_sorted(key: str) -> bool:
    """Whether the file at this place in the log is sorted by name, actor and time."""
    return not key.rsplit("/", 1)[-1].startswith(f"{APPENDED.prefix}-")


def bounded_columns(schema: pa.Schema) -> list[str]:
    """Columns whose bounds and null counts stand in the log.

    A declared column counts among them, so that its null count tells that a file has it.
    So does the one that joins ids, without bounds: the log keeps what events may not.
    """
    names = [name for name in schema.names if name.startswith("p_") or name == LINK_COLUMN]
    return [*BOUNDED, *names]


class FileStats:
    """Row count, bounds and null counts of a file, gathered piece by piece."""

    def __init__(self, columns: list[str]) -> None:
        self.n_rows = 0
        self._least: dict[str, Any] = {}
        self._most: dict[str, Any] = {}
        self._nulls = dict.fromkeys(columns, 0)

    def add(self, piece: pa.Table) -> None:
        """Take in the events of a piece."""
        self.n_rows += piece.num_rows
        for name in self._nulls:
            self._nulls[name] += piece[name].null_count
            if name != LINK_COLUMN and not pa.types.is_boolean(piece[name].type):
                self._widen(name, pc.min_max(piece[name]).as_py())

    def to_json(self) -> str:
        """The statistics in the form of the Delta protocol."""
        return json.dumps(
            {
                "numRecords": self.n_rows,
                "minValues": _known(self._least),
                "maxValues": _known(self._most),
                "nullCount": self._nulls,
            }
        )

    def _widen(self, name: str, bounds: dict[str, Any]) -> None:
        if bounds["min"] is not None:
            self._least[name] = min(bounds["min"], self._least.get(name, bounds["min"]))
            self._most[name] = max(bounds["max"], self._most.get(name, bounds["max"]))


def _options(schema: pa.Schema, style: Style, n_rows: int) -> dict[str, Any]:
    """Arguments of `pyarrow.parquet.ParquetWriter` for row groups of at most so many rows."""
    codecs = {name: _codec(name) for name in schema.names}
    packed = [name for name, codec in codecs.items() if codec == "zstd"]
    return {
        "compression": codecs,
        "compression_level": {name: min(style.level, _LEVELS.get(name, 22)) for name in packed},
        "use_dictionary": [name for name in schema.names if name not in _ENCODINGS],
        "column_encoding": _ENCODINGS,
        "write_page_index": style is not APPENDED,
        "max_rows_per_page": _PAGE_ROWS,
        "write_page_checksum": True,
        "store_schema": False,
        "write_statistics": list(BOUNDED) if style is APPENDED else True,
        "bloom_filter_options": _filters(n_rows) if style is CLUSTERED else None,
    }


def _filters(n_rows: int) -> dict[str, Any]:
    """Bloom filters of row groups of so many rows; actors have about four events in one."""
    n_actors = min(_MAX_ACTORS, 1 + n_rows // 4)
    return {_ACTOR: {"ndv": n_actors, "fpp": _FALSELY_FOUND}}


def _codec(name: str) -> str:
    """How a column is compressed once it is encoded."""
    if _ENCODINGS.get(name) == "DELTA_BINARY_PACKED":
        return "none"
    if name == _ACTOR:
        # Whoever counts or follows actors unpacks little else. Of random digits LZ4 leaves half
        # as much again as zstd, which the size of row groups makes up for.
        return "lz4"
    return "snappy" if name in _HOT or name.startswith("p_") else "zstd"


def _known(bounds: dict[str, Any]) -> dict[str, Any]:
    named = {name: _bound(value) for name, value in bounds.items()}
    return {name: bound for name, bound in named.items() if bound is not None}


def _bound(value: Any) -> Any:
    """A bound as JSON has it; none where it would be cut short or is not finite."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_BOUND else None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


_LONGEST_BOUND: Final = 128
# In these columns nearly every value differs: a dictionary would only be in the way.
_ENCODINGS: Final = {
    "event_id": "DELTA_LENGTH_BYTE_ARRAY",
    "timestamp": "DELTA_BINARY_PACKED",
    "received_at": "DELTA_BINARY_PACKED",
    "is_bot": "PLAIN",
}
# Columns that most questions group or measure by, those of declared properties besides: of what
# their dictionaries leave, zstd would take a sixth more, and half as long again to read.
_HOT: Final = frozenset({"channel", "country", "device", "path", "url"})
# Random digits get no smaller by trying harder.
_LEVELS: Final = {"event_id": 1}
