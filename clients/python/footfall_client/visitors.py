"""Ids for people without telling who they are: keyed hashes that only the host can repeat."""

from __future__ import annotations

from datetime import datetime, timezone
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SEPARATOR = "\x1f"
_DAY = 86400


class Visitors:
    """Hashes with one key; what a day's hashes begin with is prepared once a day."""

    def __init__(self, secret: str, clock: Callable[[], float]) -> None:
        if not secret:
            raise ValueError("a keyed hash needs a key")
        self._clock = clock
        key = blake2b(secret.encode(), digest_size=32, person=b"footfall-client").digest()
        self._users = blake2b(key=key, digest_size=10, person=b"user")
        self._sessions = blake2b(key=key, digest_size=10, person=b"session")
        self._key = key
        self._day = -1
        self._today = self._users

    def visitor(self, address: str, agent: str) -> str:
        """Id of somebody without a name: of address, user agent and UTC day; "v_" in front.

        It is another one the next day, and does not lead back to the address.
        """
        day = int(self._clock()) // _DAY
        if day != self._day:
            self._today, self._day = self._seed(day), day
        seed = self._today.copy()
        seed.update(f"{address}{_SEPARATOR}{agent}".encode("utf-8", "replace"))
        return "v_" + seed.hexdigest()

    def user(self, user: str) -> str:
        """Id that stands for a user's; "u_" in front."""
        return "u_" + _with(self._users, user)

    def session(self, cookie: str) -> str:
        """Id that stands for a session's; "s_" in front."""
        return "s_" + _with(self._sessions, cookie)

    def _seed(self, day: int) -> blake2b:
        seed = blake2b(key=self._key, digest_size=10, person=b"visitor")
        date = datetime.fromtimestamp(day * _DAY, timezone.utc).date()
        seed.update(f"{date.isoformat()}{_SEPARATOR}".encode())
        return seed


def _with(seed: blake2b, text: str) -> str:
    copy = seed.copy()
    copy.update(text.encode("utf-8", "replace"))
    return copy.hexdigest()
