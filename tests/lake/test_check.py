"""The checks find what is wrong, and nothing where nothing is."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import pyarrow.parquet as pq
import pytest
from tests.lake.conftest import NOON, Clock, append_singly, batch, event, ids

from footfall.lake import check
from footfall.lake.parquet import FileStats, Written, stated_checksum
from footfall.lake.table import EventTable
from footfall.settings import LakeSettings, Settings

Make = Callable[..., EventTable]


def codes(table: EventTable, *, is_full: bool = False) -> list[str]:
    return [finding.code for finding in table.check(is_full=is_full)]


@pytest.fixture
def table(make_table: Make) -> EventTable:
    made = make_table(price="float")
    made.append(batch(*(event(f"e{n}", p_price=float(n), title=f"t{n}") for n in range(500))))
    made.append(ids("late"))
    return made


def first_file(table: EventTable) -> Path:
    return Path(max(table.snapshot().files, key=lambda file: file.n_rows).path)


def test_a_sound_table_has_no_findings(table: EventTable, make_table: Make) -> None:
    assert codes(table, is_full=True) == []
    assert codes(make_table(price="float")) == []


def test_a_file_that_is_gone(table: EventTable) -> None:
    first_file(table).unlink()
    (finding,) = table.check()
    assert (finding.code, finding.severity) == ("file_missing", "error")
    assert "500 events" in finding.message


def test_a_file_cut_short(table: EventTable) -> None:
    path = first_file(table)
    path.write_bytes(path.read_bytes()[:-10])
    assert codes(table) == ["file_size"]


def test_a_flipped_bit_is_found_by_the_full_check(table: EventTable) -> None:
    path = first_file(table)
    first = pq.ParquetFile(path).metadata.row_group(0).column(0)
    content = bytearray(path.read_bytes())
    content[first.data_page_offset + first.total_compressed_size // 2] ^= 1
    path.write_bytes(content)
    assert "file_damaged" not in codes(table)
    assert "file_damaged" in codes(table, is_full=True)


def test_a_flipped_bit_is_found_wherever_it_is(table: EventTable) -> None:
    path = first_file(table)
    content = path.read_bytes()
    n_footer = int.from_bytes(content[-8:-4], "little") + 8
    # Every 199th byte, and the footer, where no page's checksum looks, more closely.
    places = {*range(0, len(content), 199), *range(len(content) - n_footer, len(content), 101)}
    for place in places:
        damaged = bytearray(content)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        found = table.check(is_full=True)[0]
        assert (found.code, found.severity) == ("file_damaged", "error")
    path.write_bytes(content)
    assert codes(table, is_full=True) == []


def test_a_file_whose_name_has_no_checksum_is_taken_as_it_is(table: EventTable) -> None:
    (file,) = (file for file in table.log.files if file.path == str(first_file(table)))
    stem, stamp = file.key.removesuffix(".parquet").rsplit("-", 1)
    assert stated_checksum(file.key) == int(stamp, 16) == crc32(Path(file.path).read_bytes())
    path = table.root / f"{stem}.parquet"  # as earlier versions named it
    path.write_bytes(Path(file.path).read_bytes())
    stats = FileStats(["timestamp", "received_at"])
    stats.add(pq.ParquetFile(path).read())
    name = path.relative_to(table.root).as_posix()
    before = Written(name, path, file.day, file.n_rows, file.n_bytes, stats.to_json())
    with table.lock:
        table.log.commit([before], [file], is_new_data=False)
    assert stated_checksum(before.key) is None
    assert {each.key for each in table.log.files} > {before.key}
    assert codes(table, is_full=True) == []


def test_a_footer_that_says_otherwise(table: EventTable) -> None:
    one, two = (Path(file.path) for file in table.snapshot().files)
    small, large = sorted((one, two), key=lambda path: path.stat().st_size)
    padded = small.read_bytes()
    filling = large.stat().st_size - len(padded)
    # The small file's content, made as long as the large one's, in its place.
    large.write_bytes(padded[:4] + b"\0" * filling + padded[4:])
    assert codes(table)[0] in {"file_rows", "file_damaged"}


def make_old(path: Path, days: int) -> None:
    """Let the file be that old by the machine's clock, which is what it was written by."""
    moment = time.time() - days * 86_400
    os.utime(path, (moment, moment))


def test_files_that_nobody_names(table: EventTable) -> None:
    left = first_file(table).with_name("a-left.parquet")
    left.write_bytes(b"12345")
    # Could be in the making still.
    assert codes(table) == []
    make_old(left, 2)
    (finding,) = table.check()
    assert finding.code == "orphans"
    assert "1 files (5 bytes)" in finding.message
    assert table.vacuum() == 1
    assert codes(table) == []


def test_files_that_are_kept_for_readers_are_no_orphans(make_table: Make) -> None:
    table = make_table(Settings(lake=LakeSettings(vacuum_after="7d")))
    append_singly(table, 8)
    for path in table.root.glob("day=*/*.parquet"):
        make_old(path, 30)
    # Written 30 days ago, they left the table only now.
    assert table.compact().n_files_before == 8
    left = first_file(table).with_name("a-left.parquet")
    left.write_bytes(b"12345")
    make_old(left, 6)
    assert codes(table) == []
    make_old(left, 8)
    assert codes(table) == ["orphans"]


def test_a_file_removed_while_it_is_looked_at(
    table: EventTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = first_file(table).with_name("a-gone.parquet")
    monkeypatch.setattr(table.log, "superfluous", lambda _: [gone])
    assert codes(table) == []


def test_many_small_files(make_table: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "_MANY_SMALL", 8)
    table = append_singly(make_table(), 8)
    assert codes(table) == []
    table.append(ids("e8"))
    assert codes(table) == ["small_files"]
    table.compact()
    assert codes(table) == []


def test_a_clock_that_was_ahead(table: EventTable, clock: Clock) -> None:
    clock.now = NOON - timedelta(minutes=4)
    assert codes(table) == []
    clock.now = NOON - timedelta(minutes=6)
    assert codes(table) == ["clock"]


def test_a_property_that_is_no_longer_declared(table: EventTable, make_table: Make) -> None:
    (finding,) = make_table().check()
    assert finding.code == "undeclared"
    assert "p_price" in finding.message
    assert "sources/web.toml" in finding.way_out


def test_ids_that_are_not_known_as_seen(table: EventTable) -> None:
    table.index._memory.clear()
    assert codes(table) == ["seen_index"]


def test_a_log_that_cannot_be_read(table: EventTable, make_table: Make) -> None:
    for entry in (table.root / "_delta_log").glob("*.json"):
        entry.write_text("{")
    assert codes(make_table(price="float")) == ["log_unreadable"]
