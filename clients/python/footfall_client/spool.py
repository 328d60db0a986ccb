"""Batches on disk while the server is away: bounded, shared by processes, kept over restarts."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_READY = ".batch"
_TAKEN = ".taken"
_PART = ".part"
_LEASE = 300.0
_COUNT_EVERY = 30.0


class Spooled:
    """A batch that this process has taken out of the spool to send it."""

    __slots__ = ("body", "n_events", "path")

    def __init__(self, path: str, body: bytes, n_events: int) -> None:
        self.path = path
        self.body = body
        self.n_events = n_events


class Spool:
    """A folder with one file for each batch, named by time, chance and number of events.

    A file appears whole or not at all. A process that takes one renames it first; if it
    dies, another takes the file after five minutes. Should both send it, the server knows
    the events by their ids and stores them once.
    """

    def __init__(
        self, folder: str, most_bytes: int, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.folder = folder
        self._most_bytes = most_bytes
        self._clock = clock
        self._n_bytes = 0
        self._counted_at = float("-inf")

    def put(self, body: bytes, n_events: int) -> bool:
        """Keep a batch; False where the spool is full. Raises `OSError`."""
        self._prepare()
        if self._n_bytes + len(body) > self._most_bytes:
            return False
        name = f"{time.time_ns():020d}-{os.urandom(4).hex()}-{n_events}"
        path = os.path.join(self.folder, name)
        _write(path + _PART, body)
        os.replace(path + _PART, path + _READY)
        self._n_bytes += len(body)
        return True

    def take(self) -> Spooled | None:
        """The oldest batch that nobody else is sending, None if there is none."""
        for name in self._waiting():
            taken = self._claim(name)
            if taken is not None:
                return taken
        return None

    def done(self, spooled: Spooled) -> None:
        """Remove a batch that has arrived, or never will."""
        self._n_bytes = max(self._n_bytes - len(spooled.body), 0)
        _remove(spooled.path)

    def put_back(self, spooled: Spooled) -> None:
        """Let a batch wait again."""
        try:
            os.replace(spooled.path, spooled.path[: -len(_TAKEN)] + _READY)
        except OSError:
            return  # the lease runs out, and it is taken up again

    def has_any(self) -> bool:
        """Whether batches wait that could be taken."""
        return bool(self._waiting())

    def _prepare(self) -> None:
        if self._clock() - self._counted_at < _COUNT_EVERY:
            return
        # Events may say who did what: nobody else is to read them.
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        self._sweep()
        self._n_bytes = sum(_size(os.path.join(self.folder, name)) for name in self._names())
        self._counted_at = self._clock()

    def _sweep(self) -> None:
        """Remove what a process that died in the middle of writing left."""
        for name in os.listdir(self.folder):
            if name.endswith(_PART) and self._is_left(name):
                _remove(os.path.join(self.folder, name))

    def _names(self) -> list[str]:
        try:
            names = os.listdir(self.folder)
        except OSError:
            return []
        return sorted(name for name in names if name.endswith((_READY, _TAKEN)))

    def _waiting(self) -> list[str]:
        return [name for name in self._names() if name.endswith(_READY) or self._is_left(name)]

    def _is_left(self, name: str) -> bool:
        try:
            age = self._clock() - os.stat(os.path.join(self.folder, name)).st_mtime
        except OSError:
            return False
        return age > _LEASE

    def _claim(self, name: str) -> Spooled | None:
        path = os.path.join(self.folder, name)
        taken = path[: path.rindex(".")] + _TAKEN
        try:
            # First the time: the lease of whoever takes it begins now.
            os.utime(path)
            os.replace(path, taken)
            with open(taken, "rb") as file:
                return Spooled(taken, file.read(), _n_events(name))
        except OSError:
            return None


def folder_name(url: str, origin: str) -> str:
    """Name of the spool of one server and one source (or key): no other is to send its events."""
    from zlib import crc32

    return f"spool-{crc32(f'{url} {origin}'.encode()):08x}"


def default_folder() -> str:
    """Where spools lie unless the host says so: what a user's programs keep over restarts."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser("~")
    else:
        base = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(base, "footfall")


def _write(path: str, body: bytes) -> None:
    binary = getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | binary, 0o600)
    with open(descriptor, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _n_events(name: str) -> int:
    text = name.partition(".")[0].rpartition("-")[2]
    return int(text) if text.isdigit() else 0


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except OSError:
        return  # whoever finds it sends it once more, which changes nothing
