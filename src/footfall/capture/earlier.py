"""Events of a file that the lake has, though the index of ids forgot them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from footfall.errors import LakeError
from footfall.intake.validate import AHEAD
from footfall.lake.rewrite import read_columns
from footfall.model.time import TimeRange

if TYPE_CHECKING:
    from datetime import datetime

    from footfall.lake.snapshot import DataFile
    from footfall.lake.table import EventTable

# By so much a line may have moved in time, where the zone of a mapping was mended since.
_MOVED: Final = timedelta(days=1)


def ids_taken_in(table: EventTable, events: pa.Table) -> pa.Array:
    """Ids of those of the events that the table has, as far as they may be forgotten.

    Only files of their days are read, and none for events so young that their ids are
    remembered in any case. Of a damaged file nothing can be told: its events count as new.
    Raises `LakeError` for a file that cannot be read otherwise.
    """
    none: pa.Array = pa.array([], pa.string())
    times = _forgotten_times(table, events)
    if times is None:
        return none
    condition = pc.field("event_id").isin(events["event_id"].combine_chunks())
    found = [_ids(table, file, condition) for file in table.snapshot(times).files]
    return pa.concat_arrays([none, *(part for part in found if part is not None)])


def _forgotten_times(table: EventTable, events: pa.Table) -> TimeRange | None:
    """When the table has the events whose ids may be forgotten; None where none may be."""
    if not events.num_rows:
        return None
    bounds = pc.min_max(events["timestamp"])
    earliest: datetime = bounds["min"].as_py()
    latest: datetime = bounds["max"].as_py()
    # No event is received more than a day before its own time.
    if earliest - _MOVED >= table.clock() - table.remembered + AHEAD:
        return None
    return TimeRange(earliest - _MOVED, latest + _MOVED)


def _ids(table: EventTable, file: DataFile, condition: pc.Expression) -> pa.Array | None:
    try:
        found = read_columns(file, table.source, ["event_id"], condition)
    except LakeError:
        if not table.damage.look([file]):
            raise
        return None
    return found["event_id"].combine_chunks()
