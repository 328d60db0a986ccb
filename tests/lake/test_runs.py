"""Runs of keys on disk."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from footfall.lake.runs import Run, open_run, write_run


def run(*keys: int, latest: int = 0) -> Run:
    high = np.array(keys, np.uint64) << np.uint64(56)
    return Run(high, np.array(keys, np.uint64), latest)


def test_runs_become_one_sorted_run(tmp_path: Path) -> None:
    written = write_run(tmp_path, [run(1, 5, 200, latest=3), run(2, 9, latest=7)])
    again = open_run(tmp_path, written.name, 5, 7)
    assert again.low.tolist() == [1, 2, 5, 9, 200]
    assert (again.high >> np.uint64(56)).tolist() == [1, 2, 5, 9, 200]
    assert written.latest == 7


def test_pieces_land_where_they_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Pieces of about two keys each, so that every half is written in several places.
    monkeypatch.setattr("footfall.lake.runs._SLICE", 2)
    written = write_run(tmp_path, [run(*range(0, 250, 10)), run(*range(5, 250, 10))])
    assert written.low.tolist() == list(range(0, 250, 5))


def test_full_disk_is_an_error_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("footfall.lake.runs._write", full)
    with pytest.raises(OSError, match="No space left"):
        write_run(tmp_path, [run(1)])
    assert list(tmp_path.iterdir()) == []
