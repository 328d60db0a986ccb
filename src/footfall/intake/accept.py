"""Events of a request checked and identified: the quick way first, then one by one."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import count
from typing import Final

import msgspec

from footfall.errors import TooLarge
from footfall.intake.canonical import MAX_DEPTH, Event
from footfall.intake.decode import split
from footfall.intake.ledger import MAX_RAW
from footfall.intake.payload import (
    Context,
    RejectItem,
    encode_events,
    join_events,
    split_events,
)
from footfall.intake.validate import AHEAD, EARLIEST, EventLimits, Rejected, read_event
from footfall.model.source import Source
from footfall.model.time import MICROSECOND, epoch_to_us, from_epoch_us, to_epoch_us
from footfall.settings import IntakeSettings, parse_size

_EARLIEST_US: Final = to_epoch_us(EARLIEST)
_TOO_EARLY: Final = _EARLIEST_US - 1
_AHEAD_US: Final = AHEAD // MICROSECOND
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_NUL: Final = b"\\u0000"
_NO_TIME: Final = timedelta(0)

_one = msgspec.json.Decoder(Event)
_many = msgspec.json.Decoder(list[Event])
_content = msgspec.json.Encoder(order="deterministic")


@dataclass(slots=True)
class Accepted:
    """Events of one request that can be kept, and the rejects.

    `body` holds the events as the journal keeps them, in the sender's own bytes where nothing
    had to be changed; empty where there is none. `ids` are their identities, in order. `is_new`
    says that all of these were made up just now, so that none can have come before. `oldest` is
    the least of their times, µs since 1970, or None where it was not looked at.
    """

    body: bytes = b""
    ids: list[str] = field(default_factory=list[str])
    rejects: list[RejectItem] = field(default_factory=list[RejectItem])
    is_new: bool = False
    oldest: int | None = None

    def drop(self, known: Iterable[str] = ()) -> int:
        """Leave out events that are known and repetitions; returns how many those were."""
        seen = set(known)
        fresh: list[int] = []
        for place, event_id in enumerate(self.ids):
            if event_id not in seen:
                seen.add(event_id)
                fresh.append(place)
        n_dropped = len(self.ids) - len(fresh)
        if n_dropped:
            texts = split_events(self.body)
            self.body = join_events([texts[place] for place in fresh])
            self.ids = [self.ids[place] for place in fresh]
        return n_dropped


@dataclass(slots=True)
class _Read:
    """Events of a request; `raw` is a body that holds exactly these, where there is one."""

    events: list[Event]
    raw: bytes | None = None
    rejects: list[RejectItem] = field(default_factory=list[RejectItem])
    oldest: int | None = None

    def body(self) -> bytes:
        """The events as the journal keeps them."""
        if not self.events:
            return b""
        return self.raw if self.raw is not None else encode_events(self.events)


class Acceptor:
    """Checks requests against the settings' limits."""

    def __init__(
        self,
        settings: IntakeSettings,
        *,
        random: Callable[[int], str] = secrets.token_hex,
    ) -> None:
        self._max_events = settings.max_events
        self._max_event = parse_size(settings.max_event)
        # Ids of events that bring neither id nor time: no other event ever equals them.
        self._prefix = random(8)
        self._counter = count()

    def accept(
        self,
        source: Source,
        body: bytes,
        context: Context,
        received_at: datetime,
        slow: timedelta = _NO_TIME,
    ) -> Accepted:
        """The events of a body, each with its id and time; nothing is kept yet.

        Where an id is missing it follows from the content and the place in the request, so
        that the same request sent again is recognized; an event without a time is dated
        now and new each time. `slow` is how far the sender's clock is behind (negative:
        ahead), and is added to its times. Raises `InvalidEvents` where the body cannot be
        read as a whole, `TooLarge` for too many events.
        """
        body = body.strip()
        # The sender's own clock tells what is too far ahead, and takes part in the ids: the
        # same request sent again later has the same ones.
        now = received_at - slow
        read = self._quick(body, now) or self._one_by_one(source, body, now)
        if len(read.events) > self._max_events:
            raise self._too_many(len(read.events))
        ids = [event.event_id or "" for event in read.events]
        dated = [event for event in read.events if event.timestamp is not None]
        is_new = False
        if "" in ids or len(dated) < len(ids):
            is_new = self._fill(read, ids, context, received_at)
        if slow and dated:
            _set_right(dated, slow)
            read.raw = read.oldest = None
        # The events themselves are let go of here: memory that is used again at once is quick.
        return Accepted(read.body(), ids, read.rejects, is_new, read.oldest)

    def _quick(self, body: bytes, received_at: datetime) -> _Read | None:
        """All events at once where nothing is the matter with any of them."""
        first = body[:1]
        try:
            if first == b"[":
                read = _Read(_many.decode(body), body)
            elif first == b"{":
                read = _objects(body)
            else:
                return None
        except _UNREADABLE:
            return None
        is_good = (
            len(body) <= self._max_event
            # One byte is looked for many times as quickly as several.
            and not (b"\\" in body and _NUL in body)
            and _is_shallow(body, read.events)
            and _are_timely(read, received_at)
        )
        return read if is_good else None

    def _one_by_one(self, source: Source, body: bytes, received_at: datetime) -> _Read:
        items = split(body)
        if len(items) > self._max_events:
            raise self._too_many(len(items))
        limits = EventLimits(self._max_event, received_at + AHEAD, source.timezone)
        read = _Read([])
        for index, item in enumerate(items):
            try:
                read.events.append(read_event(item, limits))
            except Rejected as error:
                cut = item[: MAX_RAW + 1]
                read.rejects.append(RejectItem(index, error.code, error.reason, cut))
        return read

    def _fill(self, read: _Read, ids: list[str], context: Context, received_at: datetime) -> bool:
        """Give every event its id and time; returns whether all came without either."""
        request, n_new = next(self._counter), 0
        for index, event in enumerate(read.events):
            is_dated = event.timestamp is not None
            if event.event_id is None:
                n_new += not is_dated
                ids[index] = event.event_id = self._identify(event, request, index, context)
            if not is_dated:
                # The time given here says nothing of when the event was first sent.
                event.timestamp = received_at
                read.oldest = None
        read.raw = None
        return n_new == len(ids)

    def _identify(self, event: Event, request: int, index: int, context: Context) -> str:
        if event.timestamp is None:
            return f"{self._prefix}{request:010x}{index:06x}"
        if isinstance(event.timestamp, int | float):
            event.timestamp = from_epoch_us(epoch_to_us(event.timestamp))
        return _derived(event, index, context)

    def _too_many(self, n_events: int) -> TooLarge:
        return TooLarge(
            f"The body has {n_events} events, allowed are {self._max_events}: send fewer at once, "
            "or raise max_events in [intake] of footfall.toml."
        )


def _set_right(events: list[Event], slow: timedelta) -> None:
    for event in events:
        moment = event.timestamp
        if isinstance(moment, int | float):
            moment = from_epoch_us(epoch_to_us(moment))
        if moment is not None:
            event.timestamp = moment + slow


def _objects(body: bytes) -> _Read:
    """One object, or one in each line."""
    try:
        return _Read([_one.decode(body)], b"[" + body + b"]")
    except msgspec.ValidationError:
        raise
    except msgspec.DecodeError:
        return _Read(_one.decode_lines(body), body)


def _is_shallow(body: bytes, events: list[Event]) -> bool:
    """Whether the brackets are too few for any event to be deep."""
    # To look for one behind the first is many times as quick as to count all.
    n_brackets = sum([body.count(each) for each in (b"{", b"[") if body.find(each, 1) > 0])
    if n_brackets < MAX_DEPTH:
        return True
    n_plain = len(events) + sum([event.properties is not None for event in events])
    return n_brackets - n_plain < MAX_DEPTH - 2


def _are_timely(read: _Read, received_at: datetime) -> bool:
    moments = [event.timestamp for event in read.events if event.timestamp is not None]
    if not moments:
        return True
    oldest, latest = _bounds(moments)
    read.oldest = oldest
    return oldest >= _EARLIEST_US and latest <= to_epoch_us(received_at) + _AHEAD_US


def _bounds(moments: list[datetime | int | float]) -> tuple[int, int]:
    """The least and the greatest of some moments, µs since 1970.

    A number that is no moment counts as one that is too early.
    """
    numbers = [moment for moment in moments if not isinstance(moment, datetime)]
    found = _bounds_of_numbers(numbers) if numbers else []
    if len(numbers) < len(moments):
        dated = [moment for moment in moments if isinstance(moment, datetime)]
        found += [to_epoch_us(min(dated)), to_epoch_us(max(dated))]
    return min(found), max(found)


def _bounds_of_numbers(numbers: Sequence[float]) -> list[int]:
    low, high = min(numbers), max(numbers)
    # Numbers of about the same size have the same unit, and so their order.
    chosen = {low, high} if low > 0 and high < 2 * low else numbers
    try:
        return [epoch_to_us(number) for number in chosen]
    except (OverflowError, ValueError):
        return [_TOO_EARLY]


def _derived(event: Event, index: int, context: Context) -> str:
    """Identity of an event by its content: 24 hexadecimal digits.

    One without a name for its actor is told apart by where it came from.
    """
    is_named = event.distinct_id or event.user_id or event.actor_id
    origin = "" if is_named else f"{context.visitor} {context.user_agent}"
    content = _content.encode((event, index, origin))
    return blake2b(content, digest_size=12).hexdigest()
