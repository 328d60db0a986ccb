"""The ledger put right after a crash, from what the lake noted in its own commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footfall.intake.ledger import Ledger

if TYPE_CHECKING:
    from footfall.lake.table import EventTable


def mend(ledger: Ledger, table: EventTable, stream: str) -> int:
    """Add counts of a stream that were committed but not written; how many slices it was.

    Quick where nothing is missing. Call while nobody else appends from this stream.
    """
    if table.position(stream) <= ledger.position(stream, table.source.name):
        return 0
    n_mended = 0
    for note in table.notes(-1):
        if note.position is not None and note.position.stream == stream:
            n_mended += ledger.add(note.entries, stream, note.position.offset)
    return n_mended
