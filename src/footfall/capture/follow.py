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
from footfall.lake.files import mark

INTERVAL: Final = 0.5
_SAME: Final = 1024
_QUIET: Final = 20
"""Looks without anything new after which a renamed file is done with."""


class Follower:
    """Follows files, and files that match patterns later on, until the collector stops.

    `tell` is called at once with what cannot be read; what still cannot in the end stands among
    the problems of the collector's counts.
    """

    def __init__(
        self,
        collector: Collector,
        names: Sequence[str],
        stdin: BinaryIO | None = None,
        *,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._collector = collector
        self._tell = tell
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
            if path not in self._followed:
                self._followed[path] = _File(self._collector, Path(path), self._tell)
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

    def __init__(self, collector: Collector, path: Path, tell: Callable[[str], object]) -> None:
        self._collector = collector
        self._path = path
        self._tell = tell
        self._now: _Open | None = None
        self._leaving: list[_Open] = []
        self._problem = ""
        # How the file was when it was looked at, and when all was read of it that could be.
        self._seen: list[int] = []
        self._done: list[int] = []
        self._is_resting = False

    def look(self) -> None:
        """Take in what is new, of the file that was there before and of the one that is now."""
        try:
            self._look()
        except InvalidEvents as error:
            self._note(error.message)
            self.close()
            # It is looked at once more when it has changed.
            self._done = mark(self._path)

    def _note(self, problem: str) -> None:
        """Tell what is wrong with the file now, in place of what was."""
        problems = self._collector.counts.problems
        if self._problem in problems:
            problems.remove(self._problem)
        if problem:
            problems.append(problem)
            if problem != self._problem:
                self._tell(problem)
        self._problem = problem

    def _look(self) -> None:
        if self._now is not None:
            self._see_change(self._now)
        for left in list(self._leaving):
            if left.is_quiet():
                left.finish()
                self._leaving.remove(left)
        if self._now is not None:
            self._now.drain()
        elif self._has_news():
            self._open()

    def _has_news(self) -> bool:
        self._seen, before = mark(self._path), self._seen
        self._is_resting = self._seen == before
        return self._seen != self._done

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
        if is_packed(start):
            with raw:
                self._take_packed(raw)
            return
        # Half a header would make a wrong one: the first line has to be there.
        if b"\n" not in start and len(start) < HEAD:
            raw.close()
            return
        try:
            self._now = _Open(raw, self._begun(raw))
        except BaseException:
            raw.close()
            raise
        self._collector.counts.files += 1
        self._now.passage.drain(is_last=False)
        self._note("")

    def _take_packed(self, raw: BinaryIO) -> None:
        """Read a packed file that rests: until then it is being packed, or copied here."""
        if not self._is_resting:
            return
        if not self._done:  # else it is the same file once more
            self._collector.counts.files += 1
        self._done = self._seen
        self._begun(raw).drain(is_last=True)
        self._note("")

    def _begun(self, raw: BinaryIO) -> Passage:
        """A passage that stands behind what was read of the file before."""
        target = self._collector.target
        passage = Passage(raw, str(self._path.resolve()), target)
        target.positions.reload()
        offset = passage.find()
        if offset:
            passage.resume(offset)
        return passage


class _Open:
    """An open file that is followed, whatever its name is by now."""

    def __init__(self, raw: BinaryIO, passage: Passage) -> None:
        self.raw = raw
        self.passage = passage
        self._n_quiet = 0

    def drain(self) -> None:
        """Take in whole lines that are new."""
        self.passage.drain(is_last=False)

    def finish(self) -> None:
        """Take in what is left, also a line without end, and close the file."""
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
        if now.st_size == n_read:
            return None
        return "begun anew" if now.st_size < n_read or not self._begins_so(path) else None

    def _begins_so(self, path: Path) -> bool:
        head = self.passage.head[:_SAME]
        with open_shared(path) as raw:
            return raw.read(len(head)) == head
