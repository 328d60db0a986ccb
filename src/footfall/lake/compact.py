"""Rewrites files of a table while others read it and append to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from footfall.errors import LakeError
from footfall.lake.parquet import CLUSTERED, MERGED, Written
from footfall.lake.plan import Job, plan
from footfall.lake.replace import only_one, replace_files
from footfall.lake.rewrite import rewrite
from footfall.lake.snapshot import DataFile

if TYPE_CHECKING:
    from footfall.lake.table import EventTable

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Compacted:
    """What a compaction did. `is_busy`: another process is at it, nothing was done.

    `n_damaged` files were met, now or earlier, and left as they are.
    """

    n_jobs: int = 0
    n_files_before: int = 0
    n_files_after: int = 0
    n_rows: int = 0
    n_bytes_before: int = 0
    n_bytes_after: int = 0
    is_busy: bool = False
    n_damaged: int = 0


def compact(
    table: EventTable, *, is_forced: bool = False, most_jobs: int = 0, progress: Progress | None
) -> Compacted:
    """Carry out what is planned for the table, at most `most_jobs` (0: all) of it."""
    with only_one(table).if_free() as is_ours:
        if not is_ours:
            return Compacted(is_busy=True)
        with table.lock:
            table.log.mend()
        _, files = table.log.read()
        jobs = _plan(table, files, is_forced)
        jobs = jobs[:most_jobs] if most_jobs else jobs
        done: list[tuple[Job, Sequence[Written]]] = []
        for number, planned in enumerate(jobs, 1):
            job = _sound(table, planned, files, is_forced)
            written = _carry_out(table, job) if job is not None else None
            if job is not None and written is not None:
                done.append((job, written))
            if progress is not None:
                progress(number, len(jobs))
    return replace(_summary(done), n_damaged=sum(file in table.damage for file in files))


def _plan(table: EventTable, files: Sequence[DataFile], is_forced: bool) -> list[Job]:
    declared = frozenset(table.source.property_columns().values())
    sound = [file for file in files if file not in table.damage]
    return plan(sound, declared, table.clock(), is_forced=is_forced)


def _sound(
    table: EventTable, job: Job | None, files: Sequence[DataFile], is_forced: bool
) -> Job | None:
    """The job, or what is to be done that day without files that prove to be damaged."""
    while job is not None and table.damage.look(job.files):
        of_day = [file for file in files if file.day == job.day]
        job = next(iter(_plan(table, of_day, is_forced)), None)
    return job


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
        replace_files(table, job.files, written, is_new_data=False)
    return written


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
