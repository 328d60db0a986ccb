"""Where keys lead: write keys, and the ids by which trackers name sources."""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from footfall.capture.protocols.adapter import Adapter, Call
from footfall.server.intake_http import KnownKeys

_MAX_WARNED: Final = 256
_MAX_WARNINGS: Final = 16
_WARNING_TIME: Final = 60.0
"""Seconds for which at most `_MAX_WARNINGS` lines are logged: anyone can make up keys."""
_MAX_SHOWN: Final = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeyOrigin:
    """Where a key leads: a write key is believed more than an id that all can read."""

    source: str
    is_secret: bool


class KeyOrigins:
    """Finds the source that a request's keys lead to.

    `source_of_key` gives the source of a write key, `source_of_id` that of an id by which
    trackers name it (`tracker_ids` of a source); both None where there is none.
    """

    def __init__(
        self,
        source_of_key: Callable[[str], str | None],
        source_of_id: Callable[[str], str | None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keys = KnownKeys(source_of_key)
        self._ids = KnownKeys(source_of_id)
        self._warned: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._clock = clock
        self._warned_since = clock()
        self._n_warnings = self._n_silent = 0

    async def find(self, call: Call, key: str, token: str = "") -> KeyOrigin | None:
        """The source that a request's own key leads to, else the tracker's.

        A token vouches for the source that the key names, or else names its own.
        """
        for each in (call.key, key):
            if each and (source := await self._keys.find(each)):
                return KeyOrigin(source, is_secret=True)
        source = await self._ids.find(key) if key else None
        vouched = await self._keys.find(token) if token else None
        if vouched is not None and source in (None, vouched):
            return KeyOrigin(vouched, is_secret=True)
        return KeyOrigin(source, is_secret=False) if source else None

    def warn(self, adapter: Adapter, keys: Iterable[str]) -> None:
        """Tell the operator of keys nobody knows, of each once in a while."""
        for key in sorted(set(keys)):
            place = (adapter.name, key[:64])
            if place not in self._warned:
                self._say(*place)
            self._warned[place] = None
            self._warned.move_to_end(place)
            if len(self._warned) > _MAX_WARNED:
                self._warned.popitem(last=False)

    def _say(self, protocol: str, key: str) -> None:
        now = self._clock()
        if now - self._warned_since >= _WARNING_TIME:
            if self._n_silent:
                _log.warning("events came for %d more keys that no source has", self._n_silent)
            self._warned_since, self._n_warnings, self._n_silent = now, 0, 0
        if self._n_warnings < _MAX_WARNINGS:
            self._n_warnings += 1
            _log.warning("%s events came for %r, which no source has", protocol, key)
        else:
            self._n_silent += 1


def no_source(keys: Iterable[str]) -> str:
    """What to tell a sender whose keys lead nowhere."""
    named = sorted({key for key in keys if key})
    shown = ", ".join(repr(key[:64]) for key in named[:_MAX_SHOWN]) or "no key"
    if len(named) > _MAX_SHOWN:
        shown += f" and {len(named) - _MAX_SHOWN} more"
    return (
        f"No source takes events for {shown}: use a write key "
        "(`footfall token create --write SOURCE`), or give the id to a source with "
        "`footfall source set SOURCE --tracker-id ID`."
    )
