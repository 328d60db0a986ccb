"""Making what was written last through a loss of power, on every platform."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable


def _choose() -> Callable[[int], None]:
    if sys.platform == "darwin":
        import fcntl

        # On macOS fsync leaves the data in the drive's own cache.
        return lambda descriptor: _full_sync(fcntl.fcntl, fcntl.F_FULLFSYNC, descriptor)
    return getattr(os, "fdatasync", os.fsync)


def _full_sync(control: Callable[[int, int], object], command: int, descriptor: int) -> None:
    try:
        control(descriptor, command)
    except OSError:  # a file system without it
        os.fsync(descriptor)


sync_data: Callable[[int], None] = _choose()
"""Returns once the file's data is on the disk; raises `OSError`."""
