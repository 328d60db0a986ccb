"""Events are taken out of a table."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow.compute as pc
from tests.lake.conftest import batch, event, ids, ids_of

from footfall.lake.table import EventTable

Make = Callable[..., EventTable]


def test_events_are_taken_out_by_condition(make_table: Make) -> None:
    table = make_table()
    table.append(batch(event("a", distinct_id="x"), event("b"), event("c", distinct_id="y")))
    table.append(batch(event("d", distinct_id="x"), event("e", 720)))
    # Rows whose distinct id is null are not those of x, and stay.
    done = table.delete(pc.field("distinct_id") == "x")
    assert (done.n_rows, done.n_files) == (2, 2)
    assert ids_of(table) == ["b", "c", "e"]
    assert table.delete(pc.field("event_id") == "e").n_rows == 1
    assert table.delete(pc.field("event_id") == "nobody").n_files == 0
    assert ids_of(make_table()) == ["b", "c"]
    # They count as seen still: a sender that repeats itself does not bring them back.
    assert table.append(ids("a", "e")).n_stored == 0
