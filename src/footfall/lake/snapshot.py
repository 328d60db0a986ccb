"""What a table holds at one version: a list of files that no reader sees change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from footfall.model.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from footfall.lake.identities import FixedIdentities
    from footfall.model.time import TimeRange

LINK_COLUMN = "anonymous_id"
"""Column whose values join ids to one actor; among a file's `columns` where it has any."""


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

    Pruning keeps whole files; engines show only those of their events that lie in the range,
    and need to look at the time of none in files that lie in it wholly. `version` is -1 for a
    source that has no events yet. `identities` tell which ids are one actor: those of the
    newest version, for who is who holds for old events as well; at the first look, for all
    parts of an answer have to agree. `columns` are those that a statement reads, all if None:
    engines show no others, for each one more costs time, and ids are joined for `actor_id` only.
    """

    source: Source
    version: int
    files: tuple[DataFile, ...]
    time_range: TimeRange | None = None
    identities: FixedIdentities | None = field(default=None, compare=False, repr=False)
    columns: frozenset[str] | None = None

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

    def narrowed(self, columns: Iterable[str]) -> Snapshot:
        """The same events as a statement needs them that reads no other columns."""
        return replace(self, columns=frozenset(columns))

    def split(self) -> tuple[tuple[DataFile, ...], tuple[DataFile, ...]]:
        """Files whose events all lie in `time_range`, and files that may hold others."""
        if self.time_range is None:
            return self.files, ()
        start, end = self.time_range.start, self.time_range.end
        inner = frozenset(file.path for file in self.files if _lies_in(file, start, end))
        return (
            tuple(file for file in self.files if file.path in inner),
            tuple(file for file in self.files if file.path not in inner),
        )


def _lies_in(file: DataFile, start: datetime, end: datetime) -> bool:
    # Whoever writes statistics of a table may leave out what is less than a millisecond.
    return file.min_timestamp >= start and file.max_timestamp + _LEFT_OUT <= end


_LEFT_OUT: Final = timedelta(milliseconds=1)


def overlapping(files: Iterable[DataFile], start: datetime, end: datetime) -> Iterable[DataFile]:
    """Files that can hold events of `[start, end)`."""
    first, last = start.astimezone(UTC).date(), end.astimezone(UTC).date()
    return (
        file
        for file in files
        if first <= file.day <= last and file.max_timestamp >= start and file.min_timestamp < end
    )
