"""Runs SQL from strangers in a process of its own, which can be ended at any moment.

DuckDB counts most but not all memory and looks at the clock only between rows: one call
such as `repeat('x', 10000000000)` passes both limits. A process can be watched and killed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec
import psutil
import pyarrow as pa

from footfall.engines.base import CancelToken, Limits
from footfall.engines.columns import actors_file
from footfall.engines.duckdb_views import shown_sql
from footfall.engines.limits import cancelled, too_large, too_slow
from footfall.engines.sandbox_wire import Failure, Request
from footfall.errors import EngineError, FootfallError
from footfall.pipes import receive, send
from footfall.settings import parse_size

if TYPE_CHECKING:
    from footfall.lake.snapshot import Snapshot

IDLE_SECONDS: Final = 60.0
DEFAULT_SECONDS: Final = 60.0

_COMMAND: Final = [sys.executable, "-P", "-m", "footfall.engines.sandbox_child"]
# No other variable is handed on: there is nothing to find out from the environment.
_ENVIRONMENT: Final = (
    "HOME", "LD_LIBRARY_PATH", "PATH", "PYTHONHOME", "PYTHONPATH", "SYSTEMROOT", "TEMP", "TMP",
    "TMPDIR", "VIRTUAL_ENV",
)  # fmt: skip
_POLL_SECONDS: Final = 0.02
# DuckDB stops by itself at the limit; the process is ended only when that did not help.
_GRACE_SECONDS: Final = 0.5
_OWN_MEMORY: Final = 256 * 2**20


class Sandbox:
    """At most one idle process, more while several queries run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[tuple[_Worker, threading.Timer]] = []

    def run(
        self,
        sql: str,
        snapshots: Mapping[str, Snapshot],
        parameters: Mapping[str, Any],
        limits: Limits,
        cancel: CancelToken | None,
        derived: Mapping[str, str],
    ) -> pa.Table:
        """The answer; raises what `Engine.run` does, and `InvalidSQL`."""
        limits = _complete(limits)
        request = _request(sql, snapshots, parameters, limits)
        request.views |= derived
        question = msgspec.msgpack.encode(request)
        if cancel is not None:
            cancel.check()
        with self._worker() as worker:
            answer = worker.ask(question, limits, cancel)
        return _opened(answer)

    def close(self) -> None:
        """End the idle process."""
        with self._lock:
            while self._idle:
                self._pop().end()

    @contextmanager
    def _worker(self) -> Generator[_Worker]:
        worker = self._take()
        try:
            yield worker
        except BaseException:
            worker.end()
            raise
        self._give_back(worker)

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._pop()
                if worker.is_alive:
                    return worker
        return _Worker()

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            if self._idle:
                worker.end()
                return
            timer = threading.Timer(IDLE_SECONDS, self._end_if_idle, [worker, worker.n_asked])
            timer.daemon = True
            timer.name = "footfall-idle"
            self._idle.append((worker, timer))
            timer.start()

    def _pop(self) -> _Worker:
        """The idle process, whose time is no longer counted; call with the lock held."""
        worker, timer = self._idle.pop()
        timer.cancel()
        return worker

    def _end_if_idle(self, worker: _Worker, n_asked: int) -> None:
        with self._lock:
            # It may have been taken and given back since the timer went off.
            if any(idle is worker for idle, _ in self._idle) and worker.n_asked == n_asked:
                self._pop().end()


class _Worker:
    """One process; it answers one question at a time."""

    def __init__(self) -> None:
        self.n_asked = 0
        environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 - a command of our own
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: bytes, limits: Limits, cancel: CancelToken | None) -> bytes:
        """The answer's bytes; raises `LimitExceeded`, `Cancelled` or `EngineError`."""
        self.n_asked += 1
        with _Watch(self._process, limits, cancel) as watch:
            answer = self._exchange(question)
        if watch.reason is not None:
            raise watch.reason
        if answer is None:
            raise EngineError(f"The process for SQL ended with code {self._process.wait()}")
        return answer

    def _exchange(self, question: bytes) -> bytes | None:
        try:
            send(_pipe(self._process.stdin), question)
            return receive(_pipe(self._process.stdout))
        except OSError:
            return None

    def end(self) -> None:
        """Kill the process and wait until it is gone."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            _close(_pipe(pipe))


class _Watch:
    """Kills a process that uses up its time or memory, or is cancelled, and says why."""

    def __init__(
        self, process: subprocess.Popen[bytes], limits: Limits, cancel: CancelToken | None
    ) -> None:
        self.reason: FootfallError | None = None
        self._process = process
        self._limits = limits
        self._cancel = cancel
        self._most_memory = parse_size(limits.memory) + _OWN_MEMORY
        self._deadline = time.monotonic() + limits.seconds + _GRACE_SECONDS
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="footfall-watch", daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            watched = psutil.Process(self._process.pid)
            while not self._is_over.wait(_POLL_SECONDS):
                self.reason = self._exceeded(watched.memory_info().rss)
                if self.reason is not None:
                    self._process.kill()
                    return
        except psutil.NoSuchProcess:
            return

    def _exceeded(self, n_bytes: int) -> FootfallError | None:
        if self._cancel is not None and self._cancel.is_cancelled:
            return cancelled()
        if time.monotonic() > self._deadline:
            return too_slow(self._limits.seconds)
        if n_bytes > self._most_memory:
            return too_large(self._limits.memory)
        return None


def _pipe(pipe: IO[bytes] | None) -> Any:
    if pipe is None:
        raise EngineError("The process for SQL has no pipe")
    return pipe


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except OSError:
        # What was still to be flushed has no reader any more.
        return


def _opened(answer: bytes) -> pa.Table:
    kind, body = answer[:1], memoryview(answer)[1:]
    if kind == b"A":
        return pa.ipc.open_stream(pa.py_buffer(body)).read_all()
    raise msgspec.msgpack.decode(body, type=Failure).to_error()


def _complete(limits: Limits) -> Limits:
    """The limits with none left out: a stranger's query is never without bounds."""
    half = f"{psutil.virtual_memory().total // 2 // 2**20}MiB"
    return Limits(
        memory=limits.memory or half,
        threads=limits.threads or os.cpu_count() or 1,
        rows=limits.rows,
        seconds=limits.seconds or DEFAULT_SECONDS,
    )


def _request(
    sql: str, snapshots: Mapping[str, Snapshot], parameters: Mapping[str, Any], limits: Limits
) -> Request:
    actors = [actors_file(snapshot) for snapshot in snapshots.values()]
    files = [file.path for snapshot in snapshots.values() for file in snapshot.files]
    return Request(
        sql=sql,
        views={name: shown_sql(each) for name, each in snapshots.items()},
        files=[*files, *(str(path) for path in actors if path)],
        parameters=dict(parameters),
        memory=limits.memory,
        threads=limits.threads,
        rows=limits.rows,
        seconds=limits.seconds,
    )
