"""Cutting the events of a day into ranges of values that fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from footfall.lake.snapshot import DataFile

RANGE_ROWS: Final = 500_000
RANGE_BYTES: Final = 128 * 2**20

_LEAST_ROWS: Final = 1_000


def fitting_rows(files: Sequence[DataFile]) -> int:
    """How many events, of the size that these files hold, fit into a range, about."""
    n_rows, n_bytes = 1, 1
    for file in files:
        footer = pq.read_metadata(file.path)
        n_rows += footer.num_rows
        n_bytes += sum(footer.row_group(g).total_byte_size for g in range(footer.num_row_groups))
    return max(_LEAST_ROWS, RANGE_BYTES * n_rows // n_bytes)


def ranges(files: Sequence[DataFile], most: int) -> Iterator[pc.Expression | None]:
    """Conditions that part the events into ranges of about `most`, in sorted order."""
    if sum(file.n_rows for file in files) <= most:
        yield None
        return
    counts = _counts(files, "name", None)
    for names in _neighbors(counts, most):
        inside = _within("name", names)
        if len(names) == 1 and counts[names[0]] > most:
            actors = _counts(files, "actor_id", inside)
            for some in _neighbors(actors, most):
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
    import pyarrow.dataset as ds  # heavy, and only needed while files are rewritten

    scanner = ds.dataset([file.path for file in files], schema=schema, format="parquet").scanner(
        columns=[column], filter=condition, batch_readahead=2, fragment_readahead=1
    )
    counts: dict[str, int] = {}
    for batch in scanner.to_batches():
        for item in batch[column].value_counts().to_pylist():
            counts[item["values"]] = counts.get(item["values"], 0) + item["counts"]
    return dict(sorted(counts.items(), key=lambda item: item[0].encode()))


def _neighbors(counts: dict[str, int], most: int) -> Iterator[list[str]]:
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
