"""Compaction changes files, never events."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.lake.conftest import NOON, Clock, append_singly, batch, event, ids, ids_of, rows_of

from footfall.errors import LakeError
from footfall.lake import compact as compact_module
from footfall.lake.parquet import CLUSTERED, MERGED, is_clustered, write_events
from footfall.lake.plan import plan
from footfall.lake.replace import only_one
from footfall.lake.rewrite import rewrite
from footfall.lake.schema import arrow_schema, conform
from footfall.lake.snapshot import DataFile
from footfall.lake.table import EventTable
from footfall.model.source import Source
from footfall.settings import LakeSettings, Settings

Make = Callable[..., EventTable]

DAY = date(2026, 11, 3)
MIDNIGHT = datetime(2026, 11, 4, tzinfo=UTC)


def file(key: str, n_rows: int, **values: Any) -> DataFile:
    base: dict[str, Any] = {
        "path": f"/{key}",
        "n_rows": n_rows,
        "n_bytes": n_rows * 50,
        "day": DAY,
        "min_timestamp": NOON,
        "max_timestamp": NOON,
        "max_received_at": NOON,
        "key": f"day=2026-11-03/{key}",
    }
    return DataFile(**(base | values))


def planned(files: list[DataFile], now: datetime = NOON, **values: Any) -> list[tuple[str, int]]:
    jobs = plan(files, values.pop("declared", frozenset()), now, **values)
    return [(job.kind, len(job.files)) for job in jobs]


def many(n: int, n_rows: int, prefix: str = "a") -> list[DataFile]:
    return [file(f"{prefix}-{n_rows}-{place}.parquet", n_rows) for place in range(n)]


def test_eight_files_of_a_size_are_merged_with_all_smaller_ones() -> None:
    assert planned(many(7, 100)) == []
    assert planned(many(8, 100)) == [("merge", 8)]
    # Eight of thousands, three of hundreds: all eleven; the large one stays.
    assert planned(many(8, 2000) + many(3, 100) + many(1, 900_000)) == [("merge", 11)]
    # Eight small ones do not drag seven larger ones along.
    assert planned(many(7, 20_000) + many(8, 100)) == [("merge", 8)]
    assert planned(many(9, 1_000_000)) == []


def test_a_day_is_clustered_an_hour_after_its_end_when_nothing_came_for_a_while() -> None:
    files = many(2, 100)
    assert planned(files, MIDNIGHT + timedelta(minutes=59)) == []
    assert planned(files, MIDNIGHT + timedelta(minutes=60)) == [("cluster", 2)]
    late = [*files, file("a-late.parquet", 1, max_received_at=MIDNIGHT + timedelta(minutes=55))]
    assert planned(late, MIDNIGHT + timedelta(minutes=60)) == []
    assert planned(late, MIDNIGHT + timedelta(minutes=65)) == [("cluster", 3)]


def test_a_clustered_day_is_clustered_again_when_a_tenth_is_late() -> None:
    now = MIDNIGHT + timedelta(days=3)
    done = many(1, 1000, "c")
    assert planned(done, now) == []
    assert planned(done + many(1, 99), now) == []
    assert planned(done + many(1, 100), now) == [("cluster", 2)]
    # Little that is late in many files is merged among itself.
    assert planned(done + many(8, 1), now) == [("merge", 8)]
    assert planned(done + many(1, 1), now, is_forced=True) == [("cluster", 2)]


def test_files_without_a_declared_column_are_rewritten_when_their_day_is_over() -> None:
    now = MIDNIGHT + timedelta(days=3)
    files = [
        file("c-1.parquet", 10, columns=frozenset({"p_x"})),
        file("c-2.parquet", 10),
    ]
    assert planned(files, now, declared=frozenset({"p_x"})) == [("cluster", 1)]
    assert planned(files, now, declared=frozenset()) == []


def sample(n: int) -> list[dict[str, Any]]:
    return [
        event(
            f"e{place:04}",
            place % 700,
            name=["view", "click", "älter", "buy"][place % 4],
            actor_id=f"actor{place * 7 % 13}",
            country=[None, "DE", "AT"][place % 3],
            properties=None if place % 5 else f'{{"n":{place},"s":"{"x" * (place % 50)}"}}',
        )
        for place in range(n)
    ]


ALL = [field.name for field in arrow_schema(Source("web"))]


def test_clustering_keeps_every_row_and_sorts_them(make_table: Make) -> None:
    table = make_table()
    rows = sample(300)
    for start in range(0, 300, 20):
        table.append(batch(*rows[start : start + 20]))
    before = rows_of(table, ALL)
    done = table.compact(is_forced=True)
    assert (done.n_jobs, done.n_files_before, done.n_files_after, done.n_rows) == (1, 15, 1, 300)
    assert rows_of(table, ALL) == before
    (only,) = table.snapshot().files
    assert is_clustered(only.key)
    read = pq.read_table(only.path, partitioning=None).to_pylist()
    order = [(row["name"].encode(), row["actor_id"].encode(), row["timestamp"]) for row in read]
    assert order == sorted(order)
    assert table.compact(is_forced=True).n_jobs == 0


@pytest.mark.parametrize("range_rows", [300, 100, 30, 7])
def test_ranges_part_the_day_whatever_their_size(make_table: Make, range_rows: int) -> None:
    table = make_table()
    for start in range(0, 300, 100):
        table.append(batch(*sample(300)[start : start + 100]))
    files = table.snapshot().files
    written = rewrite(table.root, table.source, DAY, files, CLUSTERED, range_rows=range_rows)
    read = [row for item in written for row in pq.read_table(item.path).to_pylist()]
    assert sorted(row["event_id"] for row in read) == [row["event_id"] for row in sample(300)]
    order = [(row["name"].encode(), row["actor_id"].encode(), row["timestamp"]) for row in read]
    assert order == sorted(order)
    # 75 of each name, and within a name 5 or 6 of each of 13 actors.
    assert max(item.n_rows for item in written) <= range_rows


def test_a_property_declared_later_is_filled_from_the_json(make_table: Make) -> None:
    make_table().append(
        batch(
            event("a", properties='{"price":3,"x":1}'),
            event("b", properties='{"price":"dear"}'),
            event("c"),
        )
    )
    table = make_table(price="float")
    table.append(batch(event("d", p_price=4.0)))
    table.compact(is_forced=True)
    assert [file.columns for file in table.snapshot().files] == [{"p_price"}]
    assert rows_of(table, ["p_price", "properties"]) == [
        {"event_id": "a", "p_price": 3.0, "properties": '{"x":1}'},
        {"event_id": "b", "p_price": None, "properties": '{"price":"dear"}'},
        {"event_id": "c", "p_price": None, "properties": None},
        {"event_id": "d", "p_price": 4.0, "properties": None},
    ]


def test_a_reader_keeps_its_files_until_they_are_vacuumed(make_table: Make) -> None:
    table = append_singly(make_table(), 8)
    before = table.snapshot()
    old = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    for item in before.files:
        os.utime(item.path, (old, old))
    table.compact()
    # Written long ago, but out of the table just now: the retention counts from then.
    assert table.vacuum(timedelta(hours=1)) == 0
    assert sum(pq.read_metadata(item.path).num_rows for item in before.files) == 8
    assert table.vacuum(timedelta(0)) == 8
    assert not any(Path(item.path).exists() for item in before.files)
    assert len(ids_of(table)) == 8


def test_vacuum_takes_what_a_dead_writer_left_once_it_is_old(make_table: Make) -> None:
    table = make_table()
    table.append(ids("a"))
    left = table.root / "day=2026-11-03" / "a-left.parquet"
    left.write_bytes(b"half a file")
    assert table.vacuum(timedelta(hours=1)) == 0
    old = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
    os.utime(left, (old, old))
    assert table.vacuum(timedelta(hours=1)) == 1
    assert ids_of(table) == ["a"]


def test_vacuum_leaves_a_running_compaction_its_files(make_table: Make) -> None:
    table = make_table()
    table.append(ids("a"))
    unfinished = table.root / "day=2026-11-03" / "c-unfinished.parquet"
    unfinished.write_bytes(b"being written")
    with only_one(make_table()).if_free() as is_ours:
        assert is_ours
        assert table.vacuum(timedelta(0)) == 0
    assert table.vacuum(timedelta(0)) == 1


def test_a_second_compaction_at_the_same_time_does_nothing(make_table: Make) -> None:
    table = append_singly(make_table(), 8)
    with only_one(make_table()).if_free() as is_ours:
        assert is_ours
        assert table.compact().is_busy
    assert table.compact().n_jobs == 1


def test_files_deleted_during_a_compaction_do_not_come_back(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = append_singly(make_table(), 8)

    def rewrite_then_delete(*arguments: Any, **options: Any) -> Any:
        written = rewrite(*arguments, **options)
        monkeypatch.undo()
        make_table().delete(pc.field("event_id") == "e3")
        return written

    monkeypatch.setattr(compact_module, "rewrite", rewrite_then_delete)
    assert table.compact().n_jobs == 0
    assert ids_of(table) == ["e0", "e1", "e2", "e4", "e5", "e6", "e7"]
    live = {Path(item.path) for item in table.snapshot().files}
    clustered = set(table.root.rglob("m-*.parquet"))
    assert clustered <= live


def test_appends_during_a_compaction_stay(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = append_singly(make_table(), 8)

    def rewrite_then_append(*arguments: Any, **options: Any) -> Any:
        written = rewrite(*arguments, **options)
        make_table().append(ids("late"))
        return written

    monkeypatch.setattr(compact_module, "rewrite", rewrite_then_append)
    assert table.compact().n_jobs == 1
    assert len(table.snapshot().files) == 2
    assert len(ids_of(table)) == 9


def test_a_rewriting_that_would_lose_events_is_given_up(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = append_singly(make_table(), 8)

    def lossy(*arguments: Any, **options: Any) -> Any:
        root, source, day, files, style = arguments
        return rewrite(root, source, day, files[1:], style, **options)

    monkeypatch.setattr(compact_module, "rewrite", lossy)
    with pytest.raises(LakeError, match="given up"):
        table.compact()
    assert len(ids_of(table)) == 8
    assert len(list(table.root.rglob("*.parquet"))) == 8


def test_maintenance_compacts_and_vacuums_when_it_is_time(make_table: Make, clock: Clock) -> None:
    table = make_table(Settings(lake=LakeSettings(vacuum_after="0s", log_retention="0s")))
    append_singly(table, 8)
    first = table.maintain()
    assert (first.compacted.n_jobs, first.n_removed) == (1, 8)
    for number in range(8, 16):
        table.append(ids(f"e{number}"))
    second = table.maintain()
    assert (second.compacted.n_jobs, second.n_removed) == (1, 0)
    clock.now += timedelta(minutes=10)
    third = table.maintain()
    # The second round merged eight new files and the one made by the first: nine went.
    assert (third.compacted.n_jobs, third.n_removed) == (0, 9)
    assert len(list((table.root / "_delta_log").glob("*.json"))) < 5
    assert len(ids_of(make_table())) == 16


def test_clustered_files_tell_which_actors_they_lack(tmp_path: Path) -> None:
    events = batch(event("a"), event("b"))
    place = events.column_names.index("actor_id")
    filters: dict[str, int | None] = {}
    for style in (CLUSTERED, MERGED):
        written = write_events(tmp_path, DAY, events.schema, [events], style)
        column = pq.ParquetFile(written.path).metadata.row_group(0).column(place)
        filters[style.prefix] = column.bloom_filter_offset
    assert filters[CLUSTERED.prefix] is not None
    assert filters[MERGED.prefix] is None


def test_a_small_file_has_a_small_filter(tmp_path: Path) -> None:
    few = batch(*(event(f"e{number}") for number in range(100)))
    written = write_events(tmp_path, DAY, few.schema, [few], CLUSTERED)
    place = few.column_names.index("actor_id")
    filtered = pq.ParquetFile(written.path).metadata.row_group(0).column(place)
    # 26 actors at 6.2 bits each, rounded up to a power of two of bytes, and a header.
    assert 0 < filtered.bloom_filter_length < 128


def test_columns_that_are_read_most_cost_least_to_read(tmp_path: Path) -> None:
    source = Source("web", properties={"price": "float"})
    schema = arrow_schema(source)
    events = conform(batch(event("a"), event("b")), schema)
    written = write_events(tmp_path, DAY, schema, [events], CLUSTERED)
    group = pq.ParquetFile(written.path).metadata.row_group(0)
    columns = [group.column(place) for place in range(group.num_columns)]
    codecs = {column.path_in_schema: column.compression for column in columns}
    assert {codecs[name] for name in ("url", "path", "country", "device", "p_price")} == {"SNAPPY"}
    assert codecs["actor_id"] == "LZ4"
    assert {codecs[name] for name in ("event_id", "distinct_id", "properties")} == {"ZSTD"}
    # What differences leave no codec makes smaller.
    assert {codecs[name] for name in ("timestamp", "received_at")} == {"UNCOMPRESSED"}
