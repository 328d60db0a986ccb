"""What of a tracker's request goes to the intake together: events and rejects by their lot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from footfall.capture.protocols.adapter import Call, Reading, Refused, Sent
from footfall.capture.protocols.clock import read_instant, slowness
from footfall.intake.ledger import MAX_RAW
from footfall.intake.payload import RejectItem
from footfall.model.identity import EXPLICIT
from footfall.server.key_origins import KeyOrigin, KeyOrigins
from footfall.workspace.secrets import LONGEST, without_secrets

_MOST_KEYS: Final = 1000
"""Keys of one request that are looked up; any beyond are taken as unknown."""
_NO_TIME: Final = timedelta(0)
_LATE: Final = timedelta(days=1)
"""How long ago an event may have joined ids, where all can read the key it came with."""


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
        believed = sent if origin.is_secret else _without_hearsay(sent, call.received_at)
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


def _without_hearsay(sent: Sent, received_at: datetime) -> Sent:
    """The event without what only its sender says of the visitor's address and browser.

    Whoever knows no more than an id that all can read is taken for the visitor: they may
    say now who they are, and neither join two people nor change what was long ago.
    """
    unfit = {"anonymous_id"} if _reaches_far(sent, received_at) else set[str]()
    # An empty one says that a program sent it, which is no claim.
    if sent.event.get("user_agent"):
        unfit.add("user_agent")
    event = {name: value for name, value in sent.event.items() if name not in unfit}
    return replace(sent, event=event if unfit else sent.event, address="")


def _reaches_far(sent: Sent, received_at: datetime) -> bool:
    """Whether an event would join ids that are known, or do so in the past."""
    if sent.event.get("name") in EXPLICIT:
        return True
    given = sent.event.get("timestamp")
    moment = given if isinstance(given, datetime) else read_instant(given)
    if moment is None:
        return False
    happened = moment.replace(tzinfo=moment.tzinfo or UTC) + slowness(sent.sent_at, received_at)
    return received_at - happened > _LATE


def _unvouched(sent: Sent) -> Refused:
    """An event that asks for more than an id which all can read may."""
    raw, *_ = encode([sent])
    reason = (
        f"{sent.secret_for} is taken with a secret write key only "
        "(`footfall token create --write SOURCE`)."
    )
    return Refused(sent.index, "not_allowed", reason, raw[1:-1], sent.key)
