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

_LOOKS: Final = 3
_BETWEEN_LOOKS: Final = 1.5
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
            table = lake.table(source.name)
            # What stands in the log would be counted again later.
            mend(ledger, table)
            lacking = settled_difference(ledger, table, sleep)
        except LakeError:  # `doctor` tells of it
            continue
        if lacking:
            hour = now.replace(minute=0, second=0, microsecond=0)
            entry = Entry(source.name, hour, RECOUNT, received=lacking, stored=lacking)
            ledger.add([entry], RECOUNT, to_epoch_us(now))
            changed[source.name] = lacking
    return changed


def settled_difference(ledger: Ledger, table: EventTable, sleep: Callable[[float], None]) -> int:
    """Events that the table has more than the ledger counts as stored; below zero for fewer.

    It is 0 unless several looks find the same. Raises `LakeError`.
    """
    first = _difference(ledger, table)
    for _ in range(_LOOKS - 1):
        if not first:
            break
        sleep(_BETWEEN_LOOKS)
        if _difference(ledger, table) != first:
            return 0
    return first


def _difference(ledger: Ledger, table: EventTable) -> int:
    name = table.source.name
    entry = ledger.balance(name).get(name)
    return table.snapshot().n_rows - (entry.stored if entry else 0)
