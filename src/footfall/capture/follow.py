"""Files that are being written: new lines as they come, through rotation and truncation."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from footfall.capture.collector import Collector
from footfall.capture.live import Pipe
from footfall.capture.opening import STDIN, expand, open_file, open_shared
from footfall.capture.passage import Passage
from footfall.capture.reading import is_packed
from footfall.capture.records import HEAD
from footfall.errors import FileMissing, InvalidEvents

INTERVAL: Final = 0.5
_SAME: Final = 1024
_QUIET: Final = 20
"""Looks without anything new after which a renamed file is done with."""


class Follower:
    """Follows files, and files that match patterns later on, until the collector stops."""

    def __init__(
        self, collector: Collector, names: Sequence[str], stdin: BinaryIO | None = None
    ) -> None:
        self._collector = collector
        self._names = [name for name in names if name != STDIN]
        self._followed: dict[str, _File | Pipe] = {}
        if STDIN in names:
            raw = stdin or sys.stdin.buffer
            self._followed[STDIN] = Pipe(raw, "standard input", collector.target)

    def run(self, wait: Callable[[float], object] | None = None) -> None:
        """Follow until asked to stop; `wait` pauses between two looks at the files."""
        wait = wait or self._collector.target.stop.wait
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
        self._collector.target.table.close()


class _File:
    """One path, and whichever file has that name at the time."""

    is_done = False

    def __init__(self, collector: Collector, path: Path) -> None:
        self._collector = collector
        self._path = path
        self._now: _Open | None = None
        self._leaving: list[_Open] = []
        self._is_dead = False

    def look(self) -> None:
        """Take in what is new, of the file that was there before and of the one that is now."""
        try:
            self._look()
        except InvalidEvents as error:
            self._collector.counts.problems.append(error.message)
            self.close()
            self._is_dead = True

    def _look(self) -> None:
        if self._is_dead:
            return
        if self._now is not None:
            self._see_change(self._now)
        for left in list(self._leaving):
            if left.is_quiet():
                left.finish()
                self._leaving.remove(left)
        if self._now is None:
            self._open()
        else:
            self._now.drain()

    def close(self) -> None:
        """Let the files go; nothing comes any more to those that were renamed."""
        for left in self._leaving:
            left.finish()
        self._leaving.clear()
        if self._now is not None:
            self._now.raw.close()
            self._now = None

    def _see_change(self, now: _Open) -> None:
        change = now.change(self._path)
        if change == "renamed":
            # Whoever writes may do so for a while yet, until told to open the new file.
            self._leaving.append(now)
        elif change == "begun anew":
            # What lies behind the old position now is of the new content.
            now.raw.close()
        if change is not None:
            self._now = None

    def _open(self) -> None:
        try:
            raw = open_file(self._path)
        except FileMissing:
            return
        start = raw.read(HEAD)
        raw.seek(0)
        # Half a header would make a wrong one: the first line has to be there.
        if b"\n" not in start and len(start) < HEAD and not is_packed(start):
            raw.close()
            return
        target = self._collector.target
        try:
            self._now = _Open(raw, Passage(raw, str(self._path.resolve()), target))
        except BaseException:
            raw.close()
            raise
        target.counts.files += 1
        target.positions.reload()
        offset = self._now.passage.find()
        if offset:
            self._now.passage.resume(offset)
        # A compressed file is not written to any more.
        self._now.passage.drain(is_last=self._now.passage.content.is_compressed)


class _Open:
    """An open file that is followed, whatever its name is by now."""

    def __init__(self, raw: BinaryIO, passage: Passage) -> None:
        self.raw = raw
        self.passage = passage
        self._n_quiet = 0

    def drain(self) -> None:
        """Take in whole lines that are new."""
        if not self.passage.content.is_compressed:
            self.passage.drain(is_last=False)

    def finish(self) -> None:
        """Take in what is left, also a line without end, and close the file."""
        if not self.passage.content.is_compressed:
            self.passage.drain(is_last=True)
        self.raw.close()

    def is_quiet(self) -> bool:
        """Whether nothing has come for some looks, this one included."""
        before = self.passage.content.n_raw
        self.drain()
        self._n_quiet = self._n_quiet + 1 if self.passage.content.n_raw == before else 0
        return self._n_quiet >= _QUIET

    def change(self, path: Path) -> str | None:
        """What became of the name meanwhile: `renamed`, `begun anew`, or nothing."""
        try:
            now = path.stat()
        except FileNotFoundError:
            return None
        ours = os.fstat(self.raw.fileno())
        if (now.st_dev, now.st_ino) != (ours.st_dev, ours.st_ino):
            return "renamed"
        n_read = self.passage.content.n_raw
        if now.st_size == n_read or self.passage.content.is_compressed:
            return None
        return "begun anew" if now.st_size < n_read or not self._begins_so(path) else None

    def _begins_so(self, path: Path) -> bool:
        head = self.passage.head[:_SAME]
        with open_shared(path) as raw:
            return raw.read(len(head)) == head
