"""Senders' clocks: how far they are off, and the instants they write."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from footfall.capture.protocols.content import number_of
from footfall.intake.validate import EARLIEST
from footfall.model.time import epoch_to_us, from_epoch_us, read_iso

TOLERANCE: Final = timedelta(seconds=30)
"""A request may be on its way that long; a difference beyond it is the clock's."""

FURTHEST: Final = timedelta(days=3_652)
"""No clock is that far ahead: what is, is not the time of sending."""


def slowness(sent_at: datetime | None, received_at: datetime) -> timedelta:
    """How far a sender's clock is behind (negative: ahead).

    Zero within `TOLERANCE`, and where `sent_at` can be no clock's: beyond `FURTHEST` ahead, or
    as early as no event may be. Clients write -1 or 0 where they do not know it.
    """
    if sent_at is None or not EARLIEST <= sent_at <= received_at + FURTHEST:
        return timedelta(0)
    difference = received_at - sent_at
    return difference if abs(difference) > TOLERANCE else timedelta(0)


def read_instant(value: Any) -> datetime | None:
    """An instant from ISO 8601 text or a number since 1970 (s, ms, µs or ns), else None.

    Without an offset the text is in UTC.
    """
    if isinstance(value, str) and (found := _iso(value.strip())) is not None:
        return found
    number = number_of(value)
    if number is None:
        return None
    try:
        return from_epoch_us(epoch_to_us(number))
    except (OverflowError, ValueError):
        return None


def _iso(text: str) -> datetime | None:
    # A plain number would be read as a basic-format date, such as 20261101.
    if len(text) < 10 or text.isdigit():
        return None
    try:
        return read_iso(text)
    except (ValueError, OverflowError):
        return None
