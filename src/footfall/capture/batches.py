"""Pieces of a file become batches that the lake can append."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.capture.apart import merged, parse_apart, read_apart, stacked, unreadable
from footfall.capture.identity import RecordIds
from footfall.capture.pieces import Piece
from footfall.capture.records import RAW_KEPT, TOO_LONG, Fault, Flaw, Format, Parsed, Records
from footfall.capture.requests import part_assets
from footfall.intake.enrich import enrich
from footfall.intake.issued import without_secrets
from footfall.intake.ledger import Reject
from footfall.intake.validate import AHEAD, EARLIEST
from footfall.lake.properties import declare
from footfall.lake.schema import arrow_schema
from footfall.model.ledger import Entry
from footfall.model.source import Source

PROTOCOL: Final = "file"


@dataclass(frozen=True)
class EventBatch:
    """Events ready to be appended, with what was rejected and how it is counted.

    `end` and `line` tell where the file stands afterwards. `halt` is the reject that ended
    a strict reading: the batch then holds what came before it.
    """

    table: pa.Table
    rejects: list[Reject]
    entry: Entry
    end: int
    line: int
    received_at: datetime
    is_tail: bool = False
    halt: Reject | None = None
    head_data: bytes = field(default=b"", repr=False)
    start: int = 0


@dataclass(frozen=True)
class Numbered:
    """A piece with its records and their event ids; neither where it is oversized."""

    piece: Piece
    records: Records | None
    ids: pa.Array | None


class Batches:
    """Makes batches out of one file's pieces, which must come in their order."""

    def __init__(
        self,
        source: Source,
        form: Format,
        ids: RecordIds,
        origin: str,
        clock: Callable[[], datetime],
        *,
        is_strict: bool = False,
    ) -> None:
        self._source = source
        self._form = form
        self._ids = ids
        self._origin = origin
        self._clock = clock
        self._is_strict = is_strict
        self._empty = _empty_table(source)

    def number(self, piece: Piece) -> Numbered:
        """The records of a piece and their ids, which hang on all that came before."""
        if piece.is_oversized:
            return Numbered(piece, None, None)
        records = self._form.records(piece.data, piece.line)
        return Numbered(piece, records, self._ids.assign(records.items))

    def make(self, numbered: Numbered) -> EventBatch:
        """The batch of a piece."""
        piece, records, ids = numbered.piece, numbered.records, numbered.ids
        received_at = self._clock()
        if records is None:
            reject = self._reject(piece.data, piece.line, TOO_LONG, "", received_at)
            batch = self._batch(self._empty, [reject], 0, piece, received_at)
            return replace(batch, halt=reject, rejects=[]) if self._is_strict else batch
        # Ids are hashes of what was read, so that the same file again is the same events.
        records = _keyless(records)
        parsed = timely(parse_apart(self._form, records), received_at)
        parsed, table, n_mismatched = self._events(parsed, ids)
        if self._is_strict and parsed.faults:
            return self._halted(piece, records, ids, parsed, received_at)
        rejects = self._rejects(records, ids, parsed, received_at)
        return self._batch(table, rejects, n_mismatched, piece, received_at)

    def _halted(
        self, piece: Piece, records: Records, ids: pa.Array, parsed: Parsed, received_at: datetime
    ) -> EventBatch:
        """The batch of what stands before the first fault."""
        first = min(parsed.faults, key=lambda fault: fault.record)
        n_before = int(np.searchsorted(parsed.rows, first.record))
        before = Parsed(parsed.table.slice(0, n_before), parsed.rows[:n_before])
        (reject,) = self._rejects(records, ids, replace(parsed, faults=[first]), received_at)
        _, table, n_mismatched = self._events(before, ids)
        end = int(records.starts[first.record])
        piece = replace(piece, end=piece.start + end, line=reject.line, data=piece.data[:end])
        return replace(
            self._batch(table, [], n_mismatched, piece, received_at), halt=reject, line=reject.line
        )

    def _events(self, parsed: Parsed, ids: pa.Array) -> tuple[Parsed, pa.Table, int]:
        return complete_apart(parsed, ids.take(pa.array(parsed.rows)), self._source)

    def _rejects(
        self, records: Records, ids: pa.Array, parsed: Parsed, received_at: datetime
    ) -> list[Reject]:
        return [
            self._reject(
                records.items[fault.record],
                int(records.lines[fault.record]),
                Flaw(fault.reason, fault.code),
                ids[fault.record].as_py(),
                received_at,
            )
            for fault in sorted(parsed.faults)
        ]

    def _reject(
        self, raw: bytes, line: int, flaw: Flaw, event_id: str, received_at: datetime
    ) -> Reject:
        return Reject(
            source=self._source.name,
            origin=self._origin,
            line=line,
            code=flaw.code,
            reason=flaw.reason,
            raw=raw[:RAW_KEPT],
            received_at=received_at,
            protocol=PROTOCOL,
            is_cut=len(raw) > RAW_KEPT or not event_id,
            event_id=event_id,
        )

    def _batch(
        self,
        table: pa.Table,
        rejects: list[Reject],
        n_mismatched: int,
        piece: Piece,
        received_at: datetime,
    ) -> EventBatch:
        entry = entry_for(
            self._source.name, received_at, table.num_rows, len(rejects), n_mismatched
        )
        return EventBatch(
            table=table,
            rejects=rejects,
            entry=entry,
            end=piece.end,
            line=piece.line + piece.data.count(b"\n"),
            received_at=received_at,
            is_tail=piece.is_tail,
            head_data=piece.data[:RAW_KEPT],
            start=piece.start,
        )


def _keyless(records: Records) -> Records:
    """The records without secrets that Footfall issued: everything stays in its place."""
    data = without_secrets(records.data)
    if data is records.data:
        return records
    return Records(data, records.starts, records.ends, records.lines)


def complete(table: pa.Table, ids: pa.Array, source: Source) -> tuple[pa.Table, int]:
    """Parsed events with ids, derived columns and declared properties; and the mismatches.

    `ids` stand where a record carries none of its own. Events without an actor belong to
    their session, where they have one.
    """
    ids = event_ids(table, ids)
    if "event_id" in table.column_names:
        table = table.drop_columns(["event_id"])
    table = part_assets(table.append_column("event_id", ids), source)
    sessions = table["session_id"] if "session_id" in table.column_names else None
    visitors = None if sessions is None else sessions.combine_chunks()
    table, n_mismatched = declare(enrich(table, source, visitors), source)
    return _typed(table, source), n_mismatched


def complete_apart(parsed: Parsed, ids: pa.Array, source: Source) -> tuple[Parsed, pa.Table, int]:
    """What can be completed of parsed events, as `complete` does it; others become faults.

    `ids` are those of the parsed events, in their order.
    """

    def work(start: int, end: int) -> tuple[Parsed, pa.Table, int]:
        rows, n_rows = parsed.rows[start:end], end - start
        events = parsed.table.slice(start, n_rows)
        return Parsed(events, rows), *complete(events, ids.slice(start, n_rows), source)

    def broken(row: int, error: Exception) -> tuple[Parsed, pa.Table, int]:
        fault = unreadable(int(parsed.rows[row]), error)
        return Parsed(parsed.table.slice(0, 0), parsed.rows[:0], [fault]), _empty_table(source), 0

    parts = read_apart(len(ids), work, broken)
    if len(parts) == 1 and not parts[0][0].faults:
        return parsed, *parts[0][1:]
    sound = merged([part for part, _, _ in parts])
    table = stacked([table for _, table, _ in parts])
    faults = sorted(parsed.faults + sound.faults)
    return replace(sound, faults=faults), table, sum(count for _, _, count in parts)


def _typed(table: pa.Table, source: Source) -> pa.Table:
    """The table with every column in the type that it is stored as."""
    for known in arrow_schema(source):
        place = table.schema.get_field_index(known.name)
        if place >= 0 and table.schema.field(place).type != known.type:
            table = table.set_column(place, known.name, table[known.name].cast(known.type))
    return table


def event_ids(table: pa.Table, ids: pa.Array) -> pa.Array:
    """The ids that parsed events bring along, else those of their records."""
    if "event_id" not in table.column_names:
        return ids
    return pc.coalesce(table["event_id"].combine_chunks(), ids)


def timely(parsed: Parsed, received_at: datetime) -> Parsed:
    """The same without events of times that cannot be; those are faults."""
    times = parsed.table["timestamp"]
    bounds = [pa.scalar(bound, times.type) for bound in (EARLIEST, received_at + AHEAD)]
    good = pc.and_(pc.greater_equal(times, bounds[0]), pc.less_equal(times, bounds[1]))
    if pc.all(good).as_py() is not False:
        return parsed
    kept = good.combine_chunks().to_numpy(zero_copy_only=False)
    # As text, for Python knows the years from 1 to 9999 alone.
    late = times.filter(pc.invert(good)).cast(pa.string()).to_pylist()
    faults = [
        Fault(
            int(record),
            f"timestamp: {time} is not between {EARLIEST.date()} and a day from now",
            "invalid_timestamp",
        )
        for record, time in zip(parsed.rows[~kept], late, strict=True)
    ]
    return Parsed(parsed.table.filter(good), parsed.rows[kept], sorted(parsed.faults + faults))


def entry_for(
    source: str, received_at: datetime, n_events: int, n_rejected: int, n_mismatched: int
) -> Entry:
    """Ledger line of a batch; what is stored and what is double, the append fills in."""
    hour = received_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return Entry(
        source,
        hour,
        PROTOCOL,
        received=n_events + n_rejected,
        rejected=n_rejected,
        mismatched=n_mismatched,
    )


def _empty_table(source: Source) -> pa.Table:
    schema: Any = arrow_schema(source)
    return schema.empty_table().drop_columns(["received_at"])
