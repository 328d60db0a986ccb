"""The journal: an append-only log on disk, in segments, that survives crashes.

One process owns a journal while it runs; several own one each in the same lake. What is
left by a process that died is found and moved by another (`Journal.leftovers`).
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, groupby, zip_longest
from pathlib import Path
from typing import Final, Self

import filelock

from footfall.errors import JournalError, StorageFull
from footfall.intake.reader import JournalReader
from footfall.intake.segment import OVERHEAD, Gap, Record, Segment
from footfall.intake.sync import sync_data
from footfall.lake.files import remove_quietly, sync_folder

JOURNALS: Final = "journal"
"""Folder of a lake that holds the journals of its processes."""

SEGMENT_BYTES: Final = 64 * 2**20

_OPEN_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
# Windows has no quota error of its own.
_FULL: Final = frozenset({errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)})
_log = logging.getLogger(__name__)


class Journal(JournalReader):
    """A journal that this process holds; use `open`, and `close` to let go of it.

    `commit` may be called from several threads, `read` at the same time as `commit`.
    """

    def __init__(self, folder: Path, lock: filelock.BaseFileLock, segment_bytes: int) -> None:
        super().__init__(folder)
        self._lock = lock
        self._segment_bytes = segment_bytes
        self._active: Segment | None = None
        self._descriptor = -1
        self._end = 0
        self._recover()

    @classmethod
    def open(
        cls,
        folder: Path,
        name: str | None = None,
        *,
        segment_bytes: int = SEGMENT_BYTES,
        random_id: Callable[[], str] = lambda: secrets.token_hex(6),
    ) -> Self:
        """A journal in `folder`: the one named, else any that nobody holds, else a new one.

        Raises `JournalError` if the one named is held by another process.
        """
        folder.mkdir(parents=True, exist_ok=True)
        sync_folder(folder.parent)
        # A new one may be found and taken by another process before it is locked here.
        new = iter(random_id, "")
        for each in [name] if name else chain(_names(folder), new):
            lock = _claim(folder / each)
            if lock is not None:
                sync_folder(folder)
                return cls(folder / each, lock, segment_bytes)
        raise JournalError(f"Journal {name!r} in {folder} is in use by another process.")

    @classmethod
    def leftovers(cls, folder: Path) -> Iterator[Self]:
        """Journals with records in them that no process holds; each is closed afterwards."""
        for name in _names(folder):
            if not any(segment.n_bytes for segment in _segments(folder / name)):
                continue
            lock = _claim(folder / name)
            if lock is not None:
                journal = cls(folder / name, lock, SEGMENT_BYTES)
                try:
                    yield journal
                finally:
                    journal.close()

    @property
    def is_open(self) -> bool:
        """Whether this process still holds the journal."""
        return self._lock.is_locked

    @property
    def end(self) -> int:
        """Offset behind the last record that is safely on disk."""
        return self._end

    @property
    def start(self) -> int:
        """Offset of the oldest byte still kept."""
        return self._parts()[0][0].base if self._limits else self._end

    def commit(self, payloads: Sequence[bytes]) -> int:
        """Append records in one piece; returns the end offset once they are on disk.

        After an error nothing of them is left, and the journal is as it was before.
        Raises `StorageFull` where there is no space, `JournalError` for other faults.
        """
        with self._guard:
            if not self.is_open:
                raise JournalError(f"Journal {self.id!r} is closed.")
            try:
                return self._commit(payloads)
            except OSError as error:
                raise _explained(error, self.folder) from error

    def read(self, start: int = 0, end: int | None = None) -> Iterator[Record]:
        """Records from `start` (where a record begins) to `end`, by default the last on disk.

        Damaged bytes on the way are set aside and reported in `damages`.
        """
        return super().read(start, self._end if end is None else end)

    def seal(self) -> None:
        """Go on in a new segment, so that all there is can be let go of."""
        with self._guard:
            parts = self._parts()
            if parts and parts[-1][1] > parts[-1][0].base:
                self._retire()
                self._start()

    def remove_until(self, offset: int) -> None:
        """Let go of segments that end at or before `offset`, all of it being moved.

        The newest stays: its name says which offsets were given out already.
        """
        with self._guard:
            for segment, limit in self._parts()[:-1]:
                if limit <= offset and remove_quietly(segment.path):
                    del self._limits[segment]

    def skip_to(self, offset: int) -> None:
        """Make sure that no record gets an offset below this one."""
        with self._guard:
            if offset > self._end:
                self._retire()
                self._end = offset

    def close(self) -> None:
        """Let go of the journal, so that another process may take it."""
        with self._guard:
            self._retire()
            self._lock.release()

    def _commit(self, payloads: Sequence[bytes]) -> int:
        segment = self._writable()
        parts: list[bytes] = []
        end = self._end
        for payload in payloads:
            parts += (segment.frame(payload, end), payload)
            end += OVERHEAD + len(payload)
        self._write(segment, b"".join(parts))
        self._end = self._limits[segment] = end
        return end

    def _writable(self) -> Segment:
        if self._active is not None and self._end - self._active.base < self._segment_bytes:
            return self._active
        self._retire()
        return self._start()

    def _write(self, segment: Segment, content: bytes) -> None:
        try:
            _write_all(self._descriptor, content)
        except OSError:
            self._roll_back(segment)
            raise
        try:
            sync_data(self._descriptor)
        except OSError:
            # What the system kept in memory is in doubt now: never write behind it.
            self._roll_back(segment)
            self._retire()
            raise

    def _roll_back(self, segment: Segment) -> None:
        try:
            os.ftruncate(self._descriptor, self._end - segment.base)
        except OSError:
            _log.exception("journal %s: an unfinished write could not be taken back", self.id)
            self._retire()

    def _start(self) -> Segment:
        """Open a segment at the end; an empty one that is there already is taken."""
        empty = [item for item in self._limits if item.base == self._end and not item.n_bytes]
        salt = secrets.randbits(32)
        segment = empty[0] if empty else Segment.name(self.folder, self._end, salt)
        self._descriptor = os.open(segment.path, _OPEN_FLAGS, 0o600)
        self._active = segment
        self._limits[segment] = self._end
        sync_folder(self.folder)
        return segment

    def _retire(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._active = None

    def _recover(self) -> None:
        """Find the segments of an earlier process and cut off what it left unfinished."""
        segments = _segments(self.folder)
        alike = [list(group) for _, group in groupby(segments, key=lambda item: item.base)]
        for group, following in zip_longest(alike, alike[1:]):
            self._limits |= {segment: segment.base for segment in group}
            # A write that could not be taken back may reach beyond the next one's base, or
            # lie where the next one begins: then only what was written anew counts.
            good = max(group, key=_goodness) if len(group) > 1 else group[0]
            end = good.end if following is None else min(good.end, following[0].base)
            self._limits[good] = end
        self._end = max((segment.end for segment in segments), default=0)
        full = [segment for segment in segments if self._limits[segment] > segment.base]
        if full:
            self._cut(full[-1])

    def _cut(self, segment: Segment) -> None:
        (last,) = deque(segment.read(segment.base, self._limits[segment]), maxlen=1)
        if isinstance(last, Gap):
            self._set_aside(segment, last, "torn")
            os.truncate(segment.path, last.offset - segment.base)
            self._limits[segment] = last.offset


def _names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir())


def _segments(folder: Path) -> list[Segment]:
    found = (Segment.parse(path) for path in folder.glob("*.seg"))
    return sorted((item for item in found if item), key=lambda item: (item.base, item.n_bytes))


def _goodness(segment: Segment) -> tuple[bool, int]:
    """Of segments that begin at the same offset the greatest is the good one.

    It has sound records, and was written last.
    """
    parts = segment.read(segment.base, segment.end)
    is_sound = any(isinstance(part, Record) for part in parts)
    return is_sound, segment.path.stat().st_mtime_ns


def _claim(folder: Path) -> filelock.BaseFileLock | None:
    """The lock of a journal, held; None if another process holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(folder / "lock", thread_local=False)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        return None
    return lock


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _explained(error: OSError, folder: Path) -> StorageFull | JournalError:
    if error.errno in _FULL:
        return StorageFull(
            f"No space is left for the journal in {folder}: nothing of this request was kept. "
            "Make room on the disk, then send it again.",
            retry_after=10,
        )
    return JournalError(f"The journal in {folder} cannot be written: {error}.")
