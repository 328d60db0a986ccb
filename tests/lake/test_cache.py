"""A cache of a table reads what came since, and all of it where that cannot be told."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence

import pytest
from tests.lake.conftest import append_singly, ids

from footfall.lake import cache
from footfall.lake.actions import Commit
from footfall.lake.cache import TableCache
from footfall.lake.log import DeltaLog
from footfall.lake.snapshot import DataFile
from footfall.lake.table import EventTable

Make = Callable[..., EventTable]


class Diary(TableCache):
    """Writes down what it is asked to do; `is_content` says whether commits are enough."""

    def __init__(self, *, is_content: bool = True) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._is_content = is_content

    def _load(self) -> None:
        return

    def _save(self) -> None:
        self.saved = self.covered

    def _take(self, commits: Sequence[Commit], log: DeltaLog) -> bool:
        self.lines.append(f"commits {','.join(str(commit.version) for commit in commits)}")
        return self._is_content

    def _read_all(self, files: Iterable[DataFile]) -> None:
        self.lines.append(f"{len(list(files))} files")


# Version 0 makes the table, and each event appended is one version and one file more.
def test_only_what_came_since_is_read(make_table: Make) -> None:
    table, diary = append_singly(make_table(), 2), Diary()
    diary.follow(table.log)
    diary.follow(table.log)
    table.append(ids("x"))
    table.append(ids("y"))
    diary.follow(table.log)
    assert diary.lines == ["2 files", "commits 3,4"]
    assert (diary.covered, diary.saved) == (4, 2)


def test_all_is_read_where_commits_are_not_enough(make_table: Make) -> None:
    table, diary = append_singly(make_table(), 1), Diary(is_content=False)
    diary.follow(table.log)
    table.append(ids("x"))
    diary.follow(table.log)
    assert diary.lines == ["1 files", "commits 2", "2 files"]
    assert (diary.covered, diary.saved) == (2, 2)


def test_all_is_read_where_commits_have_left_the_log(make_table: Make) -> None:
    table, diary = append_singly(make_table(), 1), Diary()
    diary.follow(table.log)
    table.append(ids("x"))
    (table.log.folder / f"{2:020d}.json").unlink()
    diary.follow(table.log)
    assert diary.lines == ["1 files", "2 files"]


def test_a_table_made_anew_is_another(make_table: Make) -> None:
    table, diary = append_singly(make_table(), 1), Diary()
    diary.follow(table.log)
    shutil.rmtree(table.root)
    again = append_singly(make_table(), 1)
    assert again.log.version == diary.covered == 1
    diary.follow(again.log)
    assert diary.lines == ["1 files", "1 files"]


def test_it_is_told_when_much_is_not_saved(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "_MAX_BEHIND", 2)
    table, diary = append_singly(make_table(), 1), Diary()
    found: list[bool] = []
    for name in ("x", "y", "z"):
        diary.follow(table.log)
        found.append(diary.is_far_ahead)
        table.append(ids(name))
    assert found == [False, False, True]
