"""A crash at every step of an append or a compaction leaves the lake as before or after."""

from __future__ import annotations

import errno
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.lake.conftest import NOON, ids, ids_of

from footfall.errors import StorageFull
from footfall.lake import cache, compact, log, parquet, runs, seen
from footfall.lake.table import EventTable, Position
from footfall.model.source import Source

SOURCE = Source("web")

# Every function on the way of an append that touches the disk, in their order.
STEPS = [
    (parquet, "sync_file"),
    (parquet, "checksum"),
    (parquet, "move"),
    (parquet, "sync_folder"),
    (log, "sync_file"),
    (log, "sync_folder"),
    (seen, "write_run"),
    (runs, "sync_file"),
    (seen, "write_whole"),
]


def handle(root: Path) -> EventTable:
    return EventTable(root, SOURCE, clock=lambda: NOON)


def failing(error: BaseException, *, after: bool, original: Callable[..., Any]) -> Any:
    def fail(*arguments: Any, **options: Any) -> Any:
        if after:
            original(*arguments, **options)
        raise error

    return fail


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("module", "name"), STEPS, ids=[f"{m.__name__}.{n}" for m, n in STEPS])
@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
    ids=["full", "stop"],
)
def test_an_append_that_fails_can_be_repeated(
    tmp_path: Path,
    module: Any,
    name: str,
    after: bool,
    error: BaseException,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "_MAX_BEHIND", 1)
    first = handle(tmp_path)
    first.append(ids("a", "b"), Position("journal:1", 1))
    with monkeypatch.context() as patch:
        patch.setattr(module, name, failing(error, after=after, original=getattr(module, name)))
        with pytest.raises((StorageFull, KeyboardInterrupt)):
            first.append(ids("b", "c", "d"), Position("journal:1", 2))
    # The same handle, and one that never heard of it, both carry on.
    for again in (first, handle(tmp_path)):
        again.append(ids("b", "c", "d"), Position("journal:1", 2))
        assert ids_of(again) == ["a", "b", "c", "d"]
        assert again.position("journal:1") == 2
        assert again.append(ids("a", "d", "b")).n_stored == 0
    live = {Path(file.path) for file in first.snapshot().files}
    assert set(tmp_path.rglob("day=*/*.parquet")) == live
    assert first.check(is_full=True) == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("module", "name"),
    [
        (parquet, "sync_file"),
        (compact, "rewrite"),
        (log, "sync_file"),
        (log, "sync_folder"),
    ],
)
def test_a_compaction_that_fails_changes_no_event(
    tmp_path: Path, module: Any, name: str, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = handle(tmp_path)
    for number in range(8):
        writer.append(ids(f"e{number}"))
    expected = ids_of(writer)
    full = OSError(errno.ENOSPC, "No space left on device")
    with monkeypatch.context() as patch:
        patch.setattr(module, name, failing(full, after=after, original=getattr(module, name)))
        with pytest.raises(StorageFull):
            writer.compact()
    assert ids_of(writer) == ids_of(handle(tmp_path)) == expected
    writer.compact()
    assert ids_of(handle(tmp_path)) == expected
    assert len(handle(tmp_path).snapshot().files) == 1


def test_a_full_disk_is_told_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = handle(tmp_path)
    writer.append(ids("a"))

    def full(_: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(parquet, "sync_file", full)
        with pytest.raises(StorageFull, match="no space is left on the disk"):
            writer.append(ids("b"), Position("journal:1", 1))
    assert writer.position("journal:1") == -1
    assert len(list(tmp_path.rglob("day=*/*.parquet"))) == 1


def test_a_file_size_limit_stops_an_append_without_harm(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="Windows has no such limit")
    handle(tmp_path).append(ids("a"))
    code = """
import resource, signal, sys
from pathlib import Path
from footfall.errors import LakeError, StorageFull
from tests.faults.test_lake_crash import handle
from tests.lake.conftest import ids
from footfall.lake.table import Position
table = handle(Path(sys.argv[1]))
table.append(ids("b"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
try:
    table.append(ids("c"), Position("journal:1", 1))
except LakeError as error:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert table.append(ids("b", "c"), Position("journal:1", 1)).n_stored == 1
    print("told")
"""
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=root,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("told\n", 0), done.stderr
    assert ids_of(handle(tmp_path)) == ["a", "b", "c"]
    assert handle(tmp_path).check(is_full=True) == []


@pytest.mark.parametrize("keep", [0, 1, 100, -1])
def test_a_last_commit_torn_by_a_power_cut_is_set_aside(tmp_path: Path, keep: int) -> None:
    writer = handle(tmp_path)
    writer.append(ids("a"), Position("journal:1", 1))
    version = writer.append(ids("b"), Position("journal:1", 2)).version
    entry = writer.root / "_delta_log" / f"{version:020d}.json"
    entry.write_bytes(entry.read_bytes()[:keep])
    again = handle(tmp_path)
    assert again.append(ids("b", "c"), Position("journal:1", 2)).n_stored == 2
    assert ids_of(again) == ids_of(handle(tmp_path)) == ["a", "b", "c"]


def test_a_first_commit_torn_by_a_power_cut_is_set_aside(tmp_path: Path) -> None:
    writer = handle(tmp_path)
    (writer.root / "_delta_log").mkdir(parents=True)
    (writer.root / "_delta_log" / f"{0:020d}.json").write_bytes(b"\0" * 50)
    assert writer.append(ids("a")).n_stored == 1
    assert ids_of(handle(tmp_path)) == ["a"]
