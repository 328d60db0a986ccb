"""Waiting for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 60.0
"""Seconds after which something hangs; what is waited for takes a hundredth of that."""


def wait_until(is_so: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Return as soon as `is_so`; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)
