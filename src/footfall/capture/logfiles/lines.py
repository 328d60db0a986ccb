"""What log files with one entry a line and fields of their own have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from footfall.capture.logfiles.mapped import FieldMapper
from footfall.capture.logfiles.split import Columns
from footfall.capture.records import (
    BOM,
    Fault,
    Indices,
    Parsed,
    Records,
    cut_line,
    line_continues,
    line_records,
    readable,
    too_long,
    without,
)


@dataclass(frozen=True)
class Entries:
    """Entries out of lines: `times` in microseconds and columns of text or numbers.

    Entry i is line `rows[i]`; the other lines have faults, or are no entries.
    """

    rows: Indices
    times: pa.Array
    columns: Columns
    faults: list[Fault]


class LineLog(ABC):
    """Base of formats whose lines are read by `_read` and filled in by the mapping."""

    def __init__(self, mapper: FieldMapper) -> None:
        self._mapper = mapper

    def begin(self, head: bytes) -> int:
        """Nothing stands before the first line but perhaps a byte order mark."""
        return len(BOM) if head.startswith(BOM) else 0

    def cut(self, data: bytes, *, is_last: bool) -> int:
        """End of the last whole line."""
        return cut_line(data, is_last=is_last)

    def records(self, data: bytes, line: int) -> Records:
        """One record a line."""
        return line_records(data, line)

    def continues(self, record: bytes, following: bytes) -> bool:
        """Whether the line goes on."""
        return line_continues(record, following)

    def parse(self, records: Records) -> Parsed:
        """Events out of lines; a line that cannot be read is a fault."""
        faults = too_long(records)
        usable, places = without(records, faults)
        found = self._read(readable(usable))
        faults += [Fault(int(places[fault.record]), fault.reason) for fault in found.faults]
        table, refused = self._mapper.table(found.times, found.columns)
        rows = places[found.rows]
        faults += [Fault(int(rows[row]), reason) for row, reason in refused]
        kept = np.ones(len(rows), np.bool_)
        kept[[row for row, _ in refused]] = False
        return Parsed(table, rows[kept], faults)

    @abstractmethod
    def _read(self, records: Records) -> Entries:
        """Entries and faults out of readable lines."""


def timed(
    rows: Indices,
    columns: Columns,
    times: tuple[Indices, np.ndarray[Any, np.dtype[np.bool_]]],
    reason: str,
    faults: list[Fault],
) -> Entries:
    """Entries whose times are valid; the others are faults, for `reason`."""
    values, valid = times
    late = [Fault(int(row), reason) for row in rows[~valid]]
    if late:
        mask = pa.array(valid)
        columns = {name: column.filter(mask) for name, column in columns.items()}
        rows, values = rows[valid], values[valid]
    return Entries(rows, pa.array(values, pa.int64()), columns, [*faults, *late])
