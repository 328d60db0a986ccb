from __future__ import annotations

import errno
import gzip
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
from tests.capture.conftest import NOW, Ingest, events, line
from tests.waiting import wait_until

from footfall.capture import opening
from footfall.capture.collector import Collector
from footfall.capture.follow import Follower
from footfall.capture.opening import expand
from footfall.errors import FileMissing
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder


class Log:
    """A log that is being written, and whoever follows it."""

    def __init__(self, lake: LakeFolder, ledger: Ledger, path: Path) -> None:
        self.lake, self.ledger, self.path = lake, ledger, path
        self.start()

    def start(self) -> None:
        self.collector = Collector(
            self.lake, "app", self.ledger, clock=lambda: NOW, is_following=True
        )
        self.told: list[str] = []
        self.follower = Follower(self.collector, [str(self.path)], tell=self.told.append)

    def write(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8", newline="") as file:
            file.write(text)

    def names(self) -> list[str]:
        assert self.follower.look()
        return [event["name"] for event in events(self.lake)]


@pytest.fixture
def log(lake: LakeFolder, ledger: Ledger, tmp_path: Path) -> Iterator[Log]:
    log = Log(lake, ledger, tmp_path / "access.log")
    yield log
    log.follower.close()


def text(*seconds: int) -> str:
    return "".join(f"{line(second, f'n{second}')}\n" for second in seconds)


def test_lines_come_in_as_they_are_written(log: Log) -> None:
    assert log.names() == []
    log.write(text(1, 2))
    assert log.names() == ["n1", "n2"]
    assert log.names() == ["n1", "n2"]
    log.write(text(3))
    assert log.names() == ["n1", "n2", "n3"]


def test_half_a_line_waits_for_the_rest(log: Log) -> None:
    whole = text(1)
    log.write(whole[:20])
    assert log.names() == []
    log.write(whole[20:-1])
    assert log.names() == []
    log.write("\n" + text(2))
    assert log.names() == ["n1", "n2"]
    assert log.collector.counts.rejected == 0


def test_renamed_file_is_read_to_its_end_before_the_new_one(log: Log) -> None:
    log.write(text(1))
    log.names()
    log.write(text(2))
    log.path.rename(log.path.with_suffix(".1"))
    assert log.names() == ["n1", "n2"]
    log.write(text(3))
    log.names()
    assert log.names() == ["n1", "n2", "n3"]


def test_what_is_written_to_the_renamed_file_is_read_as_well(log: Log) -> None:
    log.write(text(1))
    log.names()
    renamed = log.path.rename(log.path.with_suffix(".1"))
    log.write(text(5))
    assert log.names() == ["n1", "n5"]
    # Another look finds nothing new in either file, and does not give up the renamed one.
    assert log.names() == ["n1", "n5"]
    with renamed.open("a", encoding="utf-8") as file:
        file.write(text(2) + text(3)[:-1])
    assert log.names() == ["n1", "n2", "n5"]
    for _ in range(25):
        log.follower.look()
    # Nothing came any more: the last line is taken as it is.
    assert log.names() == ["n1", "n2", "n3", "n5"]


def test_header_is_waited_for(lake: LakeFolder, ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    collector = Collector(lake, "shop", ledger, clock=lambda: NOW, is_following=True)
    follower = Follower(collector, [str(path)])
    for part in ("t,n", ",u\n2026-11-01,a,x", "\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write(part)
        follower.look()
    follower.close()
    assert [event["actor_id"] for event in events(lake, "shop")] == ["x"]


def test_truncated_file_begins_anew(log: Log) -> None:
    log.write(text(1, 2, 3))
    log.names()
    log.path.write_text(text(4), "utf-8")
    assert log.names() == ["n1", "n2", "n3", "n4"]


def test_truncated_file_that_has_grown_past_its_old_size_begins_anew(log: Log) -> None:
    log.write(text(1))
    log.names()
    log.path.write_text(text(4, 5, 6), "utf-8")
    assert log.names() == ["n1", "n4", "n5", "n6"]


def test_who_follows_again_goes_on(log: Log, ingest: Ingest) -> None:
    log.write(text(1, 2) + text(3)[:15])
    log.names()
    log.follower.close()
    log.write(text(3)[15:])
    log.start()
    assert log.names() == ["n1", "n2", "n3"]
    assert (log.collector.counts.received, log.collector.counts.duplicates) == (1, 0)
    log.follower.close()
    assert ingest(log.path).received == 0


def test_line_that_plain_reading_took_without_its_end_is_mended(log: Log, ingest: Ingest) -> None:
    log.write(text(1) + text(2)[:-1])
    assert ingest(log.path).stored == 2
    assert log.names() == ["n1", "n2"]
    log.write("\n" + text(3))
    assert log.names() == ["n1", "n2", "n3"]
    assert log.collector.counts.received == 1


def test_rotated_files_read_afterwards_add_nothing(log: Log, ingest: Ingest) -> None:
    log.write(text(1))
    log.names()
    log.path.rename(log.path.with_suffix(".1"))
    log.write(text(2))
    log.names()
    log.names()
    log.follower.close()
    assert ingest(log.path.with_suffix(".1")).received == 0
    assert ingest(log.path).received == 0


def test_new_rotation_with_the_same_beginning_is_another_file(log: Log) -> None:
    log.write(line(1, "n1")[:12])
    log.names()
    log.write(line(1, "n1")[12:] + "\n" + text(2, 3, 4))
    log.names()
    log.path.rename(log.path.with_suffix(".1"))
    log.write(text(1, 9))
    log.names()
    # The first line is the same to the letter, and so the same event.
    assert log.names() == ["n1", "n2", "n3", "n4", "n9"]


def test_files_that_appear_later_are_followed(
    lake: LakeFolder, ledger: Ledger, tmp_path: Path
) -> None:
    collector = Collector(lake, "app", ledger, clock=lambda: NOW, is_following=True)
    follower = Follower(collector, [str(tmp_path / "*.log")])
    assert follower.look()
    for name in ("a", "b"):
        (tmp_path / f"{name}.log").write_text(f"{line(1, name)}\n", "utf-8")
    follower.look()
    assert [event["name"] for event in sorted(events(lake), key=lambda e: e["name"])] == ["a", "b"]
    follower.close()


def test_streams_for_a_growing_file_stay_few(log: Log) -> None:
    for second in range(60):
        log.write("".join(f"{line(second, f'{second}-{i}' + 'x' * 100)}\n" for i in range(8)))
        log.follower.look()
    assert log.path.stat().st_size > 64 * 1024
    # Up to 4 KiB a name for each commit, then one for each power of two up to 64 KiB.
    names = [file.fingerprint for file in log.ledger.files("app")]
    assert len([name for name in names if not name.startswith("0-")]) < 12
    # Of each but the last it is noted that it went on, and of the file what it begins with.
    assert len(names) < 24


def test_run_ends_when_asked_to(log: Log) -> None:
    log.write(text(1))
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        log.collector.target.stop.set()

    log.follower.run(wait)
    assert waits == [0.5]
    assert len(events(log.lake)) == 1


def test_stream_is_taken_in_while_it_comes(lake: LakeFolder, ledger: Ledger) -> None:
    reading, writing = os.pipe()
    collector = Collector(lake, "app", ledger, clock=lambda: NOW, is_following=True)
    with os.fdopen(reading, "rb", buffering=0) as raw, os.fdopen(writing, "wb", 0) as out:
        follower = Follower(collector, ["-"], stdin=cast("Any", raw))
        assert follower.look()
        out.write(text(1).encode() + b'{"t":')
        wait_until(lambda: follower.look() and collector.counts.stored == 1)
        out.write(b'0,"n":"x"}\n' + text(2).encode())
        wait_until(lambda: follower.look() and collector.counts.received == 3)
        out.close()
        wait_until(lambda: not follower.look())
    # 1970 lies before the first time that can be.
    assert (collector.counts.stored, collector.counts.rejected) == (2, 1)


def test_stream_that_ends_is_taken_in_whole(lake: LakeFolder, ledger: Ledger) -> None:
    collector = Collector(lake, "app", ledger, clock=lambda: NOW, is_following=True)
    follower = Follower(collector, ["-"], stdin=io.BytesIO(text(1, 2)[:-1].encode()))
    follower.run(lambda seconds: None)
    assert collector.counts.stored == 2


def test_names_are_expanded_once_each(tmp_path: Path) -> None:
    for name in ("b.log", "a.log", "c[1].log"):
        (tmp_path / name).touch()
    pattern = str(tmp_path / "*.log")
    assert [Path(p).name for p in expand([pattern, str(tmp_path / "a.log")])] == [
        "a.log",
        "b.log",
        "c[1].log",
    ]
    assert expand([str(tmp_path / "c[1].log"), "-"]) == [str(tmp_path / "c[1].log"), "-"]


def test_names_that_nothing_has_are_told(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="No file"):
        expand([str(tmp_path / "*.log")])
    assert expand([str(tmp_path / "*.log")], may_be_missing=True) == []
    with pytest.raises(FileMissing, match="is a folder"):
        expand([str(tmp_path)])


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows keeps open files in place")
def test_followed_file_can_be_renamed_on_windows(log: Log) -> None:
    log.write(text(1))
    log.names()
    log.path.rename(log.path.with_suffix(".1"))


def looks(log: Log, n_looks: int = 3) -> list[str]:
    """Names of the events after some looks: a packed file is read once it rests for one."""
    for _ in range(n_looks - 1):
        log.follower.look()
    return sorted(log.names())


def test_a_packed_file_is_read_when_it_rests(log: Log) -> None:
    packed = gzip.compress(text(1, 2, 3).encode())
    for end in range(10, len(packed), 30):
        log.path.write_bytes(packed[:end])
        assert log.names() == []
    log.path.write_bytes(packed)
    assert looks(log) == ["n1", "n2", "n3"]
    assert log.collector.counts.problems == []
    assert log.collector.counts.files == 1


def test_a_packed_file_that_was_cut_off_is_told_once_and_read_when_it_is_whole(log: Log) -> None:
    first, second = (gzip.compress(text(number).encode()) for number in (1, 2))
    log.path.write_bytes(first + second[:-5])
    assert looks(log) == looks(log) == ["n1"]
    (problem,) = log.collector.counts.problems
    assert "ends in the middle" in problem
    assert log.told == [problem]
    # As a copy puts it there: another file under the same name.
    whole = log.path.with_suffix(".part")
    whole.write_bytes(first + second)
    whole.replace(log.path)
    assert looks(log) == ["n1", "n2"]
    assert log.collector.counts.problems == []


def test_a_packed_file_that_grows_by_a_part_is_read_on(log: Log) -> None:
    log.path.write_bytes(gzip.compress(text(1).encode()))
    assert looks(log) == ["n1"]
    with log.path.open("ab") as file:
        file.write(gzip.compress(text(2).encode()))
    assert looks(log) == ["n1", "n2"]
    assert log.collector.counts.received == 2


def test_a_log_that_is_packed_after_it_was_rotated_adds_nothing(
    lake: LakeFolder, ledger: Ledger, tmp_path: Path
) -> None:
    log = Log(lake, ledger, tmp_path / "access.log*")
    now, rotated = tmp_path / "access.log", tmp_path / "access.log.1"
    now.write_text(text(1, 2), "utf-8")
    assert looks(log) == ["n1", "n2"]
    now.rename(rotated)
    now.write_text(text(3), "utf-8")
    assert looks(log) == ["n1", "n2", "n3"]
    (tmp_path / "access.log.1.gz").write_bytes(gzip.compress(rotated.read_bytes()))
    rotated.unlink()
    assert looks(log, 30) == ["n1", "n2", "n3"]
    assert log.collector.counts.problems == []
    log.follower.close()


def test_file_that_may_not_be_read_leaves_the_others(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> BinaryIO:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(opening, "open_shared", refuse)
    log.write(text(1))
    log.follower.look()
    log.follower.look()
    (problem,) = log.collector.counts.problems
    assert "cannot be opened: Permission denied" in problem


def test_stream_that_fails_is_told_after_what_came_before(lake: LakeFolder, ledger: Ledger) -> None:
    class Failing:
        def __init__(self) -> None:
            self.blocks = [text(1).encode()]

        def read(self, _: int) -> bytes:
            if not self.blocks:
                raise OSError(errno.EIO, "Input/output error")
            return self.blocks.pop()

    collector = Collector(lake, "app", ledger, clock=lambda: NOW)
    Follower(collector, ["-"], cast("BinaryIO", Failing())).run(lambda _: None)
    assert collector.counts.stored == 1
    (problem,) = collector.counts.problems
    assert "standard input cannot be read: Input/output error" in problem
