"""Files that are being written: new lines as they come, through rotation and truncation."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from footfall.capture.collector import Collector
from footfall.capture.opening import STDIN, expand, open_shared
from footfall.capture.passage import Passage

INTERVAL: Final = 0.5
_SAME: Final = 1024
_BLOCK: Final = 256 * 1024


class Follower:
    """Follows files, and files that match patterns later on, until the collector stops."""

    def __init__(
        self, collector: Collector, names: Sequence[str], stdin: BinaryIO | None = None
    ) -> None:
        self._collector = collector
        self._names = [name for name in names if name != STDIN]
        self._followed: dict[str, _File | _Stream] = {}
        if STDIN in names:
            self._followed[STDIN] = _Stream(collector, stdin)

    def run(self, wait: Callable[[float], object] | None = None) -> None:
        """Follow until asked to stop; `wait` pauses between two looks at the files."""
        wait = wait or self._collector.room.stop.wait
        while not self._collector.is_stopped and self.look():
            wait(INTERVAL)
        self.close()

    def look(self) -> bool:
        """Take in what is new now; whether more can come."""
        for path in expand(self._names, may_be_missing=True):
            self._followed.setdefault(path, _File(self._collector, Path(path)))
        for followed in self._followed.values():
            if not self._collector.is_stopped:
                followed.look()
        return bool(self._names) or any(not item.is_done for item in self._followed.values())

    def close(self) -> None:
        """Let the files go. The beginning of a line stays where it is, to be read next time."""
        for followed in self._followed.values():
            followed.close()
        self._collector.room.table.close()


class _File:
    """One path, and whichever file has that name at the time."""

    is_done = False

    def __init__(self, collector: Collector, path: Path) -> None:
        self._collector = collector
        self._path = path
        self._raw: BinaryIO | None = None
        self._passage: Passage | None = None

    def look(self) -> None:
        """Take in what is new, of the file that was there before and of the one that is now."""
        if self._passage is not None and self._is_replaced():
            # What was written before the change is read to its end: nothing follows there.
            self._passage.drain(is_last=True)
            self.close()
        if self._passage is None:
            self._open()
        elif not self._passage.content.is_compressed:
            self._passage.drain(is_last=False)

    def close(self) -> None:
        """Let the file go."""
        if self._raw is not None:
            self._raw.close()
        self._raw = self._passage = None

    def _open(self) -> None:
        try:
            raw = open_shared(self._path)
        except FileNotFoundError:
            return
        if not os.fstat(raw.fileno()).st_size:
            raw.close()
            return
        room = self._collector.room
        self._raw, self._passage = raw, Passage(raw, str(self._path), room)
        room.counts.files += 1
        room.positions.reload()
        offset = room.positions.find(self._passage.head)
        if offset:
            self._passage.resume(offset)
        # A compressed file is not written to any more.
        self._passage.drain(is_last=self._passage.content.is_compressed)

    def _is_replaced(self) -> bool:
        """Whether the path has another file now, or the same one begun anew."""
        assert self._raw is not None
        assert self._passage is not None
        try:
            now = self._path.stat()
        except FileNotFoundError:
            return False
        ours = os.fstat(self._raw.fileno())
        if (now.st_dev, now.st_ino) != (ours.st_dev, ours.st_ino):
            return True
        if now.st_size == self._passage.content.n_raw:
            return False
        return now.st_size < self._passage.content.n_raw or not self._begins_as_before()

    def _begins_as_before(self) -> bool:
        assert self._passage is not None
        if self._passage.content.is_compressed:
            return True
        head = self._passage.head[:_SAME]
        with open_shared(self._path) as raw:
            return raw.read(len(head)) == head


class _Stream:
    """Standard input that goes on: a thread waits for it, so that nobody else has to."""

    def __init__(self, collector: Collector, raw: BinaryIO | None) -> None:
        import sys

        self._collector = collector
        self._live = _Live(raw or sys.stdin.buffer)
        self._passage: Passage | None = None
        self.is_done = False

    def look(self) -> None:
        """Take in what has come."""
        is_last = self._live.is_closed
        if self._passage is None and self._live.has_line():
            # Without a place in a file the events are known by their ids alone.
            self._passage = Passage(
                cast("BinaryIO", self._live),
                "standard input",
                self._collector.room,
                has_position=False,
            )
            self._collector.counts.files += 1
        if self._passage is not None:
            self._passage.drain(is_last=is_last)
        self.is_done = is_last

    def close(self) -> None:
        """Nothing is held but a thread that ends with the process."""


class _Live:
    """A stream whose reading never waits: what has not come yet is not there."""

    def __init__(self, raw: BinaryIO) -> None:
        self._blocks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ready = b""
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._pump, args=(raw,), daemon=True)
        self._thread.start()

    @property
    def is_closed(self) -> bool:
        """Whether all has come."""
        return self._closed.is_set()

    def has_line(self) -> bool:
        """Whether a first line is there, or all that will ever be."""
        is_closed = self.is_closed
        self._collect()
        return b"\n" in self._ready or is_closed

    def read(self, most: int) -> bytes:
        """Up to `most` bytes of what has come."""
        self._collect()
        data, self._ready = self._ready[:most], self._ready[most:]
        return data

    def _collect(self) -> None:
        parts = [self._ready]
        while not self._blocks.empty():
            parts.append(self._blocks.get())
        self._ready = b"".join(parts)

    def _pump(self, raw: Any) -> None:
        read = getattr(raw, "read1", raw.read)
        while block := read(_BLOCK):
            self._blocks.put(block)
        self._closed.set()
