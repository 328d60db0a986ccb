"""Events are appended once, with their position, and read at a version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from tests.lake.conftest import (
    EMPTY,
    NOON,
    Clock,
    append_singly,
    batch,
    event,
    ids,
    ids_of,
    rows_of,
)

from footfall.errors import LakeError
from footfall.lake import files, log, parquet
from footfall.lake.schema import arrow_schema
from footfall.lake.table import EventTable, Position
from footfall.model.ledger import Entry
from footfall.model.source import Source
from footfall.model.time import TimeRange
from footfall.settings import Settings

Make = Callable[..., EventTable]


def test_a_source_without_events_is_empty(make_table: Make) -> None:
    table = make_table()
    snapshot = table.snapshot()
    assert (snapshot.version, snapshot.files, snapshot.n_rows) == (-1, (), 0)
    assert table.position("journal:1") == -1
    assert table.seen(["a"]) == [False]
    assert list(table.notes(-1)) == []
    assert table.check() == []
    assert table.vacuum() == 0
    table.close()


def test_duplicates_in_the_batch_and_before_are_counted_not_stored(make_table: Make) -> None:
    table = make_table()
    # b twice in the batch: the first stays.
    first = table.append(batch(event("a"), event("b", name="one"), event("b", name="two")))
    assert (first.n_stored, first.n_duplicates) == (2, 1)
    second = table.append(ids("b", "c"))
    assert (second.n_stored, second.n_duplicates) == (1, 1)
    assert {row["event_id"]: row["name"] for row in rows_of(table, ["name"])} == {
        "a": "page_view",
        "b": "one",
        "c": "page_view",
    }


def test_a_position_at_or_below_the_committed_one_is_a_replay(make_table: Make) -> None:
    table = make_table()
    table.append(ids("a"), Position("journal:1", 10))
    for offset in (10, 9):
        again = table.append(ids("b"), Position("journal:1", offset))
        assert (again.is_replay, again.n_stored, again.n_duplicates) == (True, 0, 1)
    assert not table.append(ids("b"), Position("journal:2", 1)).is_replay
    assert table.position("journal:1") == 10
    assert ids_of(table) == ["a", "b"]


def test_a_batch_of_duplicates_or_of_nothing_still_moves_the_position(make_table: Make) -> None:
    table = make_table()
    table.append(ids("a"), Position("journal:1", 1))
    table.append(ids("a"), Position("journal:1", 2))
    table.append(EMPTY, Position("journal:1", 3))
    assert make_table().position("journal:1") == 3
    assert ids_of(table) == ["a"]


def test_nothing_to_store_and_no_position_makes_no_version(make_table: Make) -> None:
    table = make_table()
    version = table.append(ids("a")).version
    assert table.append(ids("a")).version == version


def test_entries_are_filled_in_and_noted_in_the_commit(make_table: Make) -> None:
    table = make_table()
    hours = [datetime(2026, 11, 3, hour, tzinfo=UTC) for hour in (12, 13)]
    entries = [
        Entry("web", hours[0], "http", received=3, rejected=1),
        Entry("web", hours[1], "http", received=2, mismatched=1),
    ]
    rows = batch(event("a"), event("b", 60), event("a"), event("c", 61))
    done = table.append(
        rows, Position("journal:1", 7), entries=entries, entry_of=np.array([0, 1, 0, 1])
    )
    expected = (
        Entry("web", hours[0], "http", received=3, stored=1, duplicates=1, rejected=1),
        Entry("web", hours[1], "http", received=2, stored=2, mismatched=1),
    )
    assert done.entries == expected
    assert all(entry.is_balanced for entry in done.entries)
    (note,) = make_table().notes(-1)
    assert (note.version, note.position) == (done.version, Position("journal:1", 7))
    assert note.entries == expected
    assert list(table.notes(done.version)) == []


def test_a_missing_time_of_receipt_is_filled_in(make_table: Make) -> None:
    table = make_table()
    given = datetime(2026, 11, 3, 13, tzinfo=UTC)
    table.append(ids("a").drop_columns(["received_at"]), received_at=given)
    table.append(ids("b").drop_columns(["received_at"]))
    assert [row["received_at"] for row in rows_of(table, ["received_at"])] == [given, NOON]


@pytest.mark.parametrize("minutes", [(0, 719, 720), (720, 719, 0), (0, 720, 719)])
def test_events_lie_in_the_day_of_their_time(
    make_table: Make, minutes: tuple[int, int, int]
) -> None:
    table = make_table()
    table.append(batch(*(event(str(minute), minute) for minute in minutes)))
    days = {file.day: pq.ParquetFile(file.path).read() for file in table.snapshot().files}
    found = {day: set(events["event_id"].to_pylist()) for day, events in days.items()}
    assert found == {date(2026, 11, 3): {"0", "719"}, date(2026, 11, 4): {"720"}}


def test_a_snapshot_stays_as_it_was(make_table: Make) -> None:
    table = make_table()
    table.append(ids("a"))
    before = table.snapshot()
    make_table().append(ids("b"))
    assert before.n_rows == 1
    assert table.snapshot().n_rows == 2
    assert table.snapshot().version == before.version + 1


def test_a_snapshot_keeps_only_files_that_can_hold_the_range(make_table: Make) -> None:
    table = make_table()
    for minute in (0, 10, 20, 24 * 60):
        table.append(ids(f"e{minute}", minute=minute))

    def kept(start: float, end: float) -> int:
        span = TimeRange(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end), "UTC")
        return len(table.snapshot(span).files)

    assert kept(-5, 0) == 0  # half-open: the event at 0 is not in it
    assert kept(0, 10) == 1
    assert kept(0, 10.5) == 2
    assert kept(5, 25) == 2
    assert kept(24 * 60, 24 * 60 + 1) == 1
    assert kept(-9999, 9999) == 4


def test_the_files_say_what_the_log_says(make_table: Make) -> None:
    table = make_table(price="float")
    table.append(batch(event("a", p_price=2.0), event("b", 5)))
    (file,) = table.snapshot().files
    assert (file.min_timestamp, file.max_timestamp) == (NOON, NOON + timedelta(minutes=5))
    assert file.max_received_at == NOON + timedelta(minutes=5)
    assert file.columns == {"p_price"}
    assert Path(file.path).is_relative_to(table.root)
    assert table.snapshot().n_bytes == file.n_bytes


def test_a_property_declared_later_gets_a_column(make_table: Make) -> None:
    make_table().append(ids("a"))
    later = make_table(price="float")
    later.append(batch(event("b", p_price=2.0)))
    assert {file.columns for file in later.snapshot().files} == {
        frozenset(),
        frozenset({"p_price"}),
    }
    assert [row["p_price"] for row in rows_of(later, ["p_price"])] == [None, 2.0]
    # A handle that has not heard of it goes on as before, and takes nothing away.
    version = make_table().append(ids("c")).version
    assert later.append(ids("d").append_column("p_price", pa.array([1.0]))).version == version + 1


def test_a_declared_type_cannot_change_under_a_column(make_table: Make) -> None:
    make_table(price="float").append(ids("a"))
    with pytest.raises(LakeError, match=r"'p_price'.*sources/web.toml"):
        make_table(price="text").append(ids("b"))


def test_other_delta_readers_see_the_same(make_table: Make) -> None:
    table = make_table(price="float")
    table.append(batch(event("a", p_price=2.5, country="DE"), event("b", 720)))
    read = DeltaTable(str(table.root)).to_pyarrow_table(
        columns=["day", "event_id", "timestamp", "country", "p_price"]
    )
    assert read.sort_by("event_id").to_pylist() == [
        {
            "day": date(2026, 11, 3),
            "event_id": "a",
            "timestamp": NOON,
            "country": "DE",
            "p_price": 2.5,
        },
        {
            "day": date(2026, 11, 4),
            "event_id": "b",
            "timestamp": NOON + timedelta(hours=12),
            "country": None,
            "p_price": None,
        },
    ]


def test_new_folders_are_on_the_disk_with_what_is_in_them(
    make_table: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    for module in (files, parquet, log):
        monkeypatch.setattr(module, "sync_folder", synced.append)
    table = make_table()
    table.append(batch(event("a"), event("b", 720)))
    # A folder is lasting when its parent is: the lake has `tables`, which has `web`, which
    # has the log and a folder for each of two days, which have a file each.
    days = sorted(table.root.glob("day=*"))
    assert {*synced} >= {tmp_path, tmp_path / "tables", table.root, table.log.folder, *days}
    n_before = synced.count(table.root)
    table.append(ids("c"))
    assert synced.count(table.root) == n_before
    table.append(ids("d", minute=2880))
    assert synced.count(table.root) == n_before + 1


def test_an_entry_tells_when_it_was_made_by_the_clock_passed_in(tmp_path: Path) -> None:
    made = log.DeltaLog(tmp_path, Source("web"), Settings().lake, clock=lambda: NOON)
    made.create()
    schema = arrow_schema(Source("web"))
    events = pa.Table.from_pylist([event("a")], schema)
    written = parquet.write_events(tmp_path, NOON.date(), schema, [events], parquet.APPENDED)
    version = made.commit([written], is_new_data=True)
    text = (made.folder / f"{version:020d}.json").read_text("utf-8")
    assert f'"modificationTime":{int(NOON.timestamp()) * 1000}' in text


def test_many_streams_have_their_positions(make_table: Make) -> None:
    table = make_table()
    for number in range(30):
        table.append(ids(f"e{number}"), Position(f"file:{number % 3}", number))
    assert [make_table().position(f"file:{number}") for number in range(3)] == [27, 28, 29]


def test_a_handle_that_slept_through_checkpoints_catches_up(make_table: Make) -> None:
    sleeper = make_table()
    sleeper.append(ids("a"))
    writer = append_singly(make_table(), 25)
    writer.log.clean()
    entries = sorted((writer.root / "_delta_log").glob("*.json"))
    for entry in entries[:-1]:
        entry.unlink()
    assert sleeper.snapshot().n_rows == 26
    assert sleeper.append(ids("e7", "z")).n_stored == 1


def test_old_ids_may_come_again_when_the_window_is_over(make_table: Make, clock: Clock) -> None:
    table = make_table()
    table.append(ids("a"))
    clock.now = NOON + timedelta(days=6, hours=23)
    assert table.append(ids("a")).n_stored == 0
    table.close()
    clock.now = NOON + timedelta(days=9)
    late = make_table()
    late.append(batch(event("b", received_at=clock.now)))
    late.close()
    assert make_table().append(ids("a")).n_stored == 1
