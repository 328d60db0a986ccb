"""Answers kept for a moment: the same question over the same data is not asked twice."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

# A relative range such as "today" moves on; this is how far it may lag behind.
LIFETIME: Final = 5.0
MAX_BYTES: Final = 16 * 2**20


class Cache:
    """The most recently used answers, by question and version of the data; thread-safe."""

    def __init__(
        self,
        *,
        lifetime: float = LIFETIME,
        most_bytes: int = MAX_BYTES,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lifetime = lifetime
        self._most_bytes = most_bytes
        self._timer = timer
        self._lock = threading.Lock()
        self._answers: OrderedDict[Hashable, tuple[float, bytes]] = OrderedDict()
        self._n_bytes = 0

    def get(self, key: Hashable) -> bytes | None:
        """The answer kept for that key, unless it has become too old."""
        with self._lock:
            made, answer = self._answers.get(key, (0.0, b""))
            if not answer or self._timer() - made > self._lifetime:
                return None
            self._answers.move_to_end(key)
            return answer

    def put(self, key: Hashable, answer: bytes) -> None:
        """Keep this answer, and let go of those unused longest where room is short."""
        if len(answer) > self._most_bytes:
            return
        with self._lock:
            _, old = self._answers.pop(key, (0.0, b""))
            self._answers[key] = (self._timer(), answer)
            self._n_bytes += len(answer) - len(old)
            while self._n_bytes > self._most_bytes:
                _, (_, dropped) = self._answers.popitem(last=False)
                self._n_bytes -= len(dropped)
