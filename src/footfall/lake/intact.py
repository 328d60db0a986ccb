"""Whether data files are as they were written; those that are not are never written anew.

What is read of a damaged file may be wrong without looking so, and a file written from it would
have a checksum that vouches for it.
"""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from footfall.lake.faults import reason
from footfall.lake.files import checksum, mark
from footfall.lake.parquet import stated_checksum
from footfall.lake.snapshot import DataFile

_log = logging.getLogger(__name__)


def fault(file: DataFile) -> str | None:
    """What is wrong with the bytes of a file, None if they are those that were written.

    A file without a checksum in its name is told by those of its pages.
    """
    try:
        stated = stated_checksum(file.key)
        if stated is None:
            read_pages(file.path)
        elif stated != checksum(Path(file.path)):
            return "its bytes are not those that were written"
    except (OSError, pa.ArrowException) as error:
        return reason(error)
    return None


def read_pages(path: str) -> int:
    """Rows of a file, every page of it read and its checksum compared."""
    file = pq.ParquetFile(path, page_checksum_verification=True)
    return sum(batch.num_rows for batch in file.iter_batches(1 << 16))


class Damage:
    """Files of a table that were found damaged, each until other bytes take its place."""

    def __init__(self) -> None:
        self._known: dict[str, object] = {}

    def __contains__(self, file: DataFile) -> bool:
        return file.key in self._known and self._known[file.key] == mark(Path(file.path))

    def look(self, files: Iterable[DataFile]) -> bool:
        """Whether any of the files is damaged; it is told once in the log."""
        is_any = False
        for file in files:
            found = None if file in self else fault(file)
            if found is not None:
                self._known[file.key] = mark(Path(file.path))
                _log.warning(
                    "%s is damaged (%s) and left as it is: see footfall doctor --full",
                    file.path,
                    found,
                )
            is_any |= file in self
        return is_any


def is_damage(error: Exception) -> bool:
    """Whether reading a file failed because of its bytes, not for want of memory or handles."""
    if isinstance(error, OSError):
        return error.errno in (None, errno.EIO, errno.ENOENT)
    return isinstance(error, pa.ArrowInvalid | pa.ArrowSerializationError)
