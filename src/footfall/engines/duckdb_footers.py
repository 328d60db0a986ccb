"""How many footers of Parquet files a database has in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from footfall.lake.snapshot import DataFile, Snapshot

# Files of a table never change and no name comes twice, so that what was read of a footer holds
# for ever. Not even whether a file is still there is asked first: who opens it will know.
KEEP_FOOTERS: Final = (
    "SET GLOBAL parquet_metadata_cache = true",
    "SET GLOBAL validate_external_file_cache = 'NO_VALIDATION'",
)
# Each takes some 50 kB, and a file that left the table is never forgotten by itself.
MAX_ROW_GROUPS: Final = 512
_GROUP_ROWS: Final = 128 * 1024


class Footers:
    """The files whose footers one database keeps."""

    def __init__(self) -> None:
        self._groups: dict[str, int] = {}

    def add(self, snapshots: Iterable[Snapshot]) -> bool:
        """Take in the files of a query; False where they are more than may be kept with others.

        Files that were there before are always fine, however many they are.
        """
        files = [file for snapshot in snapshots for file in snapshot.files]
        if all(file.path in self._groups for file in files):
            return True
        self._groups |= {file.path: _n_groups(file) for file in files}
        return sum(self._groups.values()) <= MAX_ROW_GROUPS


def _n_groups(file: DataFile) -> int:
    return 1 + file.n_rows // _GROUP_ROWS
