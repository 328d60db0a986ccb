"""The server of this process: tells when it answers, and ends cleanly on a signal."""

from __future__ import annotations

import gc
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import uvicorn

# SIGBREAK is what Ctrl-Break and a service manager send on Windows.
_STOPPING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)
)

# New objects after which Python looks for cycles, and how many looks until it looks further.
_THRESHOLDS: Final = (20_000, 20, 20)


class Server(uvicorn.Server):
    """Uvicorn's server; `started` is called once requests are answered, `stopping` on a signal."""

    def __init__(
        self, config: uvicorn.Config, started: Callable[[], None], stopping: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._on_start = started
        self._on_stop = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        # What start-up made stays for good: no need to look through it again.
        gc.collect()
        gc.freeze()
        # Requests make much that lives for a moment and has no cycles in it.
        gc.set_threshold(*_THRESHOLDS)
        if not self.should_exit:
            self._on_start()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Handle signals until the block ends."""
        # Uvicorn would raise the signal again after a clean stop, and end with an error.
        with _handling(self.handle_exit):
            yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop, at once if it is asked a second time."""
        self._on_stop()
        super().handle_exit(sig, frame)


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], None]) -> Generator[None]:
    """Let `handler` have the signals that ask a process to end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in _STOPPING}
    try:
        yield
    finally:
        for number, original in before.items():
            signal.signal(number, original)
