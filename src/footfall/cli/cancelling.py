"""Ctrl-C stops a query at once, and not only when it is done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType

from footfall.engines.base import CancelToken
from footfall.errors import Cancelled


@contextmanager
def cancelled_by_interrupt() -> Generator[CancelToken]:
    """A token that Ctrl-C sets; what was cancelled so ends as an interrupt."""
    token = CancelToken()
    if threading.current_thread() is not threading.main_thread():
        yield token
        return

    def cancel(_number: int, _frame: FrameType | None) -> None:
        token.cancel()

    before = signal.signal(signal.SIGINT, cancel)
    try:
        yield token
    except Cancelled as error:
        raise KeyboardInterrupt from error
    finally:
        signal.signal(signal.SIGINT, before)
