"""What of a tracker's request goes to the intake together: events and rejects by their lot."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from footfall.capture.protocols.adapter import Call, Reading, Refused, Sent
from footfall.capture.protocols.clock import slowness
from footfall.capture.protocols.hearsay import NOT_ALLOWED, excess, without_hearsay
from footfall.intake.issued import LONGEST, without_secrets
from footfall.intake.ledger import MAX_RAW
from footfall.intake.payload import RejectItem
from footfall.server.key_origins import KeyOrigin, KeyOrigins

_MAX_KEYS: Final = 1000
"""Keys of one request that are looked up; any beyond are taken as unknown."""
_NO_TIME: Final = timedelta(0)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lot:
    """What of a request goes to the intake together."""

    origin: KeyOrigin
    address: str
    slow: timedelta
    is_anonymous: bool = False


_Lots = dict[Lot, tuple[list[Sent], list[Refused]]]


class _Known:
    """Where the keys of one request lead, each looked up once and not without end."""

    def __init__(self, origins: KeyOrigins, call: Call) -> None:
        self._origins = origins
        self._call = call
        self._found: dict[tuple[str, str], KeyOrigin | None] = {}

    async def find(self, key: str, token: str = "") -> KeyOrigin | None:
        """The source that these lead to, None where there is none."""
        own = await self._look_up("", "") if self._call.key else None
        return own or await self._look_up(key, token)

    async def _look_up(self, key: str, token: str) -> KeyOrigin | None:
        place = (key, token)
        if place not in self._found:
            if len(self._found) >= _MAX_KEYS:
                return None
            self._found[place] = await self._origins.find(self._call, key, token)
        return self._found[place]


async def sort(origins: KeyOrigins, call: Call, reading: Reading) -> tuple[_Lots, list[Refused]]:
    """Events and rejects by where they go, and those whose key nobody knows."""
    lots: _Lots = {}
    unknown: list[Refused] = []
    known = _Known(origins, call)
    for sent in reading.sent:
        origin = await known.find(sent.key, sent.token)
        if origin is None:
            unknown.append(Refused(sent.index, "unknown_key", "", b"", sent.key))
            continue
        try:
            _place(lots, origin, sent, call.received_at)
        except Exception as error:
            # Of what no adapter ought to say, nothing else of the request may be lost.
            _log.exception("an event of %s cannot be taken", origin.source)
            _refuse(lots, origin, _odd(sent, error))
    for refused in reading.refused:
        origin = await known.find(refused.key)
        if origin is None:
            unknown.append(refused)
            continue
        _refuse(lots, origin, refused)
    return lots, unknown


def _place(lots: _Lots, origin: KeyOrigin, sent: Sent, received_at: datetime) -> None:
    """Put an event where it goes, as far as whoever has that key is believed."""
    if not origin.is_secret and (what := excess(sent)):
        _refuse(lots, origin, _unvouched(sent, what))
        return
    believed = sent if origin.is_secret else without_hearsay(sent)
    slow = slowness(sent.sent_at, received_at)
    lot = Lot(origin, believed.address, slow, sent.is_anonymous)
    lots.setdefault(lot, ([], []))[0].append(believed)


def _refuse(lots: _Lots, origin: KeyOrigin, refused: Refused) -> None:
    lots.setdefault(Lot(origin, "", _NO_TIME), ([], []))[1].append(refused)


def encode(sent: list[Sent]) -> tuple[bytes, list[Sent], list[Refused]]:
    """The events as a JSON array, those that are in it, and those that JSON cannot hold.

    Where a secret stands in the place of an id it is not kept: others may read events.
    """
    try:
        return without_secrets(msgspec.json.encode([each.event for each in sent])), sent, []
    except (ValueError, TypeError, OverflowError, RecursionError):
        return _encode_each(sent)


def reject(refused: Refused) -> RejectItem:
    """What is kept of a part that was refused, its secrets left out."""
    # Cut only behind a secret, of which else the beginning would be left.
    found = refused.raw[: MAX_RAW + LONGEST]
    reason = without_secrets(refused.reason.encode("utf-8", "replace")).decode()
    return RejectItem(refused.index, refused.code, reason, without_secrets(found)[: MAX_RAW + 1])


def _encode_each(sent: list[Sent]) -> tuple[bytes, list[Sent], list[Refused]]:
    texts: list[bytes] = []
    kept: list[Sent] = []
    odd: list[Refused] = []
    for each in sent:
        try:
            texts.append(msgspec.json.encode(each.event))
            kept.append(each)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raw = repr(each.event).encode("utf-8", "replace")[: MAX_RAW + LONGEST]
            odd.append(
                Refused(each.index, "invalid_event", f"a value cannot be kept: {error}", raw)
            )
    return without_secrets(b"[" + b",".join(texts) + b"]"), kept, odd


def _unvouched(sent: Sent, what: str) -> Refused:
    """An event that asks for more than an id which all can read may."""
    reason = f"{what} is taken with a write key only (`footfall token create --write SOURCE`)."
    return Refused(sent.index, NOT_ALLOWED, reason, _raw(sent), sent.key)


def _odd(sent: Sent, error: Exception) -> Refused:
    return Refused(
        sent.index, "invalid_event", f"the event cannot be taken: {error!r}", _raw(sent), sent.key
    )


def _raw(sent: Sent) -> bytes:
    body, _, odd = encode([sent])
    return odd[0].raw if odd else body[1:-1]
