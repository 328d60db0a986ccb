"""What a table holds at one version: a list of files that no reader sees change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from footfall.model.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.model.time import TimeRange


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file of a table.

    `min_timestamp` and `max_timestamp` bound the events inside, both inclusive, and
    `max_received_at` is when the last of them came in (UTC). `columns` are the declared
    properties' columns that the file has; in a file without one the value is in the JSON.
    """

    path: str
    n_rows: int
    n_bytes: int
    day: date
    min_timestamp: datetime
    max_timestamp: datetime
    max_received_at: datetime
    columns: frozenset[str] = frozenset()
    key: str = field(default="", repr=False)  # path below the table's folder, as in the log


@dataclass(frozen=True)
class Snapshot:
    """A table's files at one version, pruned to `time_range` where one was asked for.

    Pruning keeps whole files: a query still has to filter by time. `version` is -1 for a
    source that has no events yet.
    """

    source: Source
    version: int
    files: tuple[DataFile, ...]
    time_range: TimeRange | None = None

    @cached_property
    def n_rows(self) -> int:
        """Events in the files."""
        return sum(file.n_rows for file in self.files)

    @cached_property
    def n_bytes(self) -> int:
        """Size of the files on disk."""
        return sum(file.n_bytes for file in self.files)

    @property
    def schema(self) -> pa.Schema:
        """Columns to expect: the canonical ones, then one per declared property."""
        from footfall.lake.schema import arrow_schema

        return arrow_schema(self.source)

    def prune(self, time_range: TimeRange | None) -> Snapshot:
        """The same version with only the files that can hold events of `time_range`."""
        if time_range is None:
            return self
        kept = tuple(overlapping(self.files, time_range.start, time_range.end))
        return replace(self, files=kept, time_range=time_range)


def overlapping(files: Iterable[DataFile], start: datetime, end: datetime) -> Iterable[DataFile]:
    """Files that can hold events of `[start, end)`."""
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    return (
        file
        for file in files
        if first <= file.day <= last and file.max_timestamp >= start and file.min_timestamp < end
    )
