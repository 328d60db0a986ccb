"""A source's table of events: append, read a snapshot, know where a stream stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.lake.check import Finding, check_table
from footfall.lake.compact import Compacted, Progress, compact
from footfall.lake.delete import Deleted, delete
from footfall.lake.erase import erase
from footfall.lake.faults import Translated
from footfall.lake.identities import FixedIdentities, Identities
from footfall.lake.intact import Damage
from footfall.lake.keys import Keys, event_keys
from footfall.lake.lock import TableLock, lock_path
from footfall.lake.log import DeltaLog
from footfall.lake.parquet import APPENDED, Written, write_events
from footfall.lake.replace import only_one
from footfall.lake.schema import arrow_schema, conform, day_of
from footfall.lake.seen import SeenIndex
from footfall.lake.snapshot import Snapshot
from footfall.lake.upkeep import Maintained, Upkeep
from footfall.model.ledger import Entry
from footfall.model.source import Source
from footfall.model.time import Clock, TimeRange, parse_duration, utc_now
from footfall.settings import Settings

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a stream has been read into a table; `offset` only ever grows.

    `stream` is `journal:<id>` or `file:<fingerprint>`.
    """

    stream: str
    offset: int


@dataclass(frozen=True, slots=True)
class Appended:
    """What became of a batch; `entries` are those given, with their counts filled in.

    A batch whose position was committed before is a replay: nothing of it is stored.
    """

    n_stored: int
    n_duplicates: int
    version: int
    is_replay: bool = False
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """What a commit noted for the ledger, to mend it after a crash."""

    version: int
    position: Position | None
    entries: tuple[Entry, ...]


class EventTable:
    """The events of one source. Any number of processes may read and append at once."""

    def __init__(
        self,
        root: Path,
        source: Source,
        *,
        settings: Settings | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.source = source
        self.root = root / "tables" / source.name
        self.settings = settings or Settings()
        self.clock = clock
        self.lock = TableLock(lock_path(root, source.name))
        self.log = DeltaLog(self.root, source, self.settings.lake)
        self.remembered = parse_duration(self.settings.intake.remember_ids)
        self.damage = Damage()
        self._upkeep = Upkeep(self)
        self.identities = Identities(
            root / "identities" / source.name,
            self.log,
            lock_path(root, f"{source.name}-ids"),
            clock,
        )
        self.index = SeenIndex(root / "seen" / source.name, self.remembered, clock)

    def append(
        self,
        batch: pa.Table,
        position: Position | None = None,
        *,
        received_at: datetime | None = None,
        entries: Sequence[Entry] = (),
        entry_of: np.ndarray | None = None,
    ) -> Appended:
        """Store the events that are new, and the position, in one durable commit.

        `batch` has the columns of `arrow_schema(source)`; `received_at` stands where it
        lacks that column. `entries` are ledger lines to note in the commit, and
        `entry_of` says for each event which of them it belongs to (the only one if there
        is one); their `stored` and `duplicates` are filled in. Killed at any moment, the
        batch is stored wholly or not at all, and may be appended again.
        """
        batch = self._conform(batch, received_at)
        keys = event_keys(batch["event_id"])
        with self.lock, self._writable():
            self.log.mend()
            self.log.refresh()
            self.log.create()
            if position is not None and position.offset <= self.log.position(position.stream):
                return Appended(0, batch.num_rows, self.log.version, is_replay=True)
            self.index.sync(self.log)
            is_new, new_keys = self.index.first_seen(keys)
            counted = _count(entries, entry_of, is_new)
            version = self._store(batch, is_new, new_keys, position, counted)
        n_stored = len(new_keys[0])
        return Appended(n_stored, batch.num_rows - n_stored, version, entries=counted)

    def snapshot(self, time_range: TimeRange | None = None) -> Snapshot:
        """The newest version, with the files that can hold events of `time_range`."""
        version, files = self.log.read()
        whole = Snapshot(self.source, version, files, identities=FixedIdentities(self.identities))
        return whole.prune(time_range)

    def recover(self) -> None:
        """Set aside what a power cut left torn, if this is the first look at the table.

        Whoever goes on to append calls it before anything is read.
        """
        if self.log.version < 0:
            with self.lock:
                self.log.mend()

    def position(self, stream: str) -> int:
        """Offset committed for a stream, -1 if there is none."""
        self.log.refresh()
        return self.log.position(stream)

    def seen(self, event_ids: Sequence[str]) -> list[bool]:
        """For each event id whether it was received not longer ago than ids are remembered."""
        if self.index.covered < 0:
            with self.lock, self._writable():
                self.log.refresh()
                self.index.sync(self.log)
        return self.index.holds(event_keys(pa.array(event_ids, pa.string()))).tolist()

    def catch_up(self) -> None:
        """Know the ids of events that other processes stored, so that `seen` tells them."""
        with self.lock, self._writable():
            self.log.refresh()
            self.index.sync(self.log)

    def has_column(self, name: str) -> bool:
        """Whether the table has a column of that name, filled or not."""
        self.log.refresh()
        return name in self.log.columns

    def notes(self, after: int) -> Iterator[Note]:
        """Ledger entries noted by commits behind version `after`, oldest first.

        Commits that have left the log (see `log_retention`) are passed over.
        """
        self.log.refresh()
        for commit in self.log.commits_left(after):
            if commit.metadata:
                yield _note(commit.version, commit.metadata)

    def compact(
        self, *, is_forced: bool = False, most_jobs: int = 0, progress: Progress | None = None
    ) -> Compacted:
        """Merge small files, cluster days that are over, fill columns declared since.

        `is_forced` clusters every day at once, open or not. Readers and appends go on. Damaged
        files stay as they are.
        """
        with self._writable():
            return compact(self, is_forced=is_forced, most_jobs=most_jobs, progress=progress)

    def delete(self, condition: pc.Expression) -> Deleted:
        """Take out all events for which the condition holds.

        Their ids still count as seen, and their bytes stay until `vacuum`. Raises
        `TableDamaged` where files cannot be read, after the others are done.
        """
        with self._writable():
            return delete(self, condition)

    def erase(self, condition: pc.Expression) -> Deleted:
        """Take people out whose events these are, as far as they have no others.

        With the events, as `delete` takes them out, go decisions about ids that were in them and
        are in no other; where an actor has no event left, those about all of its ids.
        """
        with self._writable():
            return erase(self, condition)

    def vacuum(self, retention: timedelta | None = None) -> int:
        """Remove files that left the table longer ago than `retention`; how many.

        So go files that a writer left behind when it died. The setting `lake.vacuum_after`
        stands where no retention is given; whole hours count. A reader that holds a
        snapshot longer than this loses its files.
        """
        if retention is None:
            retention = parse_duration(self.settings.lake.vacuum_after)
        with only_one(self).if_free() as is_alone, self.lock:
            self.log.mend()
            self.log.refresh()
            if self.log.version < 0:
                return 0
            # A compaction under way has files that no commit names yet.
            return self.log.vacuum(retention if is_alone else max(retention, _HOUR))

    def shorten_log(self) -> None:
        """Write a checkpoint and drop log entries older than `lake.log_retention`."""
        if self.log.version >= 0:
            self.close()
            with self.lock:
                self.log.clean()

    def maintain(self, *, most_jobs: int = 8) -> Maintained:
        """One round of what keeps the table quick; call it about every half minute."""
        return self._upkeep.run(most_jobs)

    def check(self, *, is_full: bool = False) -> list[Finding]:
        """What is wrong with the table; `is_full` reads every byte of it."""
        return check_table(self, is_full=is_full)

    def close(self) -> None:
        """Save what is known in memory only; the table stays usable."""
        if self.log.version >= 0:
            with self.lock, self._writable():
                self.log.refresh()
                self.index.sync(self.log)
                self.index.flush()

    def _writable(self) -> Translated:
        return Translated(f"Table {self.root} cannot be written", OSError, pa.ArrowException)

    def _conform(self, batch: pa.Table, received_at: datetime | None) -> pa.Table:
        if "received_at" not in batch.column_names:
            moment = pa.scalar(received_at or self.clock(), pa.timestamp("us", "UTC"))
            batch = batch.append_column("received_at", pa.repeat(moment, batch.num_rows))
        return conform(batch, arrow_schema(self.source))

    def _store(
        self,
        batch: pa.Table,
        is_new: np.ndarray,
        keys: Keys,
        position: Position | None,
        entries: tuple[Entry, ...],
    ) -> int:
        stored = batch if is_new.all() else batch.filter(pa.array(is_new))
        if not stored.num_rows and position is None and not entries:
            return self.log.version
        written = self._write(stored)
        try:
            version = self.log.commit(
                written,
                positions=[(position.stream, position.offset)] if position else [],
                metadata=_metadata(position, entries),
                is_new_data=True,
            )
        except BaseException:
            self._discard(written)
            raise
        self.index.add(keys, version, _latest(stored))
        return version

    def _write(self, events: pa.Table) -> list[Written]:
        written: list[Written] = []
        try:
            for day, part in _by_day(events):
                written.append(write_events(self.root, day, part.schema, [part], APPENDED))
        except BaseException:
            self._discard(written)
            raise
        return written

    def _discard(self, written: Sequence[Written]) -> None:
        """Remove files of a commit that failed, unless it went through after all."""
        self.log.discard(written)


def _count(
    entries: Sequence[Entry], entry_of: np.ndarray | None, is_new: np.ndarray
) -> tuple[Entry, ...]:
    if not entries:
        return ()
    index_of = np.zeros(len(is_new), np.int64) if entry_of is None else np.asarray(entry_of)
    stored = np.bincount(index_of[is_new], minlength=len(entries))
    duplicates = np.bincount(index_of[~is_new], minlength=len(entries))
    return tuple(
        replace(entry, stored=int(n_stored), duplicates=int(n_duplicates))
        for entry, n_stored, n_duplicates in zip(entries, stored, duplicates, strict=True)
    )


def _by_day(events: pa.Table) -> Iterator[tuple[date, pa.Table]]:
    """Events of each UTC day."""
    days = day_of(events)
    runs = pc.run_end_encode(days.combine_chunks())
    distinct = pc.unique(runs.values)
    if len(distinct) < len(runs.values):
        for day in distinct.to_pylist():
            yield day, events.filter(pc.equal(days, pa.scalar(day)))
        return
    # Days one after the other, as in a log, are parted without copying anything.
    start = 0
    for day, end in zip(distinct.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        yield day, events.slice(start, end - start)
        start = end


def _latest(events: pa.Table) -> int:
    """When the last of the events was received, µs since 1970."""
    if not events.num_rows:
        return 0
    return int(pc.max(events["received_at"].cast(pa.int64())).as_py())


def _metadata(position: Position | None, entries: tuple[Entry, ...]) -> dict[str, Any]:
    if not entries:
        return {}
    stream = [position.stream, position.offset] if position else None
    return {"position": stream, "entries": msgspec.to_builtins(entries)}


def _note(version: int, metadata: dict[str, Any]) -> Note:
    stream = metadata.get("position")
    return Note(
        version,
        Position(*stream) if stream else None,
        msgspec.convert(metadata.get("entries", []), tuple[Entry, ...]),
    )
