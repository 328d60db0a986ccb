"""The file of a ledger: its tables, their layout, and what SQLite says of it."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from footfall.errors import Conflict, FootfallError, InternalError, StorageFull
from footfall.lake.files import make_private

TABLES: Final = ("counts", "applied", "mended", "rejects", "replays", "files")
"""Its tables, all of which have a column `source`."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS counts (
    source TEXT NOT NULL, hour INTEGER NOT NULL, protocol TEXT NOT NULL,
    received INTEGER NOT NULL, stored INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    rejected INTEGER NOT NULL, mismatched INTEGER NOT NULL,
    PRIMARY KEY (source, hour, protocol)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS applied (
    stream TEXT NOT NULL, source TEXT NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (stream, source)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mended (
    source TEXT PRIMARY KEY, version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejects (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL, protocol TEXT NOT NULL, origin TEXT NOT NULL,
    line INTEGER NOT NULL, code TEXT NOT NULL, reason TEXT NOT NULL,
    raw BLOB NOT NULL, is_cut INTEGER NOT NULL,
    received_at INTEGER NOT NULL, replayed_at INTEGER,
    stream TEXT NOT NULL, position INTEGER NOT NULL, event_id TEXT NOT NULL,
    is_vouched INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source, stream, position, line)
);
CREATE UNIQUE INDEX IF NOT EXISTS rejects_by_event ON rejects (source, event_id)
    WHERE event_id <> '';
CREATE INDEX IF NOT EXISTS rejects_by_source ON rejects (source, replayed_at, id);
CREATE TABLE IF NOT EXISTS replays (
    reject_id INTEGER PRIMARY KEY, source TEXT NOT NULL, stream TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS files (
    fingerprint TEXT NOT NULL, source TEXT NOT NULL, path TEXT NOT NULL,
    position INTEGER NOT NULL, n_lines INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    PRIMARY KEY (fingerprint, source)
) WITHOUT ROWID;
"""

# Layout of the file, kept in its user_version: raised whenever a table changes. One without
# a number was made before layouts had any, and lacks whole tables at most, and what follows.
_LAYOUT: Final = 2
# Columns that older files lack, last in their tables.
_ADDED: Final = (("rejects", "is_vouched", "INTEGER NOT NULL DEFAULT 0"),)
_FULL: Final = frozenset({"SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC"})


def connect(path: Path) -> sqlite3.Connection:
    """The database of a ledger, its tables made; raises `sqlite3.Error` and `Conflict`."""
    make_private(path)
    db = sqlite3.connect(path, timeout=60, check_same_thread=False, isolation_level=None)
    try:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        # What is forgotten is overwritten: a reject holds what somebody sent.
        db.execute("PRAGMA secure_delete=ON")
        _lay_out(db, path)
    except BaseException:
        db.close()
        raise
    return db


def _lay_out(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables, and what an older file lacks."""
    if _layout(db, path) == _LAYOUT:
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        # Another process may have done it meanwhile.
        if _layout(db, path) < _LAYOUT:
            _add_columns(db)
            _check_columns(db, path)
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {_LAYOUT}")
        db.execute("COMMIT")
    except BaseException:
        # A full disk has SQLite roll back by itself.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _layout(db: sqlite3.Connection, path: Path) -> int:
    layout: int = db.execute("PRAGMA user_version").fetchone()[0]
    if layout > _LAYOUT:
        raise Conflict(
            f"The ledger {path} was written by a newer Footfall (layout {layout}; this one "
            f"knows {_LAYOUT}). Install that version or a newer one."
        )
    return layout


def _add_columns(db: sqlite3.Connection) -> None:
    for table, column, kind in _ADDED:
        theirs = _columns(db, table)
        if theirs and column not in theirs:
            # Nothing but the names above is put in.
            db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")


def _columns(db: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in db.execute(f"PRAGMA table_info({table})")]


def _check_columns(db: sqlite3.Connection, path: Path) -> None:
    """Raise `Conflict` where a table is there that has other columns than ours."""
    model = sqlite3.connect(":memory:")
    model.executescript(_SCHEMA)
    for table in TABLES:
        ours, theirs = _columns(model, table), _columns(db, table)
        if theirs and theirs != ours:
            raise Conflict(
                f"The ledger {path} has another layout: its table {table!r} has {theirs}. Move it "
                "away, and a new one is made, which counts from then on; no event is lost."
            )
    model.close()


def explain(error: sqlite3.Error, path: Path) -> FootfallError:
    """What is said of an error of SQLite."""
    # Errors of the module itself, such as for a closed database, have no code.
    if getattr(error, "sqlite_errorname", "") in _FULL:
        return StorageFull(
            f"No space is left for the ledger {path}: make room on the disk. What was stored "
            "meanwhile is counted by itself later.",
            retry_after=10,
        )
    return InternalError(
        f"The ledger {path} cannot be used: {error}. `footfall doctor` tells more."
    )
