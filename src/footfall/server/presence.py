"""Where the servers of a lake are: a file each, believed as long as its process holds a lock."""

from __future__ import annotations

import uuid
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from footfall.lake.lock import TableLock, lock_path

_PREFIX: Final = "serving-"


@contextmanager
def announced(root: Path, url: str) -> Generator[None]:
    """Let others of this machine know, until the block ends, that `url` serves the lake."""
    # A number of the process alone would be that of another one in another container.
    lock = TableLock(lock_path(root, f"{_PREFIX}{uuid.uuid4().hex[:12]}"))
    # Beside the lock: a locked file cannot be read on every system.
    note = lock.path.with_suffix(".url")
    try:
        with lock:
            note.write_text(url, "utf-8")
            yield
    finally:
        _remove(note)


def running_servers(root: Path) -> list[str]:
    """Addresses at which the lake is served now, the one that started last first.

    What a server that was killed left behind is removed.
    """
    notes = root.joinpath("locks").glob(f"{_PREFIX}*.url")
    found = [each for each in map(_read, notes) if each is not None]
    return [url for _, url in sorted(found, reverse=True)]


def _read(note: Path) -> tuple[int, str] | None:
    with TableLock(note.with_suffix(".lock")).if_free() as is_dead:
        pass
    if is_dead:
        _remove(note)
        return None
    try:
        return note.stat().st_mtime_ns, note.read_text("utf-8")
    except FileNotFoundError:
        # It has stopped since.
        return None


def _remove(note: Path) -> None:
    note.unlink(missing_ok=True)
    note.with_suffix(".lock").unlink(missing_ok=True)
