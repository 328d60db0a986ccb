"""Events are taken out of a table."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow.compute as pc
import pytest
from tests.lake.conftest import append_singly, batch, event, ids, ids_of

from footfall.lake import log
from footfall.lake.table import EventTable
from footfall.settings import LakeSettings, Settings

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


def test_events_that_were_taken_out_still_count_as_seen_when_the_log_is_short(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "CHECKPOINT_EVERY", 4)
    monkeypatch.setattr(log, "CLEAN_EVERY", 4)
    brief = Settings(lake=LakeSettings(log_retention="0s"))
    append_singly(make_table(), 3)
    make_table().delete(pc.field("event_id") == "e1")
    # Killed here: what is on disk of the index ends at the deletion, and the log begins behind it.
    writer = make_table(brief)
    for number in range(12):
        writer.append(ids(f"x{number}"))
    assert not (writer.log.folder / f"{5:020d}.json").exists()
    assert make_table().append(ids("e0", "e1", "x0", "x11")).n_stored == 0
