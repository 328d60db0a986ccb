"""Where a page of a listing ended, as a text that asks for the following page."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

import msgspec

from footfall.errors import InvalidQuery
from footfall.model.time import FIRST_INSTANT, LAST_INSTANT, to_epoch_us

_FIRST_US: Final = to_epoch_us(FIRST_INSTANT)
_LAST_US: Final = to_epoch_us(LAST_INSTANT)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in an order of rows: behind the row of that time (epoch microseconds) and key.

    The key tells rows of one time apart: the id of an event, the actor or name of a session.
    """

    order: str
    epoch_us: int
    key: str

    def to_text(self) -> str:
        """The cursor as callers get it, in letters that may stand in an address."""
        place = [self.order, self.epoch_us, self.key]
        return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")

    @classmethod
    def from_text(cls, text: str, order: str) -> Cursor:
        """The cursor of a text; raises `InvalidQuery` where it is none, or of another order."""
        cursor = _read(text)
        if cursor.order != order:
            raise InvalidQuery(
                f"cursor belongs to pages ordered by {cursor.order!r}, not {order!r}; keep the "
                "order, or start without a cursor.",
                parameter="cursor",
            )
        return cursor


def _read(text: str) -> Cursor:
    try:
        padded = text + "=" * (-len(text) % 4)
        form = base64.b64decode(padded, altchars=b"-_", validate=True)
        cursor = Cursor(*msgspec.json.decode(form, type=tuple[str, int, str]))
    except (binascii.Error, ValueError, TypeError, msgspec.DecodeError) as error:
        raise _unknown() from error
    if not _FIRST_US <= cursor.epoch_us <= _LAST_US:
        raise _unknown()
    return cursor


def _unknown() -> InvalidQuery:
    return InvalidQuery(
        "cursor is not one that a page gave; start without a cursor.", parameter="cursor"
    )
