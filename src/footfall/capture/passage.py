"""One file on its way into the lake: from where it was left to its end, and on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from footfall.capture.batches import Batches, EventBatch, entry_for, event_ids
from footfall.capture.earlier import ids_taken_in
from footfall.capture.identity import RecordIds
from footfall.capture.logfiles import open_format, with_rules
from footfall.capture.pieces import PIECE, Pieces
from footfall.capture.positions import Positions
from footfall.capture.records import HEAD
from footfall.capture.soundness import sound_content
from footfall.errors import InvalidEvents
from footfall.intake.mend import mend
from footfall.lake.rewrite import count_rows
from footfall.lake.table import Appended, Position

if TYPE_CHECKING:
    from footfall.intake.ledger import Ledger, Reject
    from footfall.intake.places import Places
    from footfall.lake.table import EventTable


@dataclass
class Counts:
    """What became of what was read; `problems` are files that could not be read to the end."""

    files: int = 0
    received: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    mismatched: int = 0
    halt: Reject | None = None
    problems: list[str] = field(default_factory=list[str])

    def to_dict(self) -> dict[str, int]:
        """The counts as programs read them."""
        names = ("files", "received", "stored", "duplicates", "rejected", "mismatched")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Target:
    """What every passage into one source shares."""

    table: EventTable
    ledger: Ledger
    positions: Positions
    secret: bytes
    clock: Callable[[], datetime]
    places: Places | None = None
    counts: Counts = field(default_factory=Counts)
    stop: threading.Event = field(default_factory=threading.Event)
    is_strict: bool = False
    is_following: bool = False
    piece_size: int = PIECE
    on_bytes: Callable[[int], None] = lambda _: None


class Passage:
    """Reads one open file into a source, beginning where it was left.

    `is_growing` says that it is being written to, and so committed often.
    """

    def __init__(
        self, raw: BinaryIO, origin: str, target: Target, *, is_growing: bool = False
    ) -> None:
        self.content = sound_content(raw, origin, target.stop.is_set)
        self._origin = origin
        self._target = target
        self._is_growing = is_growing or target.is_following
        self._head = self.content.peek(HEAD)
        self.n_reported = 0
        self._form = open_format(target.table.source, target.secret, self._head, target.places)
        self._ids = RecordIds(target.table.source.name)
        self._tail: _Tail | None = None
        self._stream = ""
        self._is_repeat: bool | None = None
        self._is_copy = False
        begin = self.content.skip(self._form.begin(self._head))
        line = 1 + self._head[:begin].count(b"\n")
        self._pieces = Pieces(self.content, self._form, begin, line, size=target.piece_size)
        self._batches = Batches(
            with_rules(target.table.source),
            self._form,
            self._ids,
            origin,
            target.clock,
            is_strict=target.is_strict,
        )

    @property
    def head(self) -> bytes:
        """The first bytes of the content, at most 64 KiB."""
        return self._head

    def find(self) -> int:
        """How many bytes of the content were read before; 0 if none."""
        target = self._target
        offset, stream = target.positions.find(self._head)
        self._stream = stream
        self._is_copy = target.positions.went_on(stream)
        if stream:
            # A process that was killed may have stored what it did not come to count, and
            # what comes next in the stream would hide that.
            mend(target.ledger, target.table, stream)
        return offset

    def resume(self, offset: int) -> None:
        """Go on at byte `offset`, up to which the content was read before."""
        last = None
        for piece in self._pieces.read(is_last=True, until=offset):
            if not piece.is_oversized:
                records = self._form.records(piece.data, piece.line)
                if piece.is_tail and len(records):
                    start = int(records.starts[0])
                    data, line = piece.data[start:], int(records.lines[0])
                    last = _Tail(records.items, data, piece.start + start, line)
                else:
                    self._ids.pass_over(records.items)
        self._tail = last
        self._report()

    def drain(self, *, is_last: bool) -> None:
        """Store what there is; with `is_last` also a last line that has no end."""
        self._mend_tail()
        with _thread("parse") as parsing, _thread("store") as storing:
            # While one piece is read here, the one before is taken apart, and the one before
            # that is stored: a disk that lets it wait holds up nobody.
            waiting: Future[EventBatch] | None = None
            stored: Future[None] | None = None
            batches = self._prepare(parsing, is_last=is_last)
            while True:
                upcoming, damage = _next(batches)
                stored = self._pass_on(waiting, stored, storing)
                if upcoming is None:
                    break
                waiting = upcoming
            if stored is not None:
                stored.result()
        if damage is not None:
            raise damage

    def _pass_on(
        self,
        waiting: Future[EventBatch] | None,
        stored: Future[None] | None,
        storing: ThreadPoolExecutor,
    ) -> Future[None] | None:
        """Let the waiting batch be stored once the one before it is.

        One that cannot be stored ends it all: the next would hide the gap.
        """
        if waiting is None:
            return None
        batch = waiting.result()
        if stored is not None:
            stored.result()
        return storing.submit(self._store, batch)

    def _prepare(self, pool: ThreadPoolExecutor, *, is_last: bool) -> Iterator[Future[EventBatch]]:
        for piece in self._pieces.read(is_last=is_last):
            yield pool.submit(self._batches.make, self._batches.number(piece))
            if self._target.stop.is_set() or self._target.counts.halt is not None:
                return

    def _mend_tail(self) -> None:
        """Take back a last line that was read before it was written to its end."""
        tail, following = self._tail, self.content.peek(2) if self._tail else b""
        if tail is None or not following:
            return
        self._tail = None
        if not self._form.continues(tail.data, following):
            self._ids.pass_over(tail.items)
            return
        self._take_back(tail)
        self._pieces.push_back(tail.data, tail.start, tail.line)

    def _take_back(self, tail: _Tail) -> None:
        target, source = self._target, self._target.table.source.name
        ids = self._ids.peek(tail.items)
        parsed = self._form.parse(self._form.records(tail.data, tail.line))
        stored = event_ids(parsed.table, pa.array(ids).take(pa.array(parsed.rows))).to_pylist()
        refused = [ids[fault.record] for fault in parsed.faults]
        condition = pc.field("event_id").isin(stored)
        n_stored = sum(
            count_rows(file, target.table.source, condition)
            for file in (target.table.snapshot().files if stored else ())
        )
        n_rejected = target.ledger.n_known(source, refused)
        undone = entry_for(source, target.clock(), -n_stored, -n_rejected, 0)
        # Counted first and once: a crash behind it repeats the rest, which then finds less.
        stream = f"taken back:{self._stream}:{tail.start}:{ids[0]}"
        target.ledger.add([replace(undone, stored=-n_stored)], stream, 0)
        target.ledger.withdraw(source, refused)
        if stored:
            target.table.delete(condition)

    def _store(self, batch: EventBatch) -> None:
        target = self._target
        if target.counts.halt is not None:
            return
        self._lengthen_head(batch)
        if batch.end == batch.start:
            self._count(batch, 0, 0)
            return
        if batch.is_tail and batch.entry.received and self._is_copy:
            target.counts.problems.append(_torn(self._origin, batch))
            self._report()
            return
        events, n_earlier = self._sift(batch)
        stream = self._name(batch)
        # Rejects first: a crash behind them repeats the batch, and they are kept once.
        n_rejected = target.ledger.reject(batch.rejects, stream, batch.end if batch.is_tail else 0)
        done = self._append(batch, events, n_earlier, stream)
        self._count(batch, done.n_stored, done.n_duplicates + n_earlier)
        self._report()
        if not done.is_replay and not batch.is_tail:
            self._see_copy(batch, done.n_stored + n_rejected)

    def _name(self, batch: EventBatch) -> str:
        """The stream of the batch; whoever knows the one before learns that it went on."""
        positions, before = self._target.positions, self._stream
        self._stream = positions.note(
            self._head, self._origin, batch.end, batch.line, is_growing=self._is_growing
        )
        if before not in ("", self._stream):
            positions.note_going_on(before, self._origin)
        return self._stream

    def _sift(self, batch: EventBatch) -> tuple[pa.Table, int]:
        """The events of the batch without those that came earlier, and the number of those."""
        earlier = self._earlier(batch)
        if not len(earlier):
            return batch.table, 0
        events = batch.table.filter(pc.invert(pc.is_in(batch.table["event_id"], earlier)))
        return events, batch.table.num_rows - events.num_rows

    def _earlier(self, batch: EventBatch) -> pa.Array:
        """Ids of events of the batch that another file brought, or this one by another way."""
        table, positions, first = self._target.table, self._target.positions, self._ids.first
        if self._is_repeat is None and first:
            self._is_repeat = positions.is_repeat(first, self._stream)
            positions.note_first(first, self._origin, is_shared=self._is_repeat)
        # Of a file whose first record nobody could have noted, its head has to tell.
        if not (self._is_repeat or (positions.has_unnoted and batch.start < HEAD)):
            return pa.array([], pa.string())
        found = ids_taken_in(table, batch.table)
        if len(found) and not self._is_repeat:
            self._is_repeat = True
            positions.note_first(first, self._origin, is_shared=True)
        return found

    def _append(self, batch: EventBatch, events: pa.Table, n_earlier: int, stream: str) -> Appended:
        """Store `events`, which are those of the batch but for some that came earlier."""
        target, entry = self._target, batch.entry
        if n_earlier:
            known = entry_for(entry.source, batch.received_at, n_earlier, 0, 0)
            # Counted first and once, as the rest may be repeated after a crash.
            target.ledger.add([replace(known, duplicates=n_earlier)], f"known:{stream}", batch.end)
            entry = replace(entry, received=entry.received - n_earlier)
        done = target.table.append(
            events,
            Position(stream, batch.end),
            received_at=batch.received_at,
            entries=[entry],
        )
        if done.is_replay:
            mend(target.ledger, target.table, stream)
        else:
            target.ledger.add(done.entries, stream, batch.end)
        return done

    def _see_copy(self, batch: EventBatch, n_new: int) -> None:
        """Tell by a batch that was stored whether this is a copy of what others read further."""
        if n_new:
            self._is_copy = False
        elif batch.table.num_rows or self._is_copy:
            self._is_copy = True
            self._target.positions.note_going_on(self._stream, self._origin)

    def _lengthen_head(self, batch: EventBatch) -> None:
        known = len(self._head)
        if known < HEAD and batch.start <= known < batch.end:
            self._head = (self._head + batch.head_data[known - batch.start :])[:HEAD]

    def _count(self, batch: EventBatch, n_stored: int, n_duplicates: int) -> None:
        counts = self._target.counts
        counts.received += batch.entry.received
        counts.stored += n_stored
        counts.duplicates += n_duplicates
        counts.rejected += batch.entry.rejected
        counts.mismatched += batch.entry.mismatched
        if batch.halt is not None:
            counts.halt = batch.halt
            counts.received += 1
            counts.rejected += 1

    def _report(self) -> None:
        self._target.on_bytes(self.content.n_raw - self.n_reported)
        self.n_reported = self.content.n_raw


def _thread(work: str) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, f"footfall-{work}")


def _next(
    batches: Iterator[Future[EventBatch]],
) -> tuple[Future[EventBatch] | None, InvalidEvents | None]:
    """The next batch, none at the end; and the damage, where that was the end."""
    try:
        return next(batches, None), None
    except InvalidEvents as damage:
        return None, damage


def _torn(origin: str, batch: EventBatch) -> str:
    return (
        f"{origin} ends within line {batch.line}, and a file that begins like it went on there "
        "when it was read before. That line is left out, for it looks cut off; if it is whole, end "
        "it with a line feed and ingest the file again."
    )


@dataclass(frozen=True)
class _Tail:
    """Records that the end of the file ended when it was last read; `data` to that end."""

    items: list[bytes]
    data: bytes
    start: int
    line: int
