"""Takes events out of a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from footfall.errors import LakeError, TableDamaged
from footfall.lake.parquet import CLUSTERED, MERGED, is_clustered
from footfall.lake.replace import replace_files
from footfall.lake.rewrite import count_rows, rewrite
from footfall.lake.snapshot import DataFile

if TYPE_CHECKING:
    from footfall.lake.table import EventTable


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion took out of the table."""

    n_rows: int
    n_files: int


def delete(table: EventTable, condition: pc.Expression) -> Deleted:
    """Take all events for which `condition` holds out of the table.

    Their bytes stay on disk until `vacuum`. Appends wait meanwhile. Raises `TableDamaged` where
    files cannot be read, after the others are done.
    """
    n_rows = n_files = 0
    damaged: list[str] = []
    # As in compaction, but with the table's lock first: nothing may come in unseen.
    with table.lock:
        table.log.mend()
        table.log.refresh()
        if table.log.version >= 0:
            table.log.create()
            table.index.sync(table.log)
        for file in table.log.files:
            n_gone = _count(table, file, condition)
            if n_gone is None:
                damaged.append(file.path)
            elif n_gone:
                _delete_from(table, file, condition)
                n_rows, n_files = n_rows + n_gone, n_files + 1
        if n_files:
            # Their ids stand nowhere else from now on.
            table.index.flush()
    if damaged:
        raise TableDamaged(
            f"{n_rows} events were taken out, but {len(damaged)} files are damaged and left as "
            f"they are, such as {damaged[0]}. Put them back from a backup, then ask for it again."
        )
    return Deleted(n_rows, n_files)


def _count(table: EventTable, file: DataFile, condition: pc.Expression) -> int | None:
    """How many events of a file go; None for a file that is damaged."""
    # A page may be passed over because of the very bit that turned in it.
    if table.damage.look([file]):
        return None
    try:
        return count_rows(file, table.source, condition)
    except LakeError:
        return None


def _delete_from(table: EventTable, file: DataFile, condition: pc.Expression) -> None:
    style = CLUSTERED if is_clustered(file.key) else MERGED
    keep = ~pc.coalesce(condition, pc.scalar(False))
    written = rewrite(table.root, table.source, file.day, [file], style, keep=keep)
    replace_files(table, [file], written, is_new_data=True)
    table.index.pass_over(table.log.version)
