"""What `footfall doctor` looks at beyond the tables: the ledger, the journals, the clock."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footfall.cli.output import count
from footfall.lake.check import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from footfall.intake.journal import Journal
    from footfall.intake.ledger import Ledger
    from footfall.lake.folder import LakeFolder
    from footfall.model.ledger import Entry

# While events come in, the table is a moment ahead of the ledger.
_LOOKS: Final = 3
_BETWEEN_LOOKS: Final = 1.5


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
    ledger: Ledger,
    *,
    is_full: bool,
    progress: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Found]:
    """Everything found to be wrong with a lake, part by part.

    `progress` is told what is looked at; `is_full` reads every byte of every table.
    """
    for source in lake.sources():
        progress(f"table of {source.name}")
        for finding in lake.table(source.name).check(is_full=is_full):
            yield Found(source.name, finding)
    progress("journals")
    yield from _check_journals(lake)
    progress("ledger")
    for source in lake.sources():
        finding = _check_ledger(lake, ledger, source.name, sleep)
        if finding is not None:
            yield Found(source.name, finding)


def _check_ledger(
    lake: LakeFolder, ledger: Ledger, source: str, sleep: Callable[[float], None]
) -> Finding | None:
    finding: Finding | None = None
    for look in range(_LOOKS):
        if look:
            sleep(_BETWEEN_LOOKS)
        entry = ledger.balance(source).get(source)
        finding = _compare(source, entry, lake.table(source).snapshot().n_rows)
        if finding is None:
            return None
    return finding


def _compare(source: str, entry: Entry | None, n_rows: int) -> Finding | None:
    stored = entry.stored if entry else 0
    if entry is not None and not entry.is_balanced:
        return Finding(
            "ledger_unbalanced",
            "error",
            f"Of {entry.received} events received for {source!r}, {entry.stored} were stored, "
            f"{entry.duplicates} were duplicates and {entry.rejected} were rejected, which does "
            "not add up.",
            "Keep the lake as it is and report this: it should not be possible.",
        )
    if stored != n_rows:
        return Finding(
            "ledger_differs",
            "error",
            f"The ledger counts {stored} events stored for {source!r}; its table has {n_rows}.",
            "Start `footfall serve` once, which mends the ledger from the table's log after a "
            "crash. If events were restored or deleted by hand, the table is right.",
        )
    return None


def _check_journals(lake: LakeFolder) -> Iterator[Found]:
    from footfall.intake.journal import Journal

    folder = lake.root / "journal"
    if not folder.is_dir():
        return
    for journal in Journal.leftovers(folder):
        n_waiting = _n_waiting(lake, journal)
        if n_waiting:
            yield Found(f"journal {journal.id}", _not_moved(n_waiting))
    for kept in sorted(folder.glob("*/damaged/*")):
        yield Found(f"journal {kept.parts[-3]}", _damaged(kept))


def _n_waiting(lake: LakeFolder, journal: Journal) -> int:
    """Records that no table has taken over yet."""
    from footfall.intake.payload import decode_payload

    positions: dict[str, int] = {}
    n_waiting = 0
    for record in journal.read():
        source = decode_payload(record.payload).source
        if source not in positions:
            positions[source] = lake.table(source).position(journal.stream)
        n_waiting += record.end_offset > positions[source]
    return n_waiting


def _not_moved(n_waiting: int) -> Finding:
    return Finding(
        "journal_waiting",
        "warning",
        f"A journal that no process works on holds {count(n_waiting, 'request')}; the events are "
        "safe, but not in any answer yet.",
        "Start `footfall serve`, which moves them into the tables.",
    )


def _damaged(kept: Path) -> Finding:
    return Finding(
        "journal_damaged",
        "error",
        f"{kept.stat().st_size} bytes of a journal could not be read; they are kept in {kept}.",
        "Check the disk. Ask the senders of that time to send again (what is stored is not "
        "stored twice), then remove the file.",
    )
