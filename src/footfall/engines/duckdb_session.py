"""One query on one DuckDB connection: its limits, its answer, its errors."""

from __future__ import annotations

import math
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import duckdb
import pyarrow as pa

from footfall.engines.arrow import unified
from footfall.engines.base import CancelToken, Limits
from footfall.engines.limits import cancelled, too_large, too_many_rows, too_slow
from footfall.errors import ExposedError

BATCH_ROWS: Final = 8192
# An interrupt that meets no running statement is lost, so it is repeated until it is felt.
_REPEAT_SECONDS: Final = 0.05


def fetch(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    parameters: Mapping[str, Any] | None,
    limits: Limits,
    most_bytes: int = 0,
) -> pa.Table:
    """The answer in unified types; raises what DuckDB raises, and `LimitExceeded` for rows.

    `most_bytes` bounds the answer itself, 0 does not.
    """
    relation = connection.sql(sql, params=dict(parameters) if parameters else None)
    # Contrary to its type, there is no relation where a statement has no answer.
    if relation is None:  # pyright: ignore[reportUnnecessaryComparison]
        return pa.table({})
    return _collect(relation.to_arrow_reader(BATCH_ROWS), limits, most_bytes)


def set_time(connection: duckdb.DuckDBPyConnection, seconds: float) -> None:
    """Let every statement of the connection end after so many seconds; 0 means never."""
    connection.execute(f"SET max_execution_time = {math.ceil(seconds * 1000)}")


def _collect(reader: pa.RecordBatchReader, limits: Limits, most_bytes: int) -> pa.Table:
    batches: list[pa.RecordBatch] = []
    n_rows = n_bytes = 0
    for batch in reader:
        batches.append(batch)
        n_rows += batch.num_rows
        n_bytes += batch.nbytes
        if limits.rows and n_rows > limits.rows:
            reader.close()
            raise too_many_rows(limits.rows)
        if most_bytes and n_bytes > most_bytes:
            reader.close()
            raise too_large(f"{most_bytes // 2**20}MiB")
    return unified(pa.Table.from_batches(batches, schema=reader.schema))


@contextmanager
def cancelled_by(
    cancel: CancelToken | None, connection: duckdb.DuckDBPyConnection
) -> Generator[None]:
    """Interrupt what runs on the connection in the block when the token is set."""
    if cancel is None:
        yield
        return
    is_over = threading.Event()

    def interrupt() -> None:
        try:
            while not is_over.is_set():
                connection.interrupt()
                is_over.wait(_REPEAT_SECONDS)
        except duckdb.ConnectionException:
            # It was closed between the two lines: there is nothing left to interrupt.
            return

    def start() -> None:
        threading.Thread(target=interrupt, name="footfall-interrupt", daemon=True).start()

    with cancel.calling(start):
        try:
            yield
        finally:
            is_over.set()


def limit_error(message: str, limits: Limits, cancel: CancelToken | None) -> ExposedError | None:
    """The error to show if DuckDB's message speaks of a limit or of an interrupt."""
    if cancel is not None and cancel.is_cancelled:
        return cancelled()
    if message.startswith("INTERRUPT Error"):
        return too_slow(limits.seconds)
    if message.startswith("Out of Memory Error"):
        return too_large(limits.memory)
    return None
