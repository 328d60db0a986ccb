"""DuckDB: the embedded engine, in memory, over the files of pinned snapshots."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Iterable, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Any, ClassVar, Final

import duckdb

from footfall.engines.base import CancelToken, EngineResult, Limits
from footfall.engines.columns import missing_files
from footfall.engines.duckdb_dialect import DuckDBDialect
from footfall.engines.duckdb_footers import KEEP_FOOTERS, Footers
from footfall.engines.duckdb_session import cancelled_by, fetch, limit_error, set_time
from footfall.engines.duckdb_views import relation_sql
from footfall.engines.sandbox import Sandbox
from footfall.errors import EngineError, StaleSnapshot
from footfall.lake.snapshot import Snapshot

if TYPE_CHECKING:
    from footfall.engines.base import Relation

# DuckDB takes 80 % of the machine by itself; half leaves room for the server and the system.
_SHARE_OF_DEFAULT: Final = 0.5 / 0.8

CONFIG: Final[dict[str, Any]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "python_enable_replacements": "false",
}


class DuckDBEngine:
    """Runs SQL in one in-memory database; each query has a connection and views of its own."""

    name: ClassVar[str] = "duckdb"

    def __init__(self, limits: Limits | None = None) -> None:
        self.dialect = DuckDBDialect()
        self.limits = limits or Limits()
        self._lock = threading.Lock()
        self._databases: dict[tuple[str, int], duckdb.DuckDBPyConnection] = {}
        self._footers: dict[tuple[str, int], Footers] = {}
        self._spill = _SpillFolder()
        self._sandbox = Sandbox()
        weakref.finalize(self, self._spill.remove)
        weakref.finalize(self, self._sandbox.close)

    def run(
        self,
        sql: str,
        relations: Mapping[str, Relation],
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: Limits | None = None,
        cancel: CancelToken | None = None,
    ) -> EngineResult:
        """The answer to one SELECT; see `Engine.run`."""
        limits = limits or self.limits
        started = time.perf_counter()
        snapshots = [item for item in relations.values() if isinstance(item, Snapshot)]
        with closing(self._cursor(limits, snapshots)) as connection:
            try:
                with cancelled_by(cancel, connection):
                    set_time(connection, limits.seconds)
                    _show(connection, relations)
                    table = fetch(connection, sql, parameters, limits)
            except (duckdb.Error, OSError) as error:
                raise _translated(error, snapshots, limits, cancel) from error
        return EngineResult(table, n_rows(relations.values()), elapsed(started))

    def run_locked(
        self,
        sql: str,
        snapshots: Mapping[str, Snapshot],
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: Limits,
        cancel: CancelToken | None = None,
        derived: Mapping[str, str] | None = None,
    ) -> EngineResult:
        """The answer to SQL from a stranger; see `SandboxEngine.run_locked`."""
        started = time.perf_counter()
        table = self._sandbox.run(sql, snapshots, parameters or {}, limits, cancel, derived or {})
        return EngineResult(table, n_rows(snapshots.values()), elapsed(started))

    def close(self) -> None:
        """Give the memory back; the engine may be used again."""
        self._sandbox.close()
        with self._lock:
            while self._databases:
                self._databases.popitem()[1].close()
            self._spill.remove()

    def _cursor(self, limits: Limits, snapshots: list[Snapshot]) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the database for these limits."""
        # Memory and threads belong to a database, so each pair of them has its own.
        key = (limits.memory, limits.threads)
        with self._lock:
            if key in self._databases and not self._footers[key].add(snapshots):
                # Queries that still run in it have connections, and keep it for themselves.
                del self._databases[key]
            if key not in self._databases:
                self._databases[key] = open_database(limits, self._spill.path())
                self._footers[key] = Footers()
                self._footers[key].add(snapshots)
            return self._databases[key].cursor()


class _SpillFolder:
    """Where queries put what does not fit into memory: a folder that nobody else can know."""

    def __init__(self) -> None:
        self._path: str | None = None

    def path(self) -> str:
        """The folder, made when it is first asked for."""
        if self._path is None:
            self._path = tempfile.mkdtemp(prefix="footfall-")
        return self._path

    def remove(self) -> None:
        """Remove the folder; the next call of `path` makes another."""
        if self._path is not None:
            # What another process still holds open (Windows) is left to the system to tidy up.
            shutil.rmtree(self._path, ignore_errors=True)
            self._path = None


def open_database(limits: Limits, spill: str) -> duckdb.DuckDBPyConnection:
    """A new in-memory database with these limits, in UTC, without extensions from outside.

    What does not fit into memory goes into the folder `spill`.
    """
    config = CONFIG | {"temp_directory": spill}
    if limits.threads:
        config["threads"] = str(limits.threads)
    if limits.memory:
        config["memory_limit"] = limits.memory
    database = duckdb.connect(":memory:", config=config)
    for setting in ("SET GLOBAL TimeZone = 'UTC'", *KEEP_FOOTERS):
        database.execute(setting)
    if not limits.memory:
        _take_half(database)
    return database


def _take_half(database: duckdb.DuckDBPyConnection) -> None:
    row = database.execute("SELECT current_setting('memory_limit')").fetchone()
    number, unit = str(row[0] if row else "1 GiB").split()
    database.execute(f"SET memory_limit = '{float(number) * _SHARE_OF_DEFAULT:.2f} {unit}'")


def _show(connection: duckdb.DuckDBPyConnection, relations: Mapping[str, Relation]) -> None:
    dialect = DuckDBDialect()
    for name, relation in relations.items():
        if isinstance(relation, Snapshot):
            view = relation_sql(relation)
            connection.execute(f"CREATE TEMP VIEW {dialect.quote(name)} AS {view}")
        else:
            connection.register(name, relation)


def _translated(
    error: Exception,
    snapshots: Iterable[Snapshot],
    limits: Limits,
    cancel: CancelToken | None,
) -> Exception:
    limit = limit_error(str(error), limits, cancel)
    if limit is not None:
        return limit
    missing = missing_files(snapshots)
    if missing:
        return StaleSnapshot.of(missing)
    return EngineError(f"DuckDB: {error}")


def n_rows(relations: Iterable[Relation]) -> int:
    """Rows of all files and tables that a query may read."""
    return sum(item.n_rows if isinstance(item, Snapshot) else item.num_rows for item in relations)


def elapsed(started: float) -> float:
    """Milliseconds since a `perf_counter` reading."""
    return (time.perf_counter() - started) * 1000
