"""What one record breaks stays with that record: the others are read without it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa

from footfall.capture.records import Fault, Format, Indices, Parsed, Records
from footfall.errors import FootfallError
from footfall.lake.schema import ARROW_TYPES

T = TypeVar("T")


def read_apart(
    n_items: int, work: Callable[[int, int], T], broken: Callable[[int, Exception], T]
) -> list[T]:
    """The work on items 0 to `n_items`, in as few parts as those allow that break it.

    `work` gets a first item and the one behind the last; `broken` makes something of an item
    that it fails on alone. What is told to people, a full disk among it, is raised.
    """

    return _read(0, n_items, work, broken)


def _read(
    start: int, end: int, work: Callable[[int, int], T], broken: Callable[[int, Exception], T]
) -> list[T]:
    # No function within another, which would hold what it works on until garbage is collected.
    try:
        return [work(start, end)]
    except (FootfallError, OSError, MemoryError):
        raise
    except Exception as error:
        if end - start <= 1:
            return [broken(start, error)]
    middle = (start + end) // 2
    return [*_read(start, middle, work, broken), *_read(middle, end, work, broken)]


def parse_apart(form: Format, records: Records) -> Parsed:
    """Events and faults out of records; one that breaks the reading of all is a fault."""

    def parse(start: int, end: int) -> Parsed:
        if end - start == len(records):
            return form.parse(records)
        found = form.parse(_between(records, start, end))
        faults = [fault.at(fault.record + start) for fault in found.faults]
        return Parsed(found.table, found.rows + start, faults)

    def broken(record: int, error: Exception) -> Parsed:
        return Parsed(_nothing(), np.zeros(0, np.int64), [unreadable(record, error)])

    return merged(read_apart(len(records), parse, broken))


def merged(parts: Sequence[Parsed]) -> Parsed:
    """All parts as one, in their order."""
    if len(parts) == 1:
        return parts[0]
    rows: Indices = np.concatenate([part.rows for part in parts])
    faults = [fault for part in parts for fault in part.faults]
    return Parsed(stacked([part.table for part in parts]), rows, faults)


def stacked(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one below the other; a column that one lacks is null there."""
    return pa.concat_tables(tables, promote_options="default").combine_chunks()


def unreadable(record: int, error: Exception) -> Fault:
    """The fault of a record that no reader was prepared for."""
    return Fault(record, f"it cannot be read ({type(error).__name__}: {error})"[:300])


def _between(records: Records, start: int, end: int) -> Records:
    place = slice(start, end)
    return Records(records.data, records.starts[place], records.ends[place], records.lines[place])


def _nothing() -> pa.Table:
    schema = pa.schema({"timestamp": ARROW_TYPES["time"], "name": ARROW_TYPES["text"]})
    return schema.empty_table()
