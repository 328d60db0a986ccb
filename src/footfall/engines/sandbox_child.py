"""The process that runs SQL from strangers: `python -m footfall.engines.sandbox_child`.

It reads requests from standard input and answers on standard output, an Arrow stream or a
`Failure` each, until its input ends. Every request gets a database of its own that can
open the files it names and nothing else, and whose settings are locked.
"""

from __future__ import annotations

import os
import re
import signal
import sys
from contextlib import closing
from pathlib import Path
from typing import BinaryIO, Final

import duckdb
import msgspec
import pyarrow as pa

from footfall.engines.base import Limits
from footfall.engines.duckdb import CONFIG
from footfall.engines.duckdb_dialect import DuckDBDialect
from footfall.engines.duckdb_guard import check
from footfall.engines.duckdb_session import fetch, limit_error, set_time
from footfall.engines.sandbox_wire import Failure, Request
from footfall.errors import EngineError, FootfallError, InvalidSQL, StaleSnapshot
from footfall.pipes import receive, send

ARROW: Final = b"A"
FAILURE: Final = b"F"

# An answer is copied to the asking process, where DuckDB's memory limit does not reach.
MAX_BYTES: Final = 256 * 2**20

_CALLERS_FAULT: Final = re.compile(
    r"(Parser|Syntax|Binder|Catalog|Conversion|Out of Range|Invalid Input|Invalid type|"
    r"Mismatch Type|Type|Not implemented|Permission|Division by Zero|Parameter Not Resolved|"
    r"Parameter Not Allowed|Sequence|Constraint|Expression) Error: "
)
_CANDIDATES: Final = re.compile(r'Candidate bindings: (.*)|Did you mean "([^"]+)"')

_dialect = DuckDBDialect()


def main() -> None:
    """Serve until the input ends."""
    # Ctrl-C in a terminal reaches every process; the one that asked decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, answers)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer every request of a stream."""
    decoder = msgspec.msgpack.Decoder(Request)
    while (payload := receive(requests)) is not None:
        send(answers, _answer(decoder.decode(payload)))


def _answer(request: Request) -> bytes:
    try:
        return ARROW + _written(run(request))
    except FootfallError as error:
        failure = Failure.of(error)
    except Exception as error:
        failure = Failure.of(EngineError(f"{type(error).__name__}: {error}"))
    return FAILURE + msgspec.msgpack.encode(failure)


def _written(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def run(request: Request) -> pa.Table:
    """The answer to one request; raises `InvalidSQL`, `LimitExceeded`, `StaleSnapshot`."""
    limits = Limits(request.memory, request.threads, request.rows, request.seconds)
    try:
        with closing(_locked(request)) as connection:
            check(connection, request.sql, request.views)
            return fetch(connection, request.sql, request.parameters, limits, MAX_BYTES)
    except (duckdb.Error, OSError) as error:
        raise _translated(str(error), request, limits) from error


def _locked(request: Request) -> duckdb.DuckDBPyConnection:
    config = CONFIG | {
        "memory_limit": request.memory,
        "threads": str(request.threads or 1),
        "max_temp_directory_size": "0B",
        "temp_directory": "",
        "secret_directory": "",
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET TimeZone = 'UTC'")
    set_time(connection, request.seconds)
    for name, view in request.views.items():
        connection.execute(f"CREATE VIEW {_dialect.quote(name)} AS {view}")
    files = ", ".join(_dialect.text(file) for file in request.files)
    connection.execute(f"SET allowed_paths = [{files}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _translated(message: str, request: Request, limits: Limits) -> FootfallError:
    limit = limit_error(message, limits, None)
    if limit is not None:
        return limit
    missing = [file for file in request.files if not Path(file).exists()]
    if missing:
        return StaleSnapshot.of(missing)
    text = _without_paths(message, request.files)
    if _CALLERS_FAULT.match(message):
        return InvalidSQL(text.strip(), suggestions=_suggestions(message))
    return EngineError(f"DuckDB: {message}")


def _without_paths(message: str, files: list[str]) -> str:
    for folder in sorted({str(Path(file).parent) for file in files}, key=len, reverse=True):
        message = message.replace(folder, "<lake>")
    return message


def _suggestions(message: str) -> list[str]:
    found = _CANDIDATES.search(message)
    if found is None:
        return []
    return [found[2]] if found[2] else re.findall(r'"([^"]+)"', found[1])


if __name__ == "__main__":
    main()
