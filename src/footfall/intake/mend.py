"""The ledger put right after a crash, from what the lake noted in its own commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footfall.intake.ledger import Ledger

if TYPE_CHECKING:
    from footfall.lake.table import EventTable


def mend(ledger: Ledger, table: EventTable, stream: str | None = None) -> int:
    """Add counts of any stream that were committed but not written; how many slices.

    Goes on behind the commits it has seen before. With `stream` it looks only where that
    stream's counts are missing. It may be called at any time: what another process is
    about to count is counted once. To be called before commits leave the table's log.
    """
    source = table.source.name
    table.recover()
    if stream is not None and table.position(stream) <= ledger.position(stream, source):
        return 0
    after = ledger.mended(source)
    # A table that was put back from a backup counts its versions anew.
    after = -1 if after > table.snapshot().version else after
    last, n_mended = after, 0
    for note in table.notes(after):
        last = note.version
        if note.position is not None:
            n_mended += ledger.add(note.entries, note.position.stream, note.position.offset)
    if last != ledger.mended(source):
        ledger.note_mended(source, last)
    return n_mended
