"""The ledger: what became of every event received, per source and hour, and every reject."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from footfall.intake.database import TABLES, connect, explain
from footfall.intake.reject import Reject
from footfall.model.ledger import Entry
from footfall.model.time import from_epoch_us, to_epoch_us, utc_now

FILE_NAME: Final = "ledger.db"
MAX_RAW: Final = 64 * 1024
"""Bytes of a reject's original that are kept."""

_COUNTS: Final = ("received", "stored", "duplicates", "rejected", "mismatched")


@dataclass(frozen=True, slots=True)
class FilePosition:
    """How far a file was read: `position` in its decompressed bytes."""

    fingerprint: str
    source: str
    path: str
    position: int
    n_lines: int
    updated_at: datetime


class Ledger:
    """The ledger of one lake in SQLite; safe for several threads and processes at once.

    Everything that is added names the stream and the position it came from, so that the
    same slice added twice counts once. Raises `StorageFull` where the disk is full,
    `Conflict` for a file of a newer Footfall, `InternalError` where it cannot be used.
    """

    def __init__(self, path: Path, clock: Callable[[], datetime] = utc_now) -> None:
        self.path = path
        self._clock = clock
        self._lock = threading.RLock()
        with self._explained():
            self._db = connect(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the ledger cannot be used afterwards."""
        with self._lock:
            self._db.close()

    def faults(self, *, is_full: bool = False) -> list[str]:
        """What SQLite finds to be wrong with the file; `is_full` compares the indices too."""
        how = "integrity_check" if is_full else "quick_check"
        return [row[0] for row in self._read(f"PRAGMA {how}(10)", {}) if row[0] != "ok"]

    def add(self, entries: Iterable[Entry], stream: str, position: int) -> bool:
        """Add counts of one source's slice that ends at `position` of `stream`.

        Returns whether they were added: not when that source's slice was counted before.
        """
        entries = list(entries)
        if not entries:
            return False
        source = entries[0].source
        with self._transaction() as db:
            if self._applied(db, stream, source) >= position:
                return False
            db.executemany(_ADD, [_row(entry) for entry in entries])
            db.execute(
                "INSERT INTO applied VALUES (?, ?, ?) ON CONFLICT (stream, source) "
                "DO UPDATE SET position = excluded.position",
                (stream, source, position),
            )
        return True

    def position(self, stream: str, source: str) -> int:
        """End of the last slice counted, or -1."""
        with self._lock, self._explained():
            return self._applied(self._db, stream, source)

    def reached(self, stream: str) -> int:
        """The furthest position of a stream counted for any source, or -1."""
        rows = self._read(_REACHED, {"stream": stream, "accepted": accepted_stream(stream)})
        return -1 if rows[0][0] is None else rows[0][0]

    def mended(self, source: str) -> int:
        """Version of the source's table up to which all counts are here, or -1."""
        rows = self._read("SELECT version FROM mended WHERE source = :source", {"source": source})
        return rows[0][0] if rows else -1

    def note_mended(self, source: str, version: int) -> None:
        """Remember that the counts of every commit up to `version` are here."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO mended VALUES (?, ?)", (source, version))

    def entries(
        self,
        source: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> list[Entry]:
        """Counts per hour and protocol, oldest first; hours in `[start, end)`."""
        rows = self._read(_ENTRIES, {"source": source, "start": _bound(start), "end": _bound(end)})
        return [Entry(row[0], from_epoch_us(row[1]), *row[2:]) for row in rows]

    def balance(self, source: str | None = None) -> dict[str, Entry]:
        """Sum of all counts per source, with the first hour and protocol `*`."""
        rows = self._read(_BALANCE, {"source": source})
        return {row[0]: Entry(row[0], from_epoch_us(row[1]), "*", *row[2:]) for row in rows}

    def reject(self, rejects: Sequence[Reject], stream: str, position: int) -> int:
        """Keep rejects found at `position` of `stream`; returns how many were new."""
        if not rejects:
            return 0
        with self._transaction() as db:
            before = db.total_changes
            db.executemany(_REJECT, [_reject_row(item, stream, position) for item in rejects])
            return db.total_changes - before

    def rejects(
        self,
        source: str | None = None,
        *,
        is_replayed: bool | None = False,
        code: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> Iterator[Reject]:
        """Rejects in the order they came, with ids above `after`, fetched page by page.

        `is_replayed` None gives all, False those still open; `code` those with that reason.
        """
        left = limit
        while left is None or left > 0:
            page = self._rejects(source, is_replayed, code, after, min(500, left or 500))
            yield from page
            if not page:
                return
            after = page[-1].id
            left = None if left is None else left - len(page)

    def n_rejects(self, source: str | None = None, *, is_replayed: bool | None = False) -> int:
        """Number of rejects, by default of those still open."""
        return self._read(_N_REJECTS, {"source": source, "is_replayed": is_replayed})[0][0]

    def reject_codes(self, source: str | None = None) -> dict[str, int]:
        """Number of open rejects per code, most frequent first."""
        return dict(self._read(_CODES, {"source": source}))

    def begin_replay(self, source: str, ids: Iterable[int], stream: str) -> None:
        """Note that these rejects are about to be stored as events under `stream`."""
        with self._transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO replays VALUES (?, ?, ?)",
                [(item, source, stream) for item in ids],
            )

    def begun_replays(self, source: str) -> dict[str, list[int]]:
        """Rejects of replays that were begun and not ended, by stream."""
        found: dict[str, list[int]] = {}
        for stream, item in self._read(_REPLAYS, {"source": source}):
            found.setdefault(stream, []).append(item)
        return found

    def drop_replay(self, stream: str) -> None:
        """Take back the note of a replay that stored nothing."""
        with self._transaction() as db:
            db.execute("DELETE FROM replays WHERE stream = ?", (stream,))

    def mark_replayed(self, ids: Iterable[int]) -> int:
        """Mark rejects as replayed now; returns how many were open before."""
        ids = list(ids)
        now = to_epoch_us(self._clock())
        with self._transaction() as db:
            before = db.total_changes
            db.executemany(
                "UPDATE rejects SET replayed_at = ? WHERE id = ? AND replayed_at IS NULL",
                [(now, item) for item in ids],
            )
            n_marked = db.total_changes - before
            db.executemany("DELETE FROM replays WHERE reject_id = ?", [(item,) for item in ids])
            return n_marked

    def n_known(self, source: str, event_ids: Collection[str]) -> int:
        """How many rejects would be withdrawn with these ids."""
        ids = [(source, event_id) for event_id in event_ids if event_id]
        with self._lock, self._explained():
            return sum(self._db.execute(_IS_KNOWN, item).fetchone()[0] for item in ids)

    def withdraw(self, source: str, event_ids: Iterable[str]) -> int:
        """Forget rejects that were none: their record had not come in full; how many."""
        with self._transaction() as db:
            before = db.total_changes
            db.executemany(
                "DELETE FROM rejects WHERE source = ? AND event_id = ?",
                [(source, event_id) for event_id in event_ids if event_id],
            )
            return db.total_changes - before

    def forget(self, source: str) -> None:
        """Forget a source that was removed with its events: counts, rejects and files."""
        with self._transaction() as db:
            for table in TABLES:
                # Nothing but the names above is put in.
                db.execute(f"DELETE FROM {table} WHERE source = ?", (source,))  # noqa: S608
        # The lines are gone from the file too, not only from its index.
        with self._lock, self._explained():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def note_file(
        self, fingerprint: str, source: str, path: str, position: int, n_lines: int
    ) -> None:
        """Remember how far a file was read, for people and for following it."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?)",
                (fingerprint, source, path, position, n_lines, to_epoch_us(self._clock())),
            )

    def files(self, source: str | None = None) -> list[FilePosition]:
        """Files read so far, by path."""
        rows = self._read(_FILES, {"source": source})
        return [
            FilePosition(key, of, path, position, n_lines, from_epoch_us(updated_at))
            for key, of, path, position, n_lines, updated_at in rows
        ]

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with self._lock, self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                # A full disk has SQLite roll back by itself.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def _read(self, sql: str, values: Mapping[str, Any]) -> list[Any]:
        with self._lock, self._explained():
            return self._db.execute(sql, values).fetchall()

    @contextmanager
    def _explained(self) -> Generator[None]:
        """Raise errors of SQLite as our own."""
        try:
            yield
        except sqlite3.Error as error:
            raise explain(error, self.path) from error

    @staticmethod
    def _applied(db: sqlite3.Connection, stream: str, source: str) -> int:
        row = db.execute(
            "SELECT position FROM applied WHERE stream = ? AND source = ?", (stream, source)
        ).fetchone()
        return -1 if row is None else row[0]

    def _rejects(
        self,
        source: str | None,
        is_replayed: bool | None,
        code: str | None,
        after: int,
        limit: int,
    ) -> list[Reject]:
        asked = {"source": source, "is_replayed": is_replayed, "code": code}
        rows = self._read(_REJECTS, {**asked, "after": after, "limit": limit})
        return [
            Reject(
                *row[:6],
                received_at=from_epoch_us(row[6]),
                protocol=row[7],
                replayed_at=None if row[8] is None else from_epoch_us(row[8]),
                is_cut=bool(row[9]),
                event_id=row[10],
                is_vouched=bool(row[11]),
                id=row[12],
            )
            for row in rows
        ]


def accepted_stream(stream: str) -> str:
    """Under which a journal's counts of what never reaches a table are kept."""
    return f"{stream}:accepted"


_REPLAYS: Final = "SELECT stream, reject_id FROM replays WHERE source = :source"
_REACHED: Final = "SELECT max(position) FROM applied WHERE stream IN (:stream, :accepted)"
_IS_KNOWN: Final = "SELECT count(*) FROM rejects WHERE source = ? AND event_id = ?"
_ADD: Final = """
INSERT INTO counts VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (source, hour, protocol) DO UPDATE SET
    received = received + excluded.received, stored = stored + excluded.stored,
    duplicates = duplicates + excluded.duplicates, rejected = rejected + excluded.rejected,
    mismatched = mismatched + excluded.mismatched
"""
_ENTRIES: Final = """
SELECT source, hour, protocol, received, stored, duplicates, rejected, mismatched FROM counts
WHERE (:source IS NULL OR source = :source)
  AND (:start IS NULL OR hour >= :start) AND (:end IS NULL OR hour < :end)
ORDER BY hour, source, protocol
"""
_BALANCE: Final = """
SELECT source, min(hour), sum(received), sum(stored), sum(duplicates), sum(rejected),
    sum(mismatched)
FROM counts WHERE :source IS NULL OR source = :source GROUP BY source ORDER BY source
"""
_N_REJECTS: Final = """
SELECT count(*) FROM rejects
WHERE (:source IS NULL OR source = :source)
  AND (:is_replayed IS NULL OR (replayed_at IS NOT NULL) = :is_replayed)
"""
_CODES: Final = """
SELECT code, count(*) FROM rejects
WHERE replayed_at IS NULL AND (:source IS NULL OR source = :source)
GROUP BY code ORDER BY count(*) DESC, code
"""
_REJECTS: Final = """
SELECT source, origin, line, code, reason, raw, received_at, protocol, replayed_at, is_cut,
    event_id, is_vouched, id
FROM rejects
WHERE id > :after AND (:source IS NULL OR source = :source)
  AND (:is_replayed IS NULL OR (replayed_at IS NOT NULL) = :is_replayed)
  AND (:code IS NULL OR code = :code)
ORDER BY id LIMIT :limit
"""
_FILES: Final = """
SELECT fingerprint, source, path, position, n_lines, updated_at FROM files
WHERE :source IS NULL OR source = :source ORDER BY path
"""
_REJECT: Final = (
    "INSERT OR IGNORE INTO rejects (source, protocol, origin, line, code, reason, raw, is_cut, "
    "received_at, stream, position, event_id, is_vouched) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def _row(entry: Entry) -> tuple[Any, ...]:
    counts = (getattr(entry, name) for name in _COUNTS)
    return (entry.source, to_epoch_us(entry.hour), entry.protocol, *counts)


def _reject_row(item: Reject, stream: str, position: int) -> tuple[Any, ...]:
    return (
        item.source, item.protocol, item.origin, item.line, item.code, item.reason,
        item.raw[:MAX_RAW], item.is_cut or len(item.raw) > MAX_RAW, to_epoch_us(item.received_at),
        stream, position, item.event_id, item.is_vouched,
    )  # fmt: skip


def _bound(moment: datetime | None) -> int | None:
    return None if moment is None else to_epoch_us(moment)
