"""How much is being taken in, and whether there is room for more."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from footfall.errors import Overloaded
from footfall.settings import IntakeSettings, parse_size


class Load:
    """Bytes that are being taken in, held against what the settings allow.

    `queued` tells the bytes of records that wait for the disk, `backlog` those that wait to
    be moved into the lake.
    """

    def __init__(
        self, settings: IntakeSettings, *, queued: Callable[[], int], backlog: Callable[[], int]
    ) -> None:
        self.max_waiting = parse_size(settings.max_waiting)
        self._max_backlog = parse_size(settings.max_backlog)
        self._queued = queued
        self._backlog = backlog
        self._held = 0

    @property
    def waiting(self) -> int:
        """Bytes held in memory: bodies being read, and records that wait for the disk."""
        return self._held + self._queued()

    def check(self, n_bytes: int) -> None:
        """Raise `Overloaded` unless so many more bytes can be taken in now."""
        waiting = self.waiting
        # Alone a body may be larger: it could never be sent otherwise.
        if waiting and waiting + n_bytes > self.max_waiting:
            raise Overloaded(
                f"{waiting} bytes are being taken in already: send again in a second.",
                retry_after=1,
            )
        backlog = self._backlog()
        if backlog > self._max_backlog:
            raise Overloaded(
                f"{backlog} bytes wait to be moved into the lake, more than max_backlog "
                "allows: send again in half a minute.",
                retry_after=30,
            )

    def hold(self, n_bytes: int) -> None:
        """Count bytes of a body that is being read; negative to let go of them."""
        self._held += n_bytes

    @contextmanager
    def held(self, n_bytes: int) -> Generator[None]:
        """Within, so many bytes count as load."""
        self.hold(n_bytes)
        try:
            yield
        finally:
            self.hold(-n_bytes)
