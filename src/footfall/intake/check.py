"""What can be wrong with a lake: its tables, its journals, and what the ledger counts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from footfall.errors import Conflict, FootfallError, LakeError, StorageFull, UnknownSource
from footfall.intake.journal import JOURNALS, Journal
from footfall.intake.ledger import FILE_NAME, Ledger, accepted_stream
from footfall.intake.payload import Payload, decode_payload
from footfall.intake.reader import DAMAGED, damaged_name
from footfall.intake.recount import settled_difference
from footfall.lake.check import Finding, check_definitions, storage_full

if TYPE_CHECKING:
    from pathlib import Path

    from footfall.intake.segment import Record
    from footfall.lake.folder import LakeFolder
    from footfall.model.ledger import Entry


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and the source or part of the lake that it is about."""

    about: str
    finding: Finding

    def to_dict(self) -> dict[str, str]:
        """The finding as a row."""
        finding = self.finding
        return {
            "about": self.about,
            "code": finding.code,
            "severity": finding.severity,
            "message": finding.message,
            "way_out": finding.way_out,
        }


def check_lake(
    lake: LakeFolder,
    *,
    is_full: bool,
    progress: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Found]:
    """Everything found to be wrong with a lake, part by part.

    `progress` is told what is looked at; `is_full` reads every byte of every table.
    """
    for name, finding in check_definitions(lake):
        yield Found(name, finding)
    for source in lake.sources():
        progress(f"table of {source.name}")
        for finding in lake.table(source.name).check(is_full=is_full):
            yield Found(source.name, finding)
    progress("ledger")
    with _opened(lake.root / FILE_NAME, is_full) as ledger:
        if isinstance(ledger, Finding):
            yield Found("ledger", ledger)
            yield from _check_journals(lake, None)
            return
        progress("journals")
        yield from _check_journals(lake, ledger)
        for source in lake.sources():
            finding = _check_counts(lake, ledger, source.name, sleep)
            if finding is not None:
                yield Found(source.name, finding)


@contextmanager
def _opened(path: Path, is_full: bool) -> Generator[Ledger | Finding]:
    """The ledger in that file, or what is wrong with it."""
    try:
        ledger = Ledger(path)
    except FootfallError as error:
        yield _unusable(path, error)
        return
    with closing(ledger):
        fault = _fault(ledger, is_full)
        yield ledger if fault is None else _unusable(path, fault)


def _fault(ledger: Ledger, is_full: bool) -> FootfallError | str | None:
    try:
        return next(iter(ledger.faults(is_full=is_full)), None)
    except FootfallError as error:
        return error


def _unusable(path: Path, fault: FootfallError | str) -> Finding:
    if isinstance(fault, StorageFull):
        return storage_full(fault)
    if isinstance(fault, Conflict):
        return Finding("ledger_layout", "error", fault.message, "Do what the message says.")
    told = fault if isinstance(fault, FootfallError) else f"The ledger {path} is damaged: {fault}."
    return Finding(
        "ledger_unreadable",
        "error",
        f"{told} Counts, rejects and positions of files cannot be read; the events are untouched.",
        f"Stop the server and put {path.name} back from a backup. Without one move it away, with "
        f"{path.name}-wal and {path.name}-shm: a new one is made at the next start, which "
        "`footfall doctor --recount` brings in line with the tables.",
    )


def _check_counts(
    lake: LakeFolder, ledger: Ledger, source: str, sleep: Callable[[float], None]
) -> Finding | None:
    entry = ledger.balance(source).get(source)
    if entry is not None and not entry.is_balanced:
        return _unbalanced(entry)
    try:
        lacking = settled_difference(ledger, lake.table(source), sleep)
    except LakeError:  # found by the check of the table
        return None
    return _differing(ledger, source, lacking) if lacking else None


def _unbalanced(entry: Entry) -> Finding:
    return Finding(
        "ledger_unbalanced",
        "error",
        f"Of {entry.received} events received for {entry.source!r}, {entry.stored} were stored, "
        f"{entry.duplicates} were duplicates and {entry.rejected} were rejected, which does "
        "not add up.",
        "Keep the lake as it is and report this: it should not be possible.",
    )


def _differing(ledger: Ledger, source: str, lacking: int) -> Finding:
    entry = ledger.balance(source).get(source)
    stored = entry.stored if entry else 0
    return Finding(
        "ledger_differs",
        "error",
        f"The ledger counts {stored} events stored for {source!r}; its table has "
        f"{stored + lacking}.",
        "Start `footfall serve` once, which adds what a crash left out, as long as it stands "
        "in the table's log. If events were restored or deleted by hand, or the ledger is a "
        "new one, `footfall doctor --recount` brings it in line with the table.",
    )


def _check_journals(lake: LakeFolder, ledger: Ledger | None) -> Iterator[Found]:
    folder = lake.root / JOURNALS
    if not folder.is_dir():
        return
    for journal in Journal.leftovers(folder):
        contents = _Contents(lake, ledger, journal)
        for record in journal.read():
            contents.take(record)
        for finding in contents.findings():
            yield Found(f"journal {journal.id}", finding)
    for kept in sorted(folder.glob(f"*/{DAMAGED}/*")):
        yield Found(f"journal {kept.parts[-3]}", _damaged(kept))


@dataclass
class _Contents:
    """What a journal that nobody works on holds, as far as it is not done with.

    Without a ledger only events are looked for: what was counted cannot be told.
    """

    lake: LakeFolder
    ledger: Ledger | None
    journal: Journal
    n_waiting: int = 0
    n_unreadable: int = 0
    gone: Counter[str] = field(default_factory=Counter[str])
    _stored: dict[str, int | None] = field(default_factory=dict[str, "int | None"])
    _counted: dict[str, int] = field(default_factory=dict[str, int])

    def take(self, record: Record) -> None:
        """Look at a record."""
        try:
            payload = decode_payload(record.payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            kept = self.journal.folder / DAMAGED / damaged_name(record.offset)
            self.n_unreadable += not kept.exists()
            return
        if self._is_waiting(record, payload):
            is_gone = self._stored_until(payload.source) is None
            self.gone[payload.source] += is_gone
            self.n_waiting += not is_gone

    def findings(self) -> Iterator[Finding]:
        """What is to be said about it."""
        if self.n_waiting:
            yield _not_moved(self.n_waiting)
        for source, n_requests in sorted(self.gone.items()):
            if n_requests:
                yield _source_gone(source, n_requests)
        if self.n_unreadable:
            yield _unreadable(self.n_unreadable)

    def _is_waiting(self, record: Record, payload: Payload) -> bool:
        """Whether its events are not in the table, or what was refused is not counted."""
        source, end = payload.source, record.end_offset
        until = self._stored_until(source)
        if until is None:
            # Its events cannot be stored: they are done with once they are rejects.
            return end > self._counted_until(source)
        has_refused = self.ledger is not None and bool(payload.rejects or payload.n_duplicates)
        return (payload.n_events > 0 and end > until) or (
            has_refused and end > self._counted_until(source)
        )

    def _stored_until(self, source: str) -> int | None:
        """Up to where the source's table has the journal; None where there is no source."""
        if source not in self._stored:
            try:
                self._stored[source] = self.lake.table(source).position(self.journal.stream)
            except UnknownSource:
                self._stored[source] = None
            except LakeError:  # found by the check of the table
                self._stored[source] = -1
        return self._stored[source]

    def _counted_until(self, source: str) -> int:
        if self.ledger is None:
            return -1
        if source not in self._counted:
            stream = accepted_stream(self.journal.stream)
            self._counted[source] = self.ledger.position(stream, source)
        return self._counted[source]


def _not_moved(n_waiting: int) -> Finding:
    return Finding(
        "journal_waiting",
        "warning",
        f"A journal that no process works on holds {_requests(n_waiting)}; the events are safe, "
        "but not in any answer yet.",
        "Start `footfall serve`, which moves them into the tables.",
    )


def _source_gone(source: str, n_requests: int) -> Finding:
    return Finding(
        "source_gone",
        "warning",
        f"A journal holds {_requests(n_requests)} for the source {source!r}, which is not there.",
        f"To keep the events, add it again with `footfall source add {source}` before you start "
        "`footfall serve`, which makes rejects of them otherwise.",
    )


def _unreadable(n_records: int) -> Finding:
    what = "a request" if n_records == 1 else f"{n_records} requests"
    return Finding(
        "journal_damaged",
        "error",
        f"A journal holds {what} that cannot be understood; a newer Footfall may have written it.",
        "Start `footfall serve` of the version that wrote it. Any other puts a copy into the "
        "journal's folder `damaged` and goes on.",
    )


def _damaged(kept: Path) -> Finding:
    return Finding(
        "journal_damaged",
        "error",
        f"{kept.stat().st_size} bytes of a journal could not be read; they are kept in {kept}.",
        "Check the disk. Ask the senders of that time to send again (what is stored is not "
        "stored twice), then remove the file.",
    )


def _requests(n_requests: int) -> str:
    return f"{n_requests:,} request{'' if n_requests == 1 else 's'}"
