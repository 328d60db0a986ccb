"""The ledger brought in line with the tables, where it was lost or events were put back by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from footfall.errors import LakeError
from footfall.intake.mend import mend
from footfall.model.ledger import Entry
from footfall.model.time import to_epoch_us

if TYPE_CHECKING:
    from footfall.intake.ledger import Ledger
    from footfall.lake.folder import LakeFolder
    from footfall.lake.table import EventTable

RECOUNT: Final = "recount"
"""Protocol, and stream, of what is counted this way."""

LOOKS: Final = 3
BETWEEN_LOOKS: Final = 1.5
"""Seconds; while events come in, the table is a moment ahead of the ledger."""


def recount(
    lake: LakeFolder,
    ledger: Ledger,
    *,
    now: datetime,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, int]:
    """Events by which the ledger was changed, by source; below zero where it had too many.

    They count as received and stored in the hour of `now`. A source whose events come in
    meanwhile is left alone, and so is one whose table cannot be read.
    """
    changed: dict[str, int] = {}
    for source in lake.sources():
        try:
            lacking = _lacking(ledger, lake.table(source.name), sleep)
        except LakeError:  # `doctor` tells of it
            continue
        if lacking:
            hour = now.replace(minute=0, second=0, microsecond=0)
            entry = Entry(source.name, hour, RECOUNT, received=lacking, stored=lacking)
            ledger.add([entry], RECOUNT, to_epoch_us(now))
            changed[source.name] = lacking
    return changed


def _lacking(ledger: Ledger, table: EventTable, sleep: Callable[[float], None]) -> int:
    # What stands in the log would be counted again later.
    mend(ledger, table)
    lacking = difference(ledger, table)
    for _ in range(LOOKS - 1):
        if not lacking:
            break
        sleep(BETWEEN_LOOKS)
        lacking = lacking if difference(ledger, table) == lacking else 0
    return lacking


def difference(ledger: Ledger, table: EventTable) -> int:
    """Events in the table that the ledger does not count as stored; raises `LakeError`."""
    name = table.source.name
    entry = ledger.balance(name).get(name)
    return table.snapshot().n_rows - (entry.stored if entry else 0)
