"""Ctrl-C as a request to come to an end, rather than an end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from footfall.cli.common import say


@contextmanager
def interruptible() -> Generator[threading.Event]:
    """An event that Ctrl-C sets, and a request to terminate; the second Ctrl-C interrupts.

    Outside the main thread, where there are no signals, nothing sets it.
    """
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            signal.default_int_handler(number, frame)
        stop.set()
        say("\nEnding after the piece at hand; press Ctrl-C again to end at once.")

    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
