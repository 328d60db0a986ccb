"""A stretch of the journal, taken apart by source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec
import numpy as np

from footfall.intake.ledger import Reject
from footfall.intake.payload import Payload, decode_payload, split_events
from footfall.intake.reader import JournalReader
from footfall.intake.segment import Record
from footfall.model.ledger import Entry
from footfall.model.time import HOUR_US, from_epoch_us

SLICE_EVENTS: Final = 50_000
SLICE_BYTES: Final = 32 * 2**20


@dataclass(slots=True)
class JournaledRequest:
    """A record of the journal; `fault` says why none of its events can be stored."""

    record: Record
    payload: Payload
    fault: str = ""

    @property
    def has_refused(self) -> bool:
        """Whether anything of it does not go to the lake."""
        return bool(self.fault or self.payload.rejects or self.payload.n_duplicates)

    @property
    def hour(self) -> int:
        """Start of the hour of receipt, µs since 1970."""
        return self.payload.received_at // HOUR_US * HOUR_US


_BySource = dict[str, list[JournaledRequest]]


@dataclass(slots=True)
class Slice:
    """Requests between two offsets of the journal, by source."""

    start: int
    end: int
    sources: dict[str, list[JournaledRequest]] = field(
        default_factory=dict[str, list[JournaledRequest]]
    )
    unreadable: list[Record] = field(default_factory=list[Record])
    n_events: int = 0

    def add(self, request: JournaledRequest) -> None:
        """Take a request in."""
        self.sources.setdefault(request.payload.source, []).append(request)
        self.n_events += request.payload.n_events


def slices(
    journal: JournalReader, start: int, end: int, source: str | None = None
) -> Iterator[Slice]:
    """The journal between two offsets in pieces that fit into memory, in order.

    With `source` only that one's requests are in them.
    """
    current = Slice(start, start)
    for record in journal.read(start, end):
        _take(current, record, source)
        current.end = record.end_offset
        is_full = current.n_events >= SLICE_EVENTS
        if is_full or current.end - current.start >= SLICE_BYTES:
            yield current
            current = Slice(current.end, current.end)
    current.end = end
    yield current


def _take(current: Slice, record: Record, source: str | None) -> None:
    try:
        payload = decode_payload(record.payload)
    except (msgspec.DecodeError, UnicodeDecodeError):
        current.unreadable.append(record)
        return
    if source is None or payload.source == source:
        current.add(JournaledRequest(record, payload))


def accepted_entries(requests: list[JournaledRequest]) -> list[Entry]:
    """Counts of what was decided before the journal: repetitions and rejects."""
    duplicates, rejected = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for request in requests:
        key = (request.hour, request.payload.protocol)
        duplicates[key] += request.payload.n_duplicates
        rejected[key] += len(request.payload.rejects)
        if request.fault:
            rejected[key] += request.payload.n_events
    return [
        Entry(
            requests[0].payload.source,
            from_epoch_us(hour),
            protocol,
            received=duplicates[hour, protocol] + rejected[hour, protocol],
            duplicates=duplicates[hour, protocol],
            rejected=rejected[hour, protocol],
        )
        for hour, protocol in sorted(duplicates)
        if duplicates[hour, protocol] or rejected[hour, protocol]
    ]


def stored_entries(
    requests: list[JournaledRequest], n_events: list[int]
) -> tuple[list[Entry], np.ndarray]:
    """Counts of what goes to the lake, and for each event the index of its entry.

    `n_events` are those of each request.
    """
    index_of: dict[tuple[int, str], int] = {}
    indices: list[int] = []
    for request in requests:
        key = (request.payload.received_at // HOUR_US, request.payload.protocol)
        indices.append(index_of.setdefault(key, len(index_of)))
    entry_of = np.repeat(indices, n_events)
    counts = np.bincount(entry_of, minlength=len(index_of))
    source = requests[0].payload.source
    entries = [
        Entry(source, from_epoch_us(hour * HOUR_US), protocol, received=int(counts[index]))
        for (hour, protocol), index in index_of.items()
    ]
    return entries, entry_of


def rejects_of(request: JournaledRequest) -> list[Reject]:
    """Rejects of a request as the ledger keeps them, and one for each event that is not stored."""
    payload = request.payload
    received_at = from_epoch_us(payload.received_at)
    found = [
        Reject(
            payload.source, "http" if payload.protocol != "library" else "library",
            item.index, item.code, item.reason, item.raw, received_at, payload.protocol,
            is_vouched=payload.is_vouched,
        )
        for item in payload.rejects
    ]  # fmt: skip
    if request.fault:
        code, parts = _left(payload)
        found += [
            # Below zero, where no index of the request itself is.
            Reject(payload.source, "journal", line, code, request.fault, part, received_at,
                   payload.protocol, is_vouched=payload.is_vouched)
            for line, part in zip(range(-1, -1 - len(parts), -1), parts, strict=True)
        ]  # fmt: skip
    return found


def _left(payload: Payload) -> tuple[str, list[bytes]]:
    """Events of a record as texts, so that each can be replayed; else the record as it is."""
    try:
        return "not_stored", [bytes(event) for event in split_events(payload.body)]
    except msgspec.DecodeError:
        return "unreadable_record", [payload.body]
