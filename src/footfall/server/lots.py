"""What of a tracker's request goes to the intake together: events and rejects by their lot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import msgspec

from footfall.capture.protocols.adapter import Call, Reading, Refused, Sent
from footfall.capture.protocols.clock import slowness
from footfall.intake.ledger import MAX_RAW
from footfall.server.key_origins import KeyOrigin, KeyOrigins

_MOST_KEYS: Final = 1000
"""Keys of one request that are looked up; any beyond are taken as unknown."""
_NO_TIME: Final = timedelta(0)


@dataclass(frozen=True, slots=True)
class Lot:
    """What of a request goes to the intake together."""

    origin: KeyOrigin
    address: str
    slow: timedelta
    is_anonymous: bool = False


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
            if len(self._found) >= _MOST_KEYS:
                return None
            self._found[place] = await self._origins.find(self._call, key, token)
        return self._found[place]


async def sort(
    origins: KeyOrigins, call: Call, reading: Reading
) -> tuple[dict[Lot, tuple[list[Sent], list[Refused]]], list[Refused]]:
    """Events and rejects by where they go, and those whose key nobody knows."""
    lots: dict[Lot, tuple[list[Sent], list[Refused]]] = {}
    unknown: list[Refused] = []
    known = _Known(origins, call)
    for sent in reading.sent:
        origin = await known.find(sent.key, sent.token)
        if origin is None:
            unknown.append(Refused(sent.index, "unknown_key", "", b"", sent.key))
            continue
        if sent.secret_for and not origin.is_secret:
            plain = lots.setdefault(Lot(origin, "", _NO_TIME), ([], []))
            plain[1].append(_unvouched(sent))
            continue
        believed = sent if origin.is_secret else _without_hearsay(sent)
        slow = slowness(sent.sent_at, call.received_at)
        lot = Lot(origin, believed.address, slow, sent.is_anonymous)
        lots.setdefault(lot, ([], []))[0].append(believed)
    for refused in reading.refused:
        origin = await known.find(refused.key)
        if origin is None:
            unknown.append(refused)
            continue
        lots.setdefault(Lot(origin, "", _NO_TIME), ([], []))[1].append(refused)
    return lots, unknown


def encode(sent: list[Sent]) -> tuple[bytes, list[Sent], list[Refused]]:
    """The events as a JSON array, those that are in it, and those that JSON cannot hold."""
    try:
        return msgspec.json.encode([each.event for each in sent]), sent, []
    except (ValueError, TypeError, OverflowError, RecursionError):
        return _encode_each(sent)


def _encode_each(sent: list[Sent]) -> tuple[bytes, list[Sent], list[Refused]]:
    texts: list[bytes] = []
    kept: list[Sent] = []
    odd: list[Refused] = []
    for each in sent:
        try:
            texts.append(msgspec.json.encode(each.event))
            kept.append(each)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            raw = repr(each.event).encode("utf-8", "replace")[: MAX_RAW + 1]
            odd.append(
                Refused(each.index, "invalid_event", f"a value cannot be kept: {error}", raw)
            )
    return b"[" + b",".join(texts) + b"]", kept, odd


def _without_hearsay(sent: Sent) -> Sent:
    """The event without what only its sender says of the visitor's address and browser.

    Whoever knows no more than an id that all can read is taken for the visitor.
    """
    event = sent.event
    # An empty one says that a program sent it, which is no claim.
    if event.get("user_agent"):
        event = {name: value for name, value in event.items() if name != "user_agent"}
    return replace(sent, event=event, address="")


def _unvouched(sent: Sent) -> Refused:
    """An event that asks for more than an id which all can read may."""
    raw, *_ = encode([sent])
    reason = (
        f"{sent.secret_for} is taken with a secret write key only "
        "(`footfall token create --write SOURCE`)."
    )
    return Refused(sent.index, "not_allowed", reason, raw[1:-1], sent.key)
