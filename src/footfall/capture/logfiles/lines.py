"""What log files with one entry a line and fields of their own have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from footfall.capture.logfiles.byline import ByLine
from footfall.capture.logfiles.mapped import FieldMapper
from footfall.capture.logfiles.split import Columns
from footfall.capture.records import (
    Fault,
    Indices,
    Parsed,
    Records,
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


class LineLog(ByLine, ABC):
    """Base of formats whose lines are read by `_read` and filled in by the mapping."""

    def __init__(self, mapper: FieldMapper) -> None:
        self._mapper = mapper

    def parse(self, records: Records) -> Parsed:
        """Events out of lines; a line that cannot be read is a fault."""
        faults = too_long(records)
        usable, places = without(records, faults)
        found = self._read(readable(usable))
        faults += [fault.at(places[fault.record]) for fault in found.faults]
        table, refused = self._mapper.table(found.times, found.columns)
        rows = places[found.rows]
        faults += [fault.at(rows[fault.record]) for fault in refused]
        kept = np.ones(len(rows), np.bool_)
        kept[[fault.record for fault in refused]] = False
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
    late = [Fault(int(row), reason, "invalid_timestamp") for row in rows[~valid]]
    if late:
        mask = pa.array(valid)
        columns = {name: column.filter(mask) for name, column in columns.items()}
        rows, values = rows[valid], values[valid]
    return Entries(rows, pa.array(values, pa.int64()), columns, [*faults, *late])
