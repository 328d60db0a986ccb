"""What an engine is: SQL over pinned snapshots in, Arrow out."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, TypeVar, runtime_checkable

from footfall.engines.limits import cancelled
from footfall.errors import StaleSnapshot, TableDamaged
from footfall.model.time import parse_duration

if TYPE_CHECKING:
    from collections.abc import Generator

    import pyarrow as pa

    from footfall.engines.dialect import Dialect
    from footfall.lake.snapshot import Snapshot
    from footfall.settings import QuerySettings

    Relation: TypeAlias = Snapshot | pa.Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use; an empty or zero part means the engine's own default.

    `memory` is a size such as "512MiB"; `threads` a count; `rows` the most rows of an
    answer; `seconds` of wall time.
    """

    memory: str = ""
    threads: int = 0
    rows: int = 0
    seconds: float = 0.0

    @classmethod
    def from_settings(cls, settings: QuerySettings) -> Limits:
        """The limits that a lake's settings ask for."""
        seconds = parse_duration(settings.timeout, parameter="timeout").total_seconds()
        return cls(settings.memory, settings.threads, settings.max_rows, seconds)


@dataclass(frozen=True, slots=True)
class EngineResult:
    """The answer: a table, rows of the files scanned, and wall time in milliseconds."""

    table: pa.Table
    n_rows_read: int
    milliseconds: float


class CancelToken:
    """Lets one thread stop a query that another runs; once set it stays set.

    >>> token = CancelToken()
    >>> token.cancel()
    >>> token.is_cancelled
    True
    """

    def __init__(self) -> None:
        # A signal handler may cancel while the thread that it interrupts holds the lock.
        self._lock = threading.RLock()
        self._is_cancelled = False
        self._callbacks: list[Callable[[], None]] = []

    @property
    def is_cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._is_cancelled

    def cancel(self) -> None:
        """Stop whatever runs under this token now, and whatever starts later."""
        with self._lock:
            self._is_cancelled = True
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raise `Cancelled` if the token is set."""
        if self._is_cancelled:
            raise cancelled()

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Generator[None]:
        """Call `callback` if the token is set while the block runs; raises if it is already."""
        with self._lock:
            self.check()
            self._callbacks.append(callback)
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.remove(callback)


class Engine(Protocol):
    """Runs SQL over relations: snapshots of a lake, or Arrow tables from elsewhere.

    Every key of `relations` is a table name in `sql`. A snapshot shows the canonical
    columns and the physical `p_*` columns of declared properties, null where a file
    lacks them; one with a time range shows only the events in it. `parameters` are bound
    by name, never put into the text.

    Raises `LimitExceeded`, `Cancelled`, `StaleSnapshot` when files were vacuumed
    meanwhile, and `EngineError` for whatever else goes wrong.
    """

    name: ClassVar[str]
    """Name in settings and results: "duckdb" or "clickhouse"."""

    @property
    def dialect(self) -> Dialect:
        """How this engine's SQL is spelled."""
        ...

    def run(
        self,
        sql: str,
        relations: Mapping[str, Relation],
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: Limits | None = None,
        cancel: CancelToken | None = None,
    ) -> EngineResult:
        """The answer to one SELECT."""
        ...

    def close(self) -> None:
        """Give back what is kept between queries; the engine may be used again."""
        ...


@runtime_checkable
class SandboxEngine(Protocol):
    """An engine that can also lock itself down for SQL that a stranger wrote."""

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
        """The answer to one SELECT that can reach nothing but these snapshots.

        `derived` are views over them, by name, in SQL of our own.

        Snapshots show canonical columns, declared properties under their own keys, and
        `properties`. Raises `InvalidSQL` with the engine's reason.
        """
        ...

    def close(self) -> None:
        """Give back what is kept between queries; the engine may be used again."""
        ...


def retry_stale(attempt: Callable[[], T]) -> T:
    """What `attempt` returns, tried once more when its files were vacuumed meanwhile.

    `attempt` takes its snapshots itself, so that the second try sees the newer files. Replaced
    files stay for long, so one that is gone from a version just read was not vacuumed: then it
    raises `TableDamaged`.
    """
    try:
        return attempt()
    except StaleSnapshot:
        pass
    try:
        return attempt()
    except StaleSnapshot as error:
        raise TableDamaged(
            "A file that the newest version of the table needs is gone: the table is damaged. "
            "Run `footfall doctor`, which names the file and says what to do."
        ) from error
