"""Writing files so that they are there, and whole, after a crash."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Final
from zlib import crc32

_PIECE: Final = 2**18
_TRIES: Final = 50
_PAUSE: Final = 0.02


def sync_file(path: Path) -> None:
    """Return when the content of `path` is on the disk."""
    # Windows flushes only handles opened for writing.
    _sync(path, os.O_RDWR)


def sync_folder(path: Path) -> None:
    """Return when the names in `path` are on the disk; Windows does so by itself."""
    if os.name != "nt":
        _sync(path, os.O_RDONLY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it that are missing; their names are on the disk then."""
    if path.is_dir():
        return
    make_folder(path.parent)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Give `path` this content: after a crash it has the old one or the new one.

    The permissions `mode` hold from the first byte on; Windows ignores them.
    """
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        move(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def make_private(path: Path) -> None:
    """Make an empty file that only its owner can read, unless one is there.

    SQLite gives its log and index beside a database the permissions of the database.
    Where no file can be made, whoever opens it is told why.
    """
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def checksum(path: Path) -> int:
    """CRC-32 of a file's bytes."""
    found = 0
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE):
            found = crc32(piece, found)
    return found


def mark(path: Path) -> list[int]:
    """What changes when a file is written to or put back; empty while it is gone."""
    try:
        found = path.stat()
    except OSError:
        return []
    # A copy that keeps its times has another time of change all the same.
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino]


def remove_quietly(path: Path) -> bool:
    """Remove a file that nothing refers to any more; False if it is in use (Windows)."""
    try:
        path.unlink(missing_ok=True)
    except PermissionError:
        return False
    return True


def move(temporary: Path, path: Path) -> None:
    """Rename to `path`, or over it: again while another process has it open (Windows)."""
    for _ in range(_TRIES):
        try:
            temporary.replace(path)
            return
        except PermissionError:
            time.sleep(_PAUSE)
    temporary.replace(path)
