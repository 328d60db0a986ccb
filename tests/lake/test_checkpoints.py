"""The log as files: what is kept of it, and what is set aside when a power cut tore it."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.lake.conftest import append_singly, ids, ids_of

from footfall.errors import LakeError
from footfall.lake import checkpoints, files, log
from footfall.lake.checkpoints import HINT, entries_left, let_go
from footfall.lake.table import EventTable
from footfall.settings import LakeSettings, Settings

Make = Callable[..., EventTable]

OLD = datetime(2026, 11, 1, tzinfo=UTC)
NEW = OLD + timedelta(days=1)


def write(folder: Path, name: str, moment: datetime) -> None:
    (folder / name).write_text("{}")
    os.utime(folder / name, (moment.timestamp(), moment.timestamp()))


def make_log(folder: Path, *made: int, n_old: int) -> None:
    """Ten entries, of which the first are old, and checkpoints of these versions."""
    for version in range(10):
        write(folder, f"{version:020d}.json", OLD if version < n_old else NEW)
    for version in made:
        write(folder, f"{version:020d}.checkpoint.parquet", OLD if version < n_old else NEW)
    write(folder, HINT, NEW)


def versions(folder: Path) -> list[int]:
    return [int(path.stem) for path in sorted(folder.glob("*.json"))]


@pytest.mark.parametrize(
    ("made", "n_old", "first"),
    [
        ((), 10, 0),
        ((7,), 10, 0),  # without it, everything is needed
        ((3, 7), 10, 3),  # without 7, it takes 3 and what follows
        ((3, 5, 7), 10, 5),
        ((3, 5, 7), 5, 5),  # entry 5 is new, and 5 is the last checkpoint but one
        ((3, 5, 7), 4, 3),  # entry 4 is new: to make use of it takes the checkpoint 3
        ((3, 5, 7), 0, 0),
    ],
)
def test_what_the_last_checkpoint_but_one_needs_stays(
    tmp_path: Path, made: tuple[int, ...], n_old: int, first: int
) -> None:
    make_log(tmp_path, *made, n_old=n_old)
    n_before = len(list(tmp_path.iterdir()))
    n_gone = let_go(tmp_path, NEW)
    assert versions(tmp_path) == list(range(first, 10))
    kept = {int(path.name[:20]) for path in tmp_path.glob("*.checkpoint.parquet")}
    assert kept == {version for version in made if version >= first}
    assert n_gone == n_before - len(list(tmp_path.iterdir()))


def test_entries_go_only_behind_a_checkpoint_that_is_on_the_disk(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    for name in ("sync_file", "sync_folder", "remove_quietly"):

        def note(path: Path, name: str = name) -> object:
            done.append(f"{name} {path.name}")
            return getattr(files, name)(path)

        monkeypatch.setattr(checkpoints, name, note)
    monkeypatch.setattr(log, "CHECKPOINT_EVERY", 4)
    monkeypatch.setattr(log, "CLEAN_EVERY", 8)
    table = make_table(Settings(lake=LakeSettings(log_retention="0s")))
    append_singly(table, 8)
    synced = [f"sync_file {8:020d}.checkpoint.parquet", "sync_file _last_checkpoint"]
    assert done[3:6] == [*synced, "sync_folder _delta_log"]
    assert done[6:] == [f"remove_quietly {version:020d}.json" for version in range(4)]


def damaged(content: bytes) -> list[bytes]:
    """Empty, cut in half, and with a page that was never written."""
    third = len(content) // 3
    return [
        b"",
        content[: len(content) // 2],
        content[:third] + bytes(third) + content[2 * third :],
    ]


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["empty", "half", "hole"])
@pytest.mark.parametrize("verb", ["append", "compact", "vacuum", "maintain"])
def test_a_torn_checkpoint_is_set_aside(
    make_table: Make, monkeypatch: pytest.MonkeyPatch, kind: int, verb: str
) -> None:
    monkeypatch.setattr(log, "CHECKPOINT_EVERY", 4)
    monkeypatch.setattr(log, "CLEAN_EVERY", 4)
    writer = make_table(Settings(lake=LakeSettings(log_retention="0s")))
    append_singly(writer, 9)
    newest = writer.log.folder / f"{8:020d}.checkpoint.parquet"
    newest.write_bytes(damaged(newest.read_bytes())[kind])
    with pytest.raises(LakeError, match="cannot be read"):
        make_table().snapshot()
    # Entries from the checkpoint at 4 on are there still; those before it are not.
    assert not (writer.log.folder / f"{3:020d}.json").exists()
    mended = make_table()
    getattr(mended, verb)(*[ids("e0", "e9")] if verb == "append" else [])
    expected = [f"e{number}" for number in range(10 if verb == "append" else 9)]
    assert ids_of(mended) == ids_of(make_table()) == expected
    assert newest.with_suffix(".torn").exists()


def test_a_hint_at_a_checkpoint_that_never_reached_the_disk(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "CHECKPOINT_EVERY", 4)
    writer = append_singly(make_table(), 5)
    (writer.log.folder / f"{4:020d}.checkpoint.parquet").unlink()
    assert make_table().append(ids("e4", "e5")).n_stored == 1
    assert len(ids_of(make_table())) == 6


def test_a_log_that_cannot_be_read_for_another_reason_loses_nothing(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "CHECKPOINT_EVERY", 4)
    writer = append_singly(make_table(), 5)
    before = sorted(path.name for path in writer.log.folder.glob("0*"))
    (writer.log.folder / f"{6:020d}.json").write_text('{"add": 1}')
    with pytest.raises(LakeError):
        make_table().append(ids("e5"))
    (writer.log.folder / f"{6:020d}.json").unlink()
    assert sorted(path.name for path in writer.log.folder.glob("0*")) == before
    assert ids_of(make_table()) == [f"e{number}" for number in range(5)]


def test_shortening_the_log_twice_writes_one_checkpoint(make_table: Make) -> None:
    table = make_table()
    table.append(ids("a"))
    table.shorten_log()
    (made,) = table.log.folder.glob("*.checkpoint.parquet")
    before = made.stat().st_mtime_ns
    table.shorten_log()
    assert [path.stat().st_mtime_ns for path in table.log.folder.glob("*.checkpoint.parquet")] == [
        before
    ]


def test_entries_left_are_those_in_the_folder(tmp_path: Path) -> None:
    # A table of a billion versions, of which a handful are left: none is tried that is not there.
    for version in (7, 999_999_998, 1_000_000_000, 1_000_000_001):
        write(tmp_path, f"{version:020d}.json", NEW)
    write(tmp_path, f"{1_000_000_000:020d}.checkpoint.parquet", NEW)
    write(tmp_path, "_commit_of_somebody.json", NEW)
    assert entries_left(tmp_path, -1, 1_000_000_000) == [7, 999_999_998, 1_000_000_000]
    assert entries_left(tmp_path, 7, 10**12) == [999_999_998, 1_000_000_000, 1_000_000_001]


def test_notes_pass_over_commits_that_left(make_table: Make) -> None:
    table = make_table()
    for n in range(6):
        table.append(ids(f"e{n}"))
    for version in (0, 1, 2, 4):
        (table.log.folder / f"{version:020d}.json").unlink()
    # Version 0 made the table, the n-th append the version n.
    assert [commit.version for commit in table.log.commits_left(-1)] == [3, 5, 6]
    assert [commit.version for commit in table.log.commits_left(5)] == [6]
