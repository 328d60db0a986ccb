"""Files that are being written: new lines as they come, through rotation and truncation."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from footfall.capture.collector import Collector
from footfall.capture.live import Stream
from footfall.capture.opening import STDIN, expand, open_shared
from footfall.capture.passage import Passage

INTERVAL: Final = 0.5
_SAME: Final = 1024


class Follower:
    """Follows files, and files that match patterns later on, until the collector stops."""

    def __init__(
        self, collector: Collector, names: Sequence[str], stdin: BinaryIO | None = None
    ) -> None:
        self._collector = collector
        self._names = [name for name in names if name != STDIN]
        self._followed: dict[str, _File | Stream] = {}
        if STDIN in names:
            raw = stdin or sys.stdin.buffer
            self._followed[STDIN] = Stream(raw, "standard input", collector.room)

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
