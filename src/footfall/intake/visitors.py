"""Visitors without a name: told apart by their network address, of which only a hash is kept."""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from typing import Final

SEPARATOR: Final = "\x1f"
"""Stands between the parts that an identity is made of."""


def visitor_base(secret: bytes, address: str, day: date) -> str:
    """Keyed hash of a network address on one day, 32 hexadecimal digits.

    >>> len(visitor_base(b"key", "203.0.113.7", date(2026, 11, 1)))
    32
    """
    text = f"{day.isoformat()}{SEPARATOR}{address}"
    return blake2b(text.encode(), key=secret, digest_size=16).hexdigest()
