"""The way from the journal into the lake: decode, enrich, append, account."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from footfall.errors import FootfallError, UnknownSource
from footfall.intake.ledger import Ledger, accepted_stream
from footfall.intake.mend import mend
from footfall.intake.reader import JournalReader
from footfall.intake.slices import (
    JournaledRequest,
    Slice,
    accepted_entries,
    rejects_of,
    slices,
    stored_entries,
)
from footfall.intake.standing import Moved, Standing

if TYPE_CHECKING:
    from footfall.lake.folder import LakeFolder
    from footfall.lake.table import EventTable

_log = logging.getLogger(__name__)

Report = Callable[[Standing], None]


class Carrier:
    """Carries events out of journals into the lake. Killed at any moment, nothing is lost.

    Where each source stands is recorded in the commit that stores its events, so nothing
    is stored twice; a source whose table cannot be written waits, the others go on.
    """

    def __init__(self, lake: LakeFolder, ledger: Ledger) -> None:
        self._lake = lake
        self._ledger = ledger

    def prepare(self, journal: JournalReader) -> int:
        """Mend the ledger; the furthest offset that a table or the ledger has seen, or -1."""
        with journal.moving:
            reached = self._ledger.reached(journal.stream)
            for source in self._lake.sources():
                table = self._lake.table(source.name)
                mend(self._ledger, table)
                reached = max(reached, table.position(journal.stream))
        return reached

    def move(
        self, journal: JournalReader, standing: Standing, end: int, report: Report
    ) -> tuple[Moved, Standing]:
        """What was moved up to `end`, and how the journal stands then.

        `report` is told how it stands on the way.
        """
        with journal.moving:
            run = _Run(self._lake, self._ledger, journal, standing)
            moved = run.retry()
            if run.position < end:
                for part in slices(journal, run.position, end):
                    moved += run.move(part)
                    report(run.standing)
            return moved, run.standing

    def rest(self) -> None:
        """Nothing: tables stay known in this process."""


class _Run:
    """One journal being moved; `standing` is how far it got."""

    def __init__(
        self, lake: LakeFolder, ledger: Ledger, journal: JournalReader, standing: Standing
    ) -> None:
        self._lake = lake
        self._ledger = ledger
        self._journal = journal
        self._stuck = dict(standing.stuck)
        self.position = standing.position

    @property
    def standing(self) -> Standing:
        return Standing(self.position, dict(self._stuck))

    def retry(self) -> Moved:
        """Try once more to move what waits, source by source."""
        moved = Moved()
        for source, start in list(self._stuck.items()):
            del self._stuck[source]
            for part in slices(self._journal, start, self.position, source):
                requests = part.sources.get(source)
                if requests:
                    moved += self._move_source(source, requests, part)
                if source in self._stuck:
                    break
        return moved

    def move(self, part: Slice) -> Moved:
        """Move a slice, all of its sources but those that wait."""
        for record in part.unreadable:
            self._journal.set_aside(record)
        moved = Moved(part.end - part.start)
        for source, requests in part.sources.items():
            if source not in self._stuck:
                moved += self._move_source(source, requests, part)
        self.position = part.end
        return moved

    def _move_source(self, source: str, requests: list[JournaledRequest], part: Slice) -> Moved:
        try:
            return self._store(source, requests, part)
        except UnknownSource as error:
            return self._refuse([_faulty(request, f"{error}") for request in requests], part)
        except (FootfallError, OSError):
            _log.exception("source %s: events wait in the journal", source)
            self._stuck[source] = part.start
            return Moved()

    def _store(self, source: str, requests: list[JournaledRequest], part: Slice) -> Moved:
        table = self._lake.table(source)
        committed = table.position(self._journal.stream)
        open_, batch = _build(
            table.source, [item for item in requests if item.record.end_offset > committed]
        )
        done = [item for item in requests if item.record.end_offset <= committed]
        if done:
            # Whoever stored them may not have come to count them.
            mend(self._ledger, table, self._journal.stream)
        moved = self._refuse([*done, *open_], part)
        if batch is not None:
            moved += self._append(table, batch, part)
        return moved

    def _refuse(self, requests: list[JournaledRequest], part: Slice) -> Moved:
        """Account for what never reaches the lake: rejects, and repetitions found before."""
        stream, source = accepted_stream(self._journal.stream), requests[0].payload.source
        known = self._ledger.position(stream, source)
        fresh = [item for item in requests if item.has_refused and item.record.end_offset > known]
        for request in fresh:
            rejects = rejects_of(request)
            self._ledger.reject(rejects, self._journal.stream, request.record.end_offset)
        entries = accepted_entries(fresh) if fresh else []
        self._ledger.add(entries, stream, part.end)
        return Moved(
            n_duplicates=sum(entry.duplicates for entry in entries),
            n_rejected=sum(entry.rejected for entry in entries),
        )

    def _append(self, table: EventTable, batch: LakeBatch, part: Slice) -> Moved:
        from footfall.lake.table import Position

        entries, entry_of = stored_entries(batch.requests, batch.n_events)
        entries[0] = replace(entries[0], mismatched=batch.n_mismatched)
        appended = table.append(
            batch.table,
            Position(self._journal.stream, part.end),
            entries=entries,
            entry_of=entry_of,
        )
        if appended.is_replay:
            mend(self._ledger, table, self._journal.stream)
            return Moved()
        self._ledger.add(appended.entries, self._journal.stream, part.end)
        return Moved(n_stored=appended.n_stored, n_duplicates=appended.n_duplicates)


@dataclass(frozen=True, slots=True)
class LakeBatch:
    """Events ready for the lake: of each of these requests so many, one after the other.

    So many values did not fit their declared column.
    """

    requests: list[JournaledRequest]
    n_events: list[int]
    table: Any
    n_mismatched: int


_Built = tuple[list[JournaledRequest], LakeBatch | None]


def _build(source: Any, requests: list[JournaledRequest]) -> _Built:
    """The requests with their events as columns; those that resist are marked as faulty."""
    full = [request for request in requests if request.payload.body]
    if not full:
        return requests, None
    try:
        return requests, _columns(source, full)
    except Exception as error:
        if len(full) == 1:
            _log.exception("a record at %d cannot be turned into columns", full[0].record.offset)
            bad = full[0]
            why = f"the record's events cannot be read: {error}"
            return [_faulty(item, why) if item is bad else item for item in requests], None
        middle = len(requests) // 2
        return _both(_build(source, requests[:middle]), _build(source, requests[middle:]))


def _both(first: _Built, second: _Built) -> _Built:
    import pyarrow as pa

    batches = [batch for batch in (first[1], second[1]) if batch is not None]
    if not batches:
        return [*first[0], *second[0]], None
    table = pa.concat_tables([batch.table for batch in batches], promote_options="default")
    return [*first[0], *second[0]], LakeBatch(
        [request for batch in batches for request in batch.requests],
        [n_events for batch in batches for n_events in batch.n_events],
        table,
        sum(batch.n_mismatched for batch in batches),
    )


def _columns(source: Any, requests: list[JournaledRequest]) -> LakeBatch:
    from footfall.intake.columns import to_table
    from footfall.intake.enrich import enrich
    from footfall.lake.properties import declare

    table, visitors, n_events = to_table([each.payload for each in requests])
    return LakeBatch(requests, n_events, *declare(enrich(table, source, visitors), source))


def _faulty(request: JournaledRequest, why: str) -> JournaledRequest:
    return replace(request, fault=request.fault or why)
