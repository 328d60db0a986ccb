"""Sources as requests need them: at once, and hardly older than they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from footfall.model.source import Source

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder

_LIFETIME: Final = 1.0
"""Seconds after which a definition is read again."""


class RecentSources:
    """Definitions of a lake's sources, each looked up once a second at most."""

    def __init__(self, lake: LakeFolder, clock: Callable[[], float] = time.monotonic) -> None:
        self._lake = lake
        self._clock = clock
        self._known: dict[str, tuple[float, Source]] = {}

    def get(self, name: str) -> Source:
        """Definition of a source; raises `UnknownSource`."""
        now = self._clock()
        known = self._known.get(name)
        if known is None or now - known[0] > _LIFETIME:
            known = self._known[name] = (now, self._lake.source(name))
        return known[1]
