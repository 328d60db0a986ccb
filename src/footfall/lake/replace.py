"""Files take the place of others in one commit, while others read the table and append to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from footfall.lake.lock import TableLock
from footfall.lake.parquet import Written
from footfall.lake.snapshot import DataFile

if TYPE_CHECKING:
    from footfall.lake.table import EventTable


def only_one(table: EventTable) -> TableLock:
    """Lock held by whoever has files that are written but not committed yet."""
    return TableLock(table.lock.path.with_suffix(".compact.lock"))


def replace_files(
    table: EventTable, files: Iterable[DataFile], written: Sequence[Written], *, is_new_data: bool
) -> None:
    """Commit that files were written in place of others. Call with the table's lock held.

    When it fails, what was written is removed.
    """
    try:
        for file in written:
            file.path.stat()  # nothing may be committed that somebody cleared away
        table.log.commit(written, files, is_new_data=is_new_data)
    except BaseException:
        table.log.discard(written)
        raise
