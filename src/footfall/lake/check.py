"""What can be wrong with a table or a definition, and the way out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import pyarrow as pa
import pyarrow.parquet as pq

from footfall.errors import InvalidMapping, LakeError, StorageFull
from footfall.lake.checkpoints import damaged_entry
from footfall.lake.faults import reason
from footfall.lake.intact import fault, read_pages
from footfall.lake.schema import table_schema
from footfall.lake.snapshot import DataFile
from footfall.model.time import parse_duration

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder
    from footfall.lake.table import EventTable

Severity = Literal["error", "warning"]

_MANY_SMALL: Final = 100
_SMALL_ROWS: Final = 50_000
_SKEW: Final = timedelta(minutes=5)
_SAMPLE: Final = 1_000
# No write takes longer, however slow the disk.
_ORPHANED_AFTER: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, and what to do; `code` stays the same between versions."""

    code: str
    severity: Severity
    message: str
    way_out: str


def check_definitions(lake: LakeFolder) -> list[tuple[str, Finding]]:
    """A finding for each source whose definition cannot be read, with the source's name."""
    return [(name, _broken(name, error)) for name, error in lake.broken_sources()]


def _broken(name: str, error: InvalidMapping) -> Finding:
    return Finding(
        "definition_broken",
        "error",
        f"Source {name!r} takes part in nothing, for its definition cannot be read: {error}",
        f"Mend sources/{name}.toml, or remove the source. Its events are untouched.",
    )


def check_table(table: EventTable, *, is_full: bool) -> list[Finding]:
    """Everything found to be wrong with a table; `is_full` reads every byte of it."""
    try:
        table.log.refresh()
    except LakeError as error:
        return [_unreadable(table, error)]
    if table.log.version < 0:
        return []
    files = table.log.files
    found = list(_check_log(table)) if is_full else []
    for file in files:
        found += _check_file(file, is_full)
    return [
        *found,
        *_check_orphans(table),
        *_check_small(files),
        *_check_clock(table, files),
        *_check_columns(table),
        *_check_index(table, files),
    ]


def _check_log(table: EventTable) -> Iterator[Finding]:
    damaged = damaged_entry(table.log.folder)
    if damaged is not None:
        yield _damaged_entry(damaged, "it has what no log has.")


def _unreadable(table: EventTable, error: LakeError) -> Finding:
    damaged = damaged_entry(table.log.folder)
    if damaged is None:
        return Finding(
            "log_unreadable",
            "error",
            str(error),
            "Run `footfall compact`, which sets aside what a power cut left torn. If that does "
            "not help, restore the folder _delta_log from a backup; the data files are "
            "untouched.",
        )
    return _damaged_entry(damaged, str(error))


def _damaged_entry(path: Path, what: str) -> Finding:
    return Finding(
        "log_damaged",
        "error",
        f"{path} is not as it was written: {what}",
        "Put it back from a backup. Where there is none, and it is the last of its folder, move it "
        "away: the events of that one commit are out of the table then, and may be read in again "
        "from where they came.",
    )


def storage_full(error: StorageFull) -> Finding:
    """The finding that something could not be looked at for want of space."""
    return Finding(
        "storage_full",
        "error",
        error.message,
        "Make room on the disk, then run `footfall doctor` again; what is stored is not in danger.",
    )


def _check_file(file: DataFile, is_full: bool) -> Iterator[Finding]:
    restore = "Restore it from a backup, or read its events in again from where they came."
    try:
        n_bytes = Path(file.path).stat().st_size
    except FileNotFoundError:
        yield Finding(
            "file_missing", "error", f"{file.path} with {file.n_rows} events is gone.", restore
        )
        return
    if n_bytes != file.n_bytes:
        yield Finding(
            "file_size",
            "error",
            f"{file.path} has {n_bytes} bytes; the log says {file.n_bytes}.",
            restore,
        )
        return
    try:
        damage = fault(file) if is_full else None
        if damage is not None:
            raise OSError(damage)
        n_rows = read_pages(file.path) if is_full else pq.read_metadata(file.path).num_rows
    except (OSError, pa.ArrowException) as error:
        yield Finding(
            "file_damaged",
            "error",
            f"{file.path} cannot be read: {reason(error)}.",
            f"{restore} Until then compaction leaves it as it is.",
        )
        return
    if n_rows != file.n_rows:
        yield Finding(
            "file_rows",
            "error",
            f"{file.path} holds {n_rows} events; the log says {file.n_rows}.",
            restore,
        )


def _check_orphans(table: EventTable) -> Iterator[Finding]:
    """Files that no version within the log names; a writer that died leaves such."""
    retention = max(_ORPHANED_AFTER, parse_duration(table.settings.lake.vacuum_after))
    sizes = [_size(path) for path in table.log.superfluous(retention)]
    orphans = [n_bytes for n_bytes in sizes if n_bytes is not None]
    if orphans:
        yield Finding(
            "orphans",
            "warning",
            f"{len(orphans)} files ({sum(orphans):,} bytes) in {table.root} belong to no event "
            "that is still there.",
            "Run `footfall compact`, which removes them.",
        )


def _size(path: Path) -> int | None:
    """Bytes of a file; None if it was removed meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _check_small(files: Iterable[DataFile]) -> Iterator[Finding]:
    small = Counter(file.day for file in files if file.n_rows < _SMALL_ROWS)
    for day, count in small.most_common(1):
        if count > _MANY_SMALL:
            yield Finding(
                "small_files",
                "warning",
                f"{day} lies in {count} small files, which slows every query down.",
                "Run `footfall compact`, or let `footfall serve` run, which compacts by itself.",
            )


def _check_clock(table: EventTable, files: Iterable[DataFile]) -> Iterator[Finding]:
    limit = table.clock() + _SKEW
    ahead = [file for file in files if file.max_received_at > limit]
    if ahead:
        latest = max(file.max_received_at for file in ahead)
        yield Finding(
            "clock",
            "warning",
            f"Events of source {table.source.name!r} were received in the future, up to {latest}.",
            "Set this machine's clock right; it is now behind, or was ahead when they came in.",
        )


def _check_columns(table: EventTable) -> Iterator[Finding]:
    """Columns whose property is no longer declared: their values are out of sight."""
    lost = sorted(table.log.columns - set(table_schema(table.source).names))
    if lost:
        yield Finding(
            "undeclared",
            "warning",
            f"Table {table.root} has columns {', '.join(lost)} of properties that are not "
            "declared any more, so their values are not seen.",
            f"Declare them again in sources/{table.source.name}.toml.",
        )


def _check_index(table: EventTable, files: Iterable[DataFile]) -> Iterator[Finding]:
    """Whether the ids received last are known as seen."""
    newest = max(files, key=lambda file: file.max_received_at, default=None)
    if newest is None or not Path(newest.path).exists():
        return
    try:
        batches = pq.ParquetFile(newest.path).iter_batches(_SAMPLE, columns=["event_id"])
        ids = next(batches)["event_id"]
    except (OSError, pa.ArrowException, StopIteration):
        return
    if newest.max_received_at < table.clock() - table.remembered:
        return
    try:
        known = table.seen(ids.to_pylist())
    except StorageFull as error:
        yield storage_full(error)
        return
    if table.index.unread:
        yield Finding(
            "ids_unread",
            "error",
            f"The ids in {', '.join(table.index.unread)} are not known, for these files are "
            "damaged or gone: what is sent again of their events is stored again.",
            "Put them back from a backup; their ids are read then.",
        )
    n_unknown = known.count(False)
    if n_unknown:
        yield Finding(
            "seen_index",
            "error",
            f"{n_unknown} of the {len(known)} events looked at in {newest.path} are not known "
            "as seen, so they could be stored twice.",
            f"Remove the folder {table.index.folder}; it is made anew from the table.",
        )
