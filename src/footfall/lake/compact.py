"""Rewrites files of a table while others read it and append to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from footfall.errors import LakeError
from footfall.lake.lock import TableLock
from footfall.lake.parquet import CLUSTERED, MERGED, Written, is_clustered
from footfall.lake.plan import Job, plan
from footfall.lake.rewrite import count_rows, rewrite
from footfall.lake.snapshot import DataFile

if TYPE_CHECKING:
    from footfall.lake.table import EventTable

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did. `is_busy`: another process is at it, nothing was done."""

    n_jobs: int = 0
    n_files_before: int = 0
    n_files_after: int = 0
    n_rows: int = 0
    n_bytes_before: int = 0
    n_bytes_after: int = 0
    is_busy: bool = False


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion took out of the table."""

    n_rows: int
    n_files: int


def compact(
    table: EventTable, *, is_forced: bool = False, most_jobs: int = 0, progress: Progress | None
) -> Compacted:
    """Carry out what is planned for the table, at most `most_jobs` (0: all) of it."""
    with only_one(table).if_free() as is_ours:
        if not is_ours:
            return Compacted(is_busy=True)
        jobs = _plan(table, is_forced)
        jobs = jobs[:most_jobs] if most_jobs else jobs
        done: list[tuple[Job, Sequence[Written]]] = []
        for number, job in enumerate(jobs, 1):
            written = _carry_out(table, job)
            if written is not None:
                done.append((job, written))
            if progress is not None:
                progress(number, len(jobs))
    return _summary(done)


def delete(table: EventTable, condition: pc.Expression) -> Deleted:
    """Take all events for which `condition` holds out of the table.

    Their bytes stay on disk until `vacuum`. Appends wait meanwhile.
    """
    n_rows = n_files = 0
    # As in compaction, but with the table's lock first: nothing may come in unseen.
    with table.lock:
        table.log.refresh()
        if table.log.version >= 0:
            table.log.create()
            table.index.sync(table.log)
        for file in table.log.files:
            n_gone = count_rows(file, table.source, condition)
            if n_gone:
                _delete_from(table, file, condition)
                n_rows, n_files = n_rows + n_gone, n_files + 1
    return Deleted(n_rows, n_files)


def _delete_from(table: EventTable, file: DataFile, condition: pc.Expression) -> None:
    style = CLUSTERED if is_clustered(file.key) else MERGED
    keep = ~pc.coalesce(condition, pc.scalar(False))
    written = rewrite(table.root, table.source, file.day, [file], style, keep=keep)
    _commit(table, [file], written, is_new_data=True)
    table.index.pass_over(table.log.version)


def _plan(table: EventTable, is_forced: bool) -> list[Job]:
    _, files = table.log.read()
    declared = frozenset(table.source.property_columns().values())
    return plan(files, declared, table.clock(), is_forced=is_forced)


def _carry_out(table: EventTable, job: Job) -> Sequence[Written] | None:
    """Files written in place of the job's, or None if some of those went meanwhile."""
    style = CLUSTERED if job.kind == "cluster" else MERGED
    written = rewrite(table.root, table.source, job.day, job.files, style)
    if sum(file.n_rows for file in written) != sum(file.n_rows for file in job.files):
        table.log.discard(written)
        raise LakeError(
            f"Rewriting {len(job.files)} files of {job.day} in {table.root} would have changed "
            "the number of events, so it was given up: run `footfall doctor`."
        )
    # The rewriting took its time; the lock is needed only for the change itself.
    with table.lock:
        table.log.refresh()
        live = {file.key for file in table.log.files}
        if not all(file.key in live for file in job.files):
            table.log.discard(written)
            return None
        table.log.create()
        _commit(table, job.files, written, is_new_data=False)
    return written


def _commit(
    table: EventTable, files: Iterable[DataFile], written: Sequence[Written], *, is_new_data: bool
) -> None:
    try:
        for file in written:
            file.path.stat()  # nothing may be committed that somebody cleared away
        table.log.commit(written, files, is_new_data=is_new_data)
    except BaseException:
        table.log.discard(written)
        raise


def only_one(table: EventTable) -> TableLock:
    """Lock held by whoever has files that are written but not committed yet."""
    return TableLock(table.lock.path.with_suffix(".compact.lock"))


def _summary(done: Sequence[tuple[Job, Sequence[Written]]]) -> Compacted:
    before = [file for job, _ in done for file in job.files]
    after = [file for _, written in done for file in written]
    return Compacted(
        n_jobs=len(done),
        n_files_before=len(before),
        n_files_after=len(after),
        n_rows=sum(file.n_rows for file in after),
        n_bytes_before=sum(file.n_bytes for file in before),
        n_bytes_after=sum(file.n_bytes for file in after),
    )
