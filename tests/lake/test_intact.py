"""Damaged files are never written anew: what is wrong in them stays to be found."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.lake.conftest import NOON, Clock, append_singly, batch, event, ids_of

from footfall.errors import LakeError, TableDamaged
from footfall.lake.intact import fault
from footfall.lake.parquet import is_clustered
from footfall.lake.rewrite import count_rows
from footfall.lake.snapshot import DataFile
from footfall.lake.table import EventTable

Make = Callable[..., EventTable]


def damage(file: DataFile, column: str = "timestamp") -> bytes:
    """Flip one bit in a page of this column; the bytes as they were."""
    path = Path(file.path)
    intact = path.read_bytes()
    group = pq.read_metadata(path).row_group(0)
    place = next(
        (chunk.dictionary_page_offset or chunk.data_page_offset) + chunk.total_compressed_size - 1
        for chunk in (group.column(index) for index in range(group.num_columns))
        if chunk.path_in_schema == column
    )
    path.write_bytes(intact[:place] + bytes([intact[place] ^ 16]) + intact[place + 1 :])
    return intact


def codes(table: EventTable) -> list[str]:
    return [finding.code for finding in table.check(is_full=True)]


def first(table: EventTable) -> DataFile:
    return table.snapshot().files[0]


def test_compaction_leaves_a_damaged_file_and_compacts_the_others(
    make_table: Make, caplog: pytest.LogCaptureFixture
) -> None:
    table = append_singly(make_table(), 10)
    hurt = first(table)
    intact = damage(hurt)
    with caplog.at_level(logging.WARNING):
        done = table.compact(is_forced=True)
        again = table.compact(is_forced=True)
    assert (done.n_jobs, done.n_files_before, done.n_damaged) == (1, 9, 1)
    assert (again.n_jobs, again.n_damaged) == (0, 1)
    assert [hurt.path in message for message in caplog.messages] == [True]
    assert hurt.key in {file.key for file in table.snapshot().files}
    assert codes(table) == ["file_damaged"]
    assert "backup" in table.check(is_full=True)[0].way_out
    Path(hurt.path).write_bytes(intact)  # put back from a backup
    assert table.compact(is_forced=True).n_files_before == 2
    assert (codes(table), len(ids_of(table))) == ([], 10)


def test_other_days_are_compacted_beside_one_that_is_all_damaged(
    make_table: Make, clock: Clock
) -> None:
    table = make_table()
    table.append(batch(event("a")))
    table.append(batch(event("b", 24 * 60)))
    damage(first(table))
    clock.now = NOON + timedelta(days=3)
    assert table.compact().n_jobs == 1
    left = [file for file in table.snapshot().files if not is_clustered(file.key)]
    assert len(left) == 1
    assert fault(left[0]) == "its bytes are not those that were written"


def test_a_column_declared_later_is_not_filled_in_a_damaged_file(make_table: Make) -> None:
    table = make_table()
    table.append(batch(event("a", properties='{"plan":"pro"}')))
    table.compact(is_forced=True)
    hurt = first(table)
    damage(hurt)
    later = make_table(plan="text")
    assert (later.compact(is_forced=True).n_jobs, first(later).key) == (0, hurt.key)
    assert codes(later) == ["file_damaged"]


def test_deletion_tells_of_a_damaged_file_after_the_others(make_table: Make) -> None:
    table = append_singly(make_table(), 4)
    hurt = first(table)
    intact = damage(hurt)
    with pytest.raises(TableDamaged, match=r"3 events were taken out, but 1 files"):
        table.delete(pc.field("actor_id") == "a1")
    assert [file.key for file in table.snapshot().files] == [hurt.key]
    Path(hurt.path).write_bytes(intact)
    assert table.delete(pc.field("actor_id") == "a1").n_rows == 1
    assert ids_of(table) == []


def test_erasure_tells_of_a_page_that_cannot_be_believed(make_table: Make) -> None:
    table = append_singly(make_table(), 2)
    damage(first(table), "actor_id")
    with pytest.raises(TableDamaged, match="Put them back"):
        table.erase(pc.field("actor_id") == "a1")
    assert len(table.snapshot().files) == 1


def test_a_file_is_not_believed_to_hold_nobody_while_it_is_damaged(make_table: Make) -> None:
    table = append_singly(make_table(), 2)
    # The bit is in another column than the one asked for.
    damage(first(table), "timestamp")
    with pytest.raises(TableDamaged, match="Put them back"):
        table.delete(pc.field("actor_id") == "nobody")


def test_pages_that_are_read_are_compared_with_their_checksum(make_table: Make) -> None:
    table = append_singly(make_table(), 1)
    file = first(table)
    damage(file, "event_id")
    with pytest.raises(LakeError, match="cannot be read"):
        count_rows(file, table.source, pc.field("event_id") == "e0")


@pytest.mark.parametrize("part", ["page", "footer", "all"])
def test_a_damaged_file_does_not_keep_new_events_out(
    make_table: Make, caplog: pytest.LogCaptureFixture, part: str
) -> None:
    table = append_singly(make_table(), 3)
    hurt = next(file for file in table.snapshot().files if ids_in(file) == ["e1"])
    intact = Path(hurt.path).read_bytes()
    if part == "page":
        damage(hurt, "event_id")
    elif part == "footer":
        Path(hurt.path).write_bytes(intact[:-9] + b"\xff" + intact[-8:])
    else:
        Path(hurt.path).unlink()
    shutil.rmtree(table.index.folder, ignore_errors=True)
    with caplog.at_level(logging.WARNING):
        assert make_table().append(batch(event("e0"), event("e3"))).n_stored == 1
    assert [hurt.path in message for message in caplog.messages] == [True]
    assert "ids_unread" in {finding.code for finding in make_table().check()}
    Path(hurt.path).write_bytes(intact)
    restored = make_table()
    assert restored.append(batch(event("e1"), event("e4"))).n_stored == 1
    assert ids_of(restored) == ["e0", "e1", "e2", "e3", "e4"]
    assert restored.check() == []


def test_a_damaged_file_that_says_who_is_who_is_named(make_table: Make) -> None:
    table = make_table()
    table.append(batch(event("e0", anonymous_id="x", distinct_id="anna")))
    hurt = first(table)
    damage(hurt, "anonymous_id")
    with pytest.raises(TableDamaged, match="which ids belong together") as caught:
        make_table().identities.show("x")
    assert hurt.path in caught.value.message


def ids_in(file: DataFile) -> list[str]:
    return pq.read_table(file.path, columns=["event_id"])["event_id"].to_pylist()
