"""Rejects: what could not be understood, kept until its mapping is mended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Reject:
    """What could not be understood, and where it came from.

    `origin` is a file's path or `http`; `line` is the line in the file (from 1) or the
    index in the request (from 0); `raw` are the first bytes of what came (`is_cut` if there
    were more), in canonical form for an event that a tracker's adapter had read. `event_id`
    is the id that the event will have once it is understood, where that is known: a reject
    with it is kept once, however often it comes. `is_vouched` is that of its `Payload`; False
    where nobody said so. `id` is 0 until the ledger gave one.
    """

    source: str
    origin: str
    line: int
    code: str
    reason: str
    raw: bytes
    received_at: datetime
    protocol: str = "file"
    replayed_at: datetime | None = None
    is_cut: bool = False
    event_id: str = ""
    is_vouched: bool = False
    id: int = 0

    def to_dict(self) -> dict[str, Any]:
        """What people and programs see of it; bytes that are no UTF-8 stand as `\\x…`."""
        return {
            "id": self.id,
            "source": self.source,
            "origin": self.origin,
            "line": self.line,
            "code": self.code,
            "reason": self.reason,
            "raw": self.raw.decode("utf-8", "backslashreplace"),
            "is_cut": self.is_cut,
            "protocol": self.protocol,
            "received_at": self.received_at,
            "replayed_at": self.replayed_at,
        }
