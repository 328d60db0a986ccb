"""Rewriting files of one day: sorted, missing columns filled, in bounded memory.

A day is cut into slices of names (and, within a name too large for one slice, of actors)
that fit into memory; each slice is read from all files, sorted, and written as one file.
Files written here are sorted already, so a later reading skips what lies outside a slice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from footfall.lake.parquet import ROW_GROUP, Style, Written, write_events
from footfall.lake.properties import declare
from footfall.lake.schema import arrow_schema, conform
from footfall.lake.snapshot import DataFile
from footfall.model.source import Source

SLICE_ROWS: Final = 1_000_000
SLICE_BYTES: Final = 256 * 2**20

# Columns whose values repeat little; all other text is held as a dictionary while sorting.
_VARIED: Final = frozenset({"event_id", "properties", "url", "referrer"})


def rewrite(
    root: Path,
    source: Source,
    day: date,
    files: Sequence[DataFile],
    style: Style,
    *,
    keep: pc.Expression | None = None,
    slice_rows: int = SLICE_ROWS,
) -> list[Written]:
    """New files with the events of `files` for which `keep` holds (all, if none is given).

    Events are sorted by name, actor and time. Nothing is committed here; when it fails,
    nothing is left behind.
    """
    written: list[Written] = []
    try:
        for part in _slices(files, min(slice_rows, _fitting_rows(files))):
            events = _read(files, source, part, keep)
            if events.num_rows:
                pieces = _pieces(events, files, source)
                written.append(write_events(root, day, arrow_schema(source), pieces, style))
    except BaseException:
        for file in written:
            file.path.unlink(missing_ok=True)
        raise
    return written


def count_rows(file: DataFile, source: Source, condition: pc.Expression) -> int:
    """How many events of a file a condition holds for; reads only the columns it names."""
    return _dataset([file], arrow_schema(source), []).count_rows(filter=condition)


def _read(
    files: Sequence[DataFile],
    source: Source,
    part: pc.Expression | None,
    keep: pc.Expression | None,
) -> pa.Table:
    conditions = [condition for condition in (part, keep) if condition is not None]
    schema = arrow_schema(source)
    texts = [f.name for f in schema if pa.types.is_string(f.type) and f.name not in _VARIED]
    return _dataset(files, schema, texts).to_table(
        filter=reduce(lambda a, b: a & b, conditions) if conditions else None,
        fragment_readahead=1,
        batch_readahead=2,
    )


def _dataset(files: Sequence[DataFile], schema: pa.Schema, texts: list[str]) -> ds.Dataset:
    """All files as one, with nulls for columns that a file lacks; `texts` as dictionaries."""
    fields = [
        pa.field(f.name, pa.dictionary(pa.int32(), pa.string())) if f.name in texts else f
        for f in schema
    ]
    form = ds.ParquetFileFormat(read_options=ds.ParquetReadOptions(dictionary_columns=texts))
    return ds.dataset(
        [file.path for file in files], schema=pa.schema(fields), format=form, partitioning=None
    )


def _pieces(events: pa.Table, files: Sequence[DataFile], source: Source) -> Iterator[pa.Table]:
    """The events in sorted order, one row group after another, as plain text again."""
    declared = frozenset(source.property_columns().values())
    is_filling = any(not declared <= file.columns for file in files)
    events = events.unify_dictionaries().combine_chunks()
    order = sort_order(events)
    for start in range(0, len(order), ROW_GROUP):
        piece = conform(events.take(pa.array(order[start : start + ROW_GROUP])), _plain(events))
        if is_filling:
            piece, _ = declare(piece, source)
        yield conform(piece, arrow_schema(source))


def sort_order(events: pa.Table) -> np.ndarray:
    """Order of rows by name, actor and time; text by its bytes."""
    keys = [_micros(events["timestamp"]), _ranks(events["actor_id"]), _ranks(events["name"])]
    return np.lexsort(keys)


def _micros(column: pa.ChunkedArray) -> np.ndarray:
    return np.asarray(column.cast(pa.int64()))


def _ranks(column: pa.ChunkedArray) -> np.ndarray:
    """Place of each value among the sorted distinct ones."""
    values = column.combine_chunks()
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    order = np.asarray(pc.sort_indices(values.dictionary))
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return rank[np.asarray(values.indices)]


def _plain(events: pa.Table) -> pa.Schema:
    return pa.schema(
        [
            pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
            for f in events.schema
        ]
    )


def _fitting_rows(files: Sequence[DataFile]) -> int:
    """How many events, of the size that these files hold, fit into a slice."""
    n_rows, n_bytes = 1, 1
    for file in files:
        footer = pq.read_metadata(file.path)
        n_rows += footer.num_rows
        n_bytes += sum(footer.row_group(g).total_byte_size for g in range(footer.num_row_groups))
    return max(ROW_GROUP, SLICE_BYTES * n_rows // n_bytes)


def _slices(files: Sequence[DataFile], most: int) -> Iterator[pc.Expression | None]:
    """Conditions that part the events into slices of about `most`, in sorted order."""
    if sum(file.n_rows for file in files) <= most:
        yield None
        return
    counts = _counts(files, "name", None)
    for names in _ranges(counts, most):
        inside = _within("name", names)
        if len(names) == 1 and counts[names[0]] > most:
            actors = _counts(files, "actor_id", inside)
            for some in _ranges(actors, most):
                yield inside & _within("actor_id", some)
        else:
            yield inside


def _within(column: str, values: Sequence[str]) -> pc.Expression:
    return (pc.field(column) >= values[0]) & (pc.field(column) <= values[-1])


def _counts(
    files: Sequence[DataFile], column: str, condition: pc.Expression | None
) -> dict[str, int]:
    """Events per value of a column, sorted by value."""
    schema = pa.schema([pa.field("name", pa.string()), pa.field("actor_id", pa.string())])
    scanner = ds.dataset([file.path for file in files], schema=schema, format="parquet").scanner(
        columns=[column], filter=condition, batch_readahead=2, fragment_readahead=1
    )
    counts: dict[str, int] = {}
    for batch in scanner.to_batches():
        for item in batch[column].value_counts().to_pylist():
            counts[item["values"]] = counts.get(item["values"], 0) + item["counts"]
    return dict(sorted(counts.items(), key=lambda item: item[0].encode()))


def _ranges(counts: dict[str, int], most: int) -> Iterator[list[str]]:
    """Neighboring values, together at most `most` events; a larger value stands alone."""
    values: list[str] = []
    total = 0
    for value, count in counts.items():
        if values and total + count > most:
            yield values
            values, total = [], 0
        values.append(value)
        total += count
    if values:
        yield values
