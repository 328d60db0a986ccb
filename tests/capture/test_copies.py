"""Shorter copies of a file, and files that begin like it, long after its ids are forgotten."""

from __future__ import annotations

import gzip
import io
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.capture.conftest import LINES, NOW, events, line, write

from footfall.capture import passage
from footfall.capture.collector import Collector
from footfall.capture.passage import Counts
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable

LONG_AFTER = 20
"""Days; the ids of events are remembered for 7."""


class Days:
    """Takes files into a lake on one day after the other, each by a process of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def ingest(self, path: Path, day: int, source: str = "app", **options: Any) -> Counts:
        """What became of the file, taken in that many days after `NOW`."""
        return self.take(path, day, source, b"", **options)

    def send(self, data: bytes, day: int, source: str = "app") -> Counts:
        """The same of what comes through standard input."""
        return self.take("-", day, source, data)

    def take(self, path: str | Path, day: int, source: str, data: bytes, **options: Any) -> Counts:
        """The same of either."""

        def clock() -> Any:
            return NOW + timedelta(days=day)

        # Made anew, the index of ids remembers none that is too old; else it may for a while.
        shutil.rmtree(self.root / "seen", ignore_errors=True)
        lake = LakeFolder.open(self.root, clock=clock)
        with Ledger(self.root / FILE_NAME, clock) as ledger:
            collector = Collector(lake, source, ledger, clock=clock, **options)
            return collector.ingest([path], io.BytesIO(data))

    def names(self, source: str = "app") -> list[str]:
        """Names of all events that are stored."""
        return [event["name"] for event in events(LakeFolder.open(self.root), source)]


@pytest.fixture
def days(lake: LakeFolder) -> Days:
    return Days(lake.root)


def numbered(*seconds: int) -> list[str]:
    return [line(second, f"n{second}") for second in seconds]


@pytest.mark.parametrize("n_lines", [1, 3, 9])
def test_shorter_copy_adds_nothing(days: Days, tmp_path: Path, n_lines: int) -> None:
    days.ingest(write(tmp_path / "a.jsonl", LINES), 0)
    counts = days.ingest(write(tmp_path / "b.jsonl", LINES[:n_lines]), LONG_AFTER)
    assert (counts.received, counts.stored, counts.duplicates) == (n_lines, 0, n_lines)
    # By now the copy has a position of its own.
    assert days.ingest(tmp_path / "b.jsonl", 2 * LONG_AFTER).received == 0
    assert len(days.names()) == 10


def test_sound_part_of_a_damaged_file_adds_nothing(days: Days, tmp_path: Path) -> None:
    text = "".join(f"{item}\n" for item in LINES).encode()
    parts = [gzip.compress(part, mtime=0) for part in (text[:200], text[200:400], text[400:])]
    path = tmp_path / "a.gz"
    path.write_bytes(b"".join(parts))
    assert days.ingest(path, 0).stored == 10
    path.write_bytes(parts[0] + parts[1][:-3] + parts[2])
    counts = days.ingest(path, LONG_AFTER)
    # 200 bytes are four lines of 45 and the beginning of another.
    assert (counts.stored, counts.duplicates, len(counts.problems)) == (0, 4, 1)
    path.write_bytes(b"".join(parts))
    assert days.ingest(path, 2 * LONG_AFTER).received == 0


def test_copy_of_a_file_that_was_read_in_parts_adds_nothing(days: Days, tmp_path: Path) -> None:
    for day, n_lines in enumerate([2, 5, 10]):
        days.ingest(write(tmp_path / "a.jsonl", LINES[:n_lines]), day)
    for day, n_lines in enumerate([1, 3, 4, 7, 9, 2], LONG_AFTER):
        days.ingest(write(tmp_path / "b.jsonl", LINES[:n_lines]), day)
    assert len(days.names()) == 10


def test_what_files_share_that_begin_alike_is_stored_once(days: Days, tmp_path: Path) -> None:
    days.ingest(write(tmp_path / "a.jsonl", numbered(0, 1, 2, 3)), 0)
    path = write(tmp_path / "b.jsonl", numbered(0, 2, 4, 5))
    counts = days.ingest(path, LONG_AFTER)
    assert (counts.received, counts.stored, counts.duplicates) == (4, 2, 2)
    write(path, numbered(0, 2, 4, 5, 1, 6))
    counts = days.ingest(path, 2 * LONG_AFTER)
    assert (counts.received, counts.stored, counts.duplicates) == (2, 1, 1)
    assert days.names() == [f"n{second}" for second in range(7)]


def test_counts_add_up(days: Days, lake: LakeFolder, ledger: Ledger, tmp_path: Path) -> None:
    days.ingest(write(tmp_path / "a.jsonl", numbered(0, 1, 2)), 0)
    days.ingest(write(tmp_path / "b.jsonl", [*numbered(0, 2), "bad", *numbered(4)]), LONG_AFTER)
    entry = ledger.balance("app")["app"]
    assert (entry.received, entry.stored, entry.duplicates, entry.rejected) == (7, 4, 2, 1)
    assert entry.is_balanced


def test_files_with_a_common_header_are_two(days: Days, tmp_path: Path) -> None:
    rows = ["t,n,u", "2026-11-01,a,u", "2026-11-02,b,u", "2026-11-02,c,u"]
    days.ingest(write(tmp_path / "a.csv", rows), 0, "shop")
    # The second row of the first file is the first of this one, and so an event of its own.
    counts = days.ingest(write(tmp_path / "b.csv", [rows[0], *rows[2:]]), LONG_AFTER, "shop")
    assert (counts.stored, counts.duplicates) == (2, 0)
    assert sorted(days.names("shop")) == ["a", "b", "b", "c", "c"]


def test_logs_that_begin_with_the_same_banner_are_stored_whole(days: Days, tmp_path: Path) -> None:
    for day in range(3):
        lines = ["Log opened", *numbered(*range(10 * day, 10 * day + 10))]
        assert days.ingest(write(tmp_path / f"{day}.jsonl", lines), 10 * day).stored == 10
    assert len(days.names()) == 30


ROWS = "t,n,u\n2026-11-01,a,u\n2026-11-02,b,user7\n2026-11-03,c,user8\n"
TORN = ROWS.index("r7") + 1
"""Where the row of `b` is cut off so that its actor would be `user`."""


@pytest.mark.parametrize("day", [1, LONG_AFTER])
def test_line_that_a_copy_cuts_off_is_left_out_and_told(
    days: Days, tmp_path: Path, day: int
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(ROWS.encode())
    days.ingest(path, 0, "shop")
    (tmp_path / "b.csv").write_bytes(ROWS[:TORN].encode())
    for later in (0, LONG_AFTER):
        (problem,) = days.ingest(tmp_path / "b.csv", day + later, "shop").problems
        assert "b.csv ends within line 3, and a file that begins like it went on there" in problem
    assert days.send(ROWS[:TORN].encode(), day + 50, "shop").problems[0].startswith("standard")
    assert days.ingest(path, day + 50, "shop").received == 0
    assert days.names("shop") == ["a", "b", "c"]


def test_line_is_left_out_where_an_earlier_reading_ended_and_another_went_on(
    days: Days, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    for day, end in enumerate([ROWS.index("2026-11-02"), len(ROWS)]):
        path.write_bytes(ROWS[:end].encode())
        days.ingest(path, day, "shop")
    (tmp_path / "b.csv").write_bytes(ROWS[:TORN].encode())
    counts = days.ingest(tmp_path / "b.csv", LONG_AFTER, "shop")
    assert (counts.received, len(counts.problems)) == (0, 1)
    assert days.names("shop") == ["a", "b", "c"]


def test_line_that_was_left_out_is_taken_once_it_has_its_end(days: Days, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(ROWS.encode())
    days.ingest(path, 0, "shop")
    other = ROWS[: ROWS.index("2026-11-02")] + "2026-11-02,d,user"
    for text, n_problems, n_stored in ((other, 1, 0), (f"{other}\n", 0, 1)):
        path.write_bytes(text.encode())
        counts = days.ingest(path, LONG_AFTER, "shop")
        assert (len(counts.problems), counts.stored) == (n_problems, n_stored)
    assert sorted(days.names("shop")) == ["a", "b", "c", "d"]


def test_last_line_of_another_file_needs_no_end(days: Days, tmp_path: Path) -> None:
    days.ingest(write(tmp_path / "a.jsonl", numbered(0, 1, 2)), 0)
    path = write(tmp_path / "b.jsonl", numbered(0, 3, 4), end="")
    counts = days.ingest(path, LONG_AFTER)
    assert (counts.stored, counts.duplicates, counts.problems) == (2, 1, [])


def test_files_of_an_earlier_version_are_known_by_their_lines(
    days: Days, ledger: Ledger, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.jsonl", LINES)
    days.ingest(path, 0)
    names = [file.fingerprint for file in ledger.files("app")]
    # Only streams were noted then.
    streams = [name for name in names if not name.startswith("0-")]
    assert (len(streams), streams[0].partition("-")[0]) == (1, str(path.stat().st_size))
    (days.root / FILE_NAME).unlink()
    with Ledger(days.root / FILE_NAME) as older:
        older.note_file(streams[0], "app", str(path), path.stat().st_size, 10)
    assert days.ingest(path, LONG_AFTER).received == 0
    counts = days.ingest(write(tmp_path / "b.jsonl", LINES[:4]), LONG_AFTER)
    assert (counts.stored, counts.duplicates) == (0, 4)
    counts = days.ingest(write(tmp_path / "c.jsonl", [*LINES[:2], *LINES[5:]]), LONG_AFTER)
    assert (counts.stored, counts.duplicates) == (0, 7)


def test_without_the_ledger_files_are_known_by_their_lines(days: Days, tmp_path: Path) -> None:
    days.ingest(write(tmp_path / "a.jsonl", LINES), 0)
    (days.root / FILE_NAME).unlink()
    for name, n_lines in (("b", 10), ("c", 6)):
        path = write(tmp_path / f"{name}.jsonl", LINES[:n_lines])
        assert days.ingest(path, LONG_AFTER).stored == 0


def test_only_files_that_begin_like_another_are_looked_up(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def ask(table: EventTable, batch: Any) -> Any:
        asked.append(batch.num_rows)
        return looked(table, batch)

    looked = passage.ids_taken_in
    monkeypatch.setattr(passage, "ids_taken_in", ask)
    days.ingest(write(tmp_path / "a.jsonl", LINES[:5]), 0, piece_size=120)
    days.ingest(write(tmp_path / "a.jsonl", LINES), LONG_AFTER, piece_size=120)
    days.ingest(write(tmp_path / "b.jsonl", LINES[1:]), LONG_AFTER)
    assert asked == []
    days.ingest(write(tmp_path / "c.jsonl", LINES[:8]), LONG_AFTER)
    # Pieces of 120 bytes hold two lines of 45; the one that the second reading of `a` began with
    # ended with the seventh line, and so `c` is known up to there.
    assert asked == [1]


def test_events_whose_ids_are_remembered_are_not_looked_up(
    days: Days, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise AssertionError("the lake was read")

    monkeypatch.setattr("footfall.capture.earlier.read_columns", refuse)
    days.ingest(write(tmp_path / "a.jsonl", LINES), 0)
    # They are of midnight on November 1. Received on October 31 at the earliest, and moved by a
    # day at most, they are remembered up to November 6: 12:00 is day 3 here.
    assert days.ingest(write(tmp_path / "b.jsonl", LINES[:4]), 2).duplicates == 4
    with pytest.raises(AssertionError, match="the lake was read"):
        days.ingest(write(tmp_path / "c.jsonl", LINES[:5]), 3)


def test_damaged_file_of_the_table_holds_up_no_copy(days: Days, tmp_path: Path) -> None:
    days.ingest(write(tmp_path / "a.jsonl", LINES[:6]), 0)
    days.ingest(write(tmp_path / "a.jsonl", LINES), 1)
    files = LakeFolder.open(days.root).table("app").snapshot().files
    damaged = Path(next(file.path for file in files if file.n_rows == 6))
    damaged.write_bytes(b"PAR1" + bytes(damaged.stat().st_size - 8) + b"PAR1")
    counts = days.ingest(write(tmp_path / "b.jsonl", [LINES[0], *LINES[2:]]), LONG_AFTER)
    # What is left of the four behind is known; of the six, nobody can tell.
    assert (counts.stored, counts.duplicates) == (5, 4)


def test_crash_behind_the_count_of_what_is_known_counts_once(
    days: Days, ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: Any, **__: Any) -> None:
        raise OSError("killed")

    days.ingest(write(tmp_path / "a.jsonl", numbered(0, 1, 2)), 0)
    path = write(tmp_path / "b.jsonl", numbered(0, 2, 3))
    with monkeypatch.context() as patch:
        patch.setattr(EventTable, "append", killed)
        with pytest.raises(OSError, match="killed"):
            days.ingest(path, LONG_AFTER)
    days.ingest(path, LONG_AFTER)
    entry = ledger.balance("app")["app"]
    assert (entry.received, entry.stored, entry.duplicates) == (6, 4, 2)
    assert days.names() == ["n0", "n1", "n2", "n3"]
