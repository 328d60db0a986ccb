"""One writer at a time: a lock that holds across threads and processes."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from footfall.errors import LakeError


def lock_path(root: Path, name: str) -> Path:
    """Where the lock of a source's table lies in a lake."""
    return root / "locks" / f"{name}.lock"


class TableLock:
    """Lock of one table; re-entrant within a thread, exclusive across all else.

    The lock file stays behind when it is free: what counts is the lock on it, which
    the operating system takes away from a process that dies.
    """

    def __init__(self, path: Path, *, timeout: float = 120.0) -> None:
        self.path = path
        self._timeout = timeout
        self._threads = threading.RLock()
        self._processes = filelock.FileLock(path, thread_local=False)

    def __enter__(self) -> TableLock:
        self._threads.acquire()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._processes.acquire(timeout=self._timeout, poll_interval=0.005)
        except filelock.Timeout as error:
            self._threads.release()
            raise LakeError(
                f"{self.path} was held by another process for {self._timeout:g} s: "
                "see which process writes to this lake, and end it if it hangs."
            ) from error
        except BaseException:
            self._threads.release()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._processes.release()
        self._threads.release()

    @contextmanager
    def if_free(self) -> Generator[bool]:
        """Whether the lock was free and is ours now; it is released at the end."""
        if not self._threads.acquire(blocking=False):
            yield False
            return
        try:
            yield from self._try_processes()
        finally:
            self._threads.release()

    def _try_processes(self) -> Iterator[bool]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._processes.acquire(blocking=False)
        except filelock.Timeout:
            yield False
            return
        try:
            yield True
        finally:
            self._processes.release()
