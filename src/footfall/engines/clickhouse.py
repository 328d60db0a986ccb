"""ClickHouse in this process (chDB), over the same files."""

from __future__ import annotations

import os
import threading
import time
import uuid
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pyarrow as pa

from footfall.engines.arrow import unified
from footfall.engines.base import CancelToken, EngineResult, Limits
from footfall.engines.clickhouse_dialect import ClickHouseDialect
from footfall.engines.columns import (
    actor_columns,
    actors_file,
    missing_files,
    read_columns,
    time_condition,
)
from footfall.engines.limits import cancelled, too_large, too_many_rows, too_slow
from footfall.errors import EngineError, MissingComponent, StaleSnapshot
from footfall.lake.snapshot import Snapshot
from footfall.model.event import Column, ColumnType
from footfall.settings import parse_size

if TYPE_CHECKING:
    from footfall.engines.base import Relation

_TYPES: Final[dict[ColumnType, str]] = {
    "text": "String",
    "int": "Int64",
    "float": "Float64",
    "bool": "Bool",
    "time": "DateTime64(6, 'UTC')",
    "date": "Date32",
}
# What standard SQL says, where ClickHouse by itself answers otherwise.
_SETTINGS: Final = {
    "aggregate_functions_null_for_empty": 1,
    "input_format_parquet_allow_missing_columns": 1,
    "join_use_nulls": 1,
    "session_timezone": "'UTC'",
}
# ClickHouse reads these as a pattern of file names, and what matches nothing as no rows.
_PATTERN_CHARACTERS: Final = frozenset("{}*?,")
_REPEAT_SECONDS: Final = 0.05
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})

_dialect = ClickHouseDialect()


class ClickHouseEngine:
    """Runs SQL in chDB; each query has a session and temporary views of its own."""

    name: ClassVar[str] = "clickhouse"

    def __init__(self, limits: Limits | None = None) -> None:
        self.dialect = _dialect
        self.limits = limits or Limits()
        self._open = _session_opener()

    def run(
        self,
        sql: str,
        relations: Mapping[str, Relation],
        parameters: Mapping[str, Any] | None = None,
        *,
        limits: Limits | None = None,
        cancel: CancelToken | None = None,
    ) -> EngineResult:
        """The answer to one SELECT; see `Engine.run`. Relations are snapshots only."""
        limits = limits or self.limits
        started = time.perf_counter()
        snapshots = _snapshots(relations)
        _check_files(snapshots.values())
        mark = f"/* footfall {uuid.uuid4().hex} */"
        with closing(self._open()) as session, self._killed_by(cancel, mark):
            try:
                _prepare(session, snapshots, limits)
                text = f"{mark} {sql}"
                answer = session.query(text, "ArrowStream", params=_bound(parameters))
                data = answer.get_memview().tobytes()
            except (RuntimeError, ValueError) as error:
                raise _translated(error, snapshots.values(), limits, cancel) from error
        # A file that vanished before it was opened would have been passed over in silence.
        _check_files(snapshots.values())
        table = unified(pa.ipc.open_stream(data).read_all())
        milliseconds = (time.perf_counter() - started) * 1000
        return EngineResult(table, sum(s.n_rows for s in snapshots.values()), milliseconds)

    def close(self) -> None:
        """Nothing is kept between queries."""

    @contextmanager
    def _killed_by(self, cancel: CancelToken | None, mark: str) -> Generator[None]:
        if cancel is None:
            yield
            return
        is_over = threading.Event()

        def kill() -> None:
            with closing(self._open()) as session:
                while not is_over.wait(_REPEAT_SECONDS):
                    session.query(
                        f"KILL QUERY WHERE startsWith(query, {_dialect.text(mark)}) ASYNC"
                    )

        def start() -> None:
            threading.Thread(target=kill, name="footfall-kill", daemon=True).start()

        with cancel.calling(start):
            try:
                yield
            finally:
                is_over.set()


def _session_opener() -> Any:
    try:
        from chdb.session import Session
    except ImportError as error:
        raise MissingComponent(
            "The ClickHouse engine needs the package chdb, which is not installed (there is "
            "none for Windows): pip install -c constraints.txt -e '.[clickhouse]' in Footfall's "
            "checkout, or set [query] engine to 'duckdb' in footfall.toml.",
            parameter="engine",
        ) from error
    return Session


def _snapshots(relations: Mapping[str, Relation]) -> dict[str, Snapshot]:
    found = {name: item for name, item in relations.items() if isinstance(item, Snapshot)}
    if len(found) < len(relations):
        raise EngineError("ClickHouse reads snapshots only, not Arrow tables")
    return found


def _check_files(snapshots: Iterable[Snapshot]) -> None:
    missing = missing_files(snapshots)
    if missing:
        raise StaleSnapshot.of(missing)


def _prepare(session: Any, snapshots: Mapping[str, Snapshot], limits: Limits) -> None:
    settings: dict[str, int | float | str] = dict(_SETTINGS)
    if limits.seconds:
        settings["max_execution_time"] = limits.seconds
    if limits.threads:
        settings["max_threads"] = limits.threads
    if limits.memory:
        settings["max_memory_usage"] = parse_size(limits.memory)
    if limits.rows:
        settings["max_result_rows"] = limits.rows
    session.query("SET " + ", ".join(f"{key} = {value}" for key, value in settings.items()))
    for name, snapshot in snapshots.items():
        view = relation_sql(snapshot)
        session.query(f"CREATE TEMPORARY VIEW {_dialect.quote(name)} AS {view}")


def relation_sql(snapshot: Snapshot) -> str:
    """A SELECT with the columns of the snapshot that a statement reads, its ids joined."""
    actors = actors_file(snapshot)
    actors_join = ""
    if actors is not None:
        path, structure = _dialect.text(_pattern([str(actors)])), "'id String, actor_id String'"
        actors_join = f" LEFT JOIN file({path}, Parquet, {structure}) AS i ON i.id = e.actor_id"
    columns = actor_columns(snapshot, actors)
    return f"SELECT {columns} FROM ({_files_sql(snapshot)}) AS e{actors_join}"  # noqa: S608 - quoted


def _files_sql(snapshot: Snapshot) -> str:
    columns = read_columns(snapshot)
    if not snapshot.files:
        nulls = ", ".join(f"{_null(column)} AS {_dialect.quote(column.name)}" for column in columns)
        return f"SELECT {nulls} WHERE false"
    structure = ", ".join(f"{_dialect.quote(c.name)} {_type(c)}" for c in columns)
    pattern = _dialect.text(_pattern([file.path for file in snapshot.files]))
    scan = f"SELECT * FROM file({pattern}, Parquet, {_dialect.text(structure)})"  # noqa: S608 - quoted
    if not snapshot.split()[1]:
        return scan
    return f"{scan} WHERE {time_condition(_dialect, snapshot.time_range)}"


def _null(column: Column) -> str:
    return f"CAST(NULL AS Nullable({_TYPES[column.type]}))"


def _type(column: Column) -> str:
    kind = _TYPES[column.type]
    return kind if column.is_required else f"Nullable({kind})"


def _pattern(paths: Sequence[str]) -> str:
    odd = [path for path in paths if _PATTERN_CHARACTERS & set(path)]
    if odd:
        raise EngineError(
            f"ClickHouse would read the path {odd[0]!r} as a pattern: move the lake to a folder "
            f"without any of {' '.join(sorted(_PATTERN_CHARACTERS))} in its name"
        )
    if len(paths) == 1:
        return paths[0]
    # A pattern that starts with a brace is taken for a relative path, which matches nothing.
    root = os.path.commonpath(paths)
    return f"{root}/{{{','.join(os.path.relpath(path, root) for path in paths)}}}"


def _bound(parameters: Mapping[str, Any] | None) -> dict[str, str] | None:
    """Values as the text that ClickHouse reads them from."""
    return {name: _text(value) for name, value in parameters.items()} if parameters else None


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).translate(_ESCAPES)


def _translated(
    error: Exception, snapshots: Iterable[Snapshot], limits: Limits, cancel: CancelToken | None
) -> Exception:
    message = str(error)
    if cancel is not None and cancel.is_cancelled:
        return cancelled()
    for code, limit in _LIMIT_CODES.items():
        if f"({code})" in message:
            return limit(limits)
    missing = missing_files(snapshots)
    if missing:
        return StaleSnapshot.of(missing)
    return EngineError(f"ClickHouse: {message}")


_LIMIT_CODES: Final = {
    "TIMEOUT_EXCEEDED": lambda limits: too_slow(limits.seconds),
    "MEMORY_LIMIT_EXCEEDED": lambda limits: too_large(limits.memory),
    "TOO_MANY_ROWS_OR_BYTES": lambda limits: too_many_rows(limits.rows),
}
