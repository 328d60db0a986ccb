"""Rewriting files of one day: sorted, missing columns filled, in bounded memory.

A day is cut into ranges of names (and, within a name too large for one range, of actors)
that fit into memory; each range is read from all files, sorted, and written as one file.
Files that are sorted already let a reading skip what lies outside its range; of a large
day, those that are not are sorted by themselves first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.lake.cuts import RANGE_ROWS, fitting_rows, ranges
from footfall.lake.faults import Translated
from footfall.lake.parquet import MERGED, Style, Written, is_sorted, write_events
from footfall.lake.properties import declare
from footfall.lake.schema import arrow_schema, conform
from footfall.lake.snapshot import DataFile
from footfall.model.source import Source

if TYPE_CHECKING:
    import pyarrow.dataset as ds

# Held as text while sorting: values that repeat little, and those that ranges are cut by,
# for a reader skips row groups by the bounds of text only, not of dictionaries.
_AS_TEXT: Final = frozenset({"event_id", "properties", "url", "referrer", "name", "actor_id"})
# From so many ranges on, sorting the files one by one first pays.
_MANY_RANGES: Final = 4


def rewrite(
    root: Path,
    source: Source,
    day: date,
    files: Sequence[DataFile],
    style: Style,
    *,
    keep: pc.Expression | None = None,
    range_rows: int = RANGE_ROWS,
) -> list[Written]:
    """New files with the events of `files` for which `keep` holds (all, if none is given).

    Events are sorted by name, actor and time. Nothing is committed here; when it fails,
    nothing is left behind.
    """
    most = min(range_rows, fitting_rows(files))
    temporary: list[Written] = []
    written: list[Written] = []
    try:
        if _is_presorting(files, most):
            files = _presort(root, source, day, files, most, temporary)
        _write_ranges(root, source, day, files, style, keep, most, written)
    except BaseException:
        _remove(written)
        raise
    finally:
        _remove(temporary)
    return written


def _is_presorting(files: Sequence[DataFile], most: int) -> bool:
    is_large = sum(file.n_rows for file in files) > _MANY_RANGES * most
    return is_large and len(files) > 1 and not all(is_sorted(file.key) for file in files)


def _presort(
    root: Path,
    source: Source,
    day: date,
    files: Sequence[DataFile],
    most: int,
    temporary: list[Written],
) -> list[DataFile]:
    """The files, with sorted ones in place of those that are not."""
    for group in _groups([file for file in files if not is_sorted(file.key)], most):
        _write_ranges(root, source, day, group, MERGED, None, most, temporary)
    columns = frozenset(source.property_columns().values())
    return [
        *(file for file in files if is_sorted(file.key)),
        *(file.as_data_file(columns) for file in temporary),
    ]


def _groups(files: Sequence[DataFile], most: int) -> Iterator[list[DataFile]]:
    group: list[DataFile] = []
    for file in files:
        if group and sum(item.n_rows for item in group) + file.n_rows > most:
            yield group
            group = []
        group.append(file)
    if group:
        yield group


def _write_ranges(
    root: Path,
    source: Source,
    day: date,
    files: Sequence[DataFile],
    style: Style,
    keep: pc.Expression | None,
    most: int,
    written: list[Written],
) -> None:
    schema = arrow_schema(source)
    for part in ranges(files, most):
        events = _read(files, source, part, keep)
        if events.num_rows:
            pieces = _pieces(events, files, source, style.row_group)
            written.append(write_events(root, day, schema, pieces, style))
        del events
        pa.default_memory_pool().release_unused()


def _remove(written: Sequence[Written]) -> None:
    for file in written:
        file.path.unlink(missing_ok=True)


def count_rows(file: DataFile, source: Source, condition: pc.Expression) -> int:
    """How many events of a file a condition holds for; reads only the columns it names."""
    with _readable(file):
        return _dataset([file], arrow_schema(source), []).count_rows(filter=condition)


def read_columns(
    file: DataFile, source: Source, columns: Sequence[str], condition: pc.Expression
) -> pa.Table:
    """These columns of the events of a file for which a condition holds."""
    with _readable(file):
        dataset = _dataset([file], arrow_schema(source), [])
        return dataset.to_table(columns=list(columns), filter=condition)


def _readable(file: DataFile) -> Translated:
    return Translated(f"{file.path} cannot be read", OSError, pa.ArrowException)


def _read(
    files: Sequence[DataFile],
    source: Source,
    part: pc.Expression | None,
    keep: pc.Expression | None,
) -> pa.Table:
    conditions = [condition for condition in (part, keep) if condition is not None]
    schema = arrow_schema(source)
    texts = [f.name for f in schema if pa.types.is_string(f.type) and f.name not in _AS_TEXT]
    events = _dataset(files, schema, texts).to_table(
        filter=reduce(lambda a, b: a & b, conditions) if conditions else None,
        fragment_readahead=1,
        batch_readahead=2,
    )
    return events.unify_dictionaries().combine_chunks()


def _dataset(files: Sequence[DataFile], schema: pa.Schema, texts: list[str]) -> ds.Dataset:
    """All files as one, with nulls for columns that a file lacks; `texts` as dictionaries.

    The checksum of each page is compared as it is read.
    """
    import pyarrow.dataset as ds  # heavy, and only needed while files are rewritten

    fields = [
        pa.field(f.name, pa.dictionary(pa.int32(), pa.string())) if f.name in texts else f
        for f in schema
    ]
    form = ds.ParquetFileFormat(
        read_options=ds.ParquetReadOptions(dictionary_columns=texts),
        default_fragment_scan_options=ds.ParquetFragmentScanOptions(
            page_checksum_verification=True
        ),
    )
    return ds.dataset(
        [file.path for file in files], schema=pa.schema(fields), format=form, partitioning=None
    )


def _pieces(
    events: pa.Table, files: Sequence[DataFile], source: Source, row_group: int
) -> Iterator[pa.Table]:
    """The events in sorted order, one row group after another, as plain text again."""
    declared = frozenset(source.property_columns().values())
    is_filling = any(not declared <= file.columns for file in files)
    order = sort_order(events)
    for start in range(0, len(order), row_group):
        piece = conform(events.take(pa.array(order[start : start + row_group])), _plain(events))
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
