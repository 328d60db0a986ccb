"""Events on their way out, in memory: bounded, so that a host never runs full."""

from __future__ import annotations

import threading
from collections import deque


class Bucket:
    """Lines in order of arrival; what does not fit any more is dropped and counted.

    The lock is held for a few instructions only, and may be taken again by the thread that
    holds it: a destructor or signal handler may capture while its thread captures.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._lines: deque[bytes] = deque()
        self._lock = threading.RLock()
        self.n_bytes = 0
        self.n_taken_in = 0
        self.n_dropped = 0

    def __len__(self) -> int:
        return len(self._lines)

    def put(self, line: bytes) -> int:
        """Add a line; how many there are now, 0 if it was dropped, for the bucket is full."""
        with self._lock:
            if len(self._lines) >= self._most or self.n_bytes + len(line) > self._most_bytes:
                self.n_dropped += 1
                return 0
            self._lines.append(line)
            self.n_bytes += len(line)
            self.n_taken_in += 1
            return len(self._lines)

    def take(self, most: int, most_bytes: int) -> list[bytes]:
        """Take out the oldest lines, at least one if there are any."""
        taken: list[bytes] = []
        size = 0
        with self._lock:
            while self._lines and len(taken) < most:
                size += len(self._lines[0])
                if taken and size > most_bytes:
                    break
                line = self._lines.popleft()
                self.n_bytes -= len(line)
                taken.append(line)
        return taken
