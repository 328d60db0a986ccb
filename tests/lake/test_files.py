"""Files are whole, locks exclude."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from footfall.errors import LakeError
from footfall.lake import files
from footfall.lake.files import remove_quietly, write_whole
from footfall.lake.lock import TableLock
from footfall.lake.toml import to_toml


def test_a_file_is_replaced_as_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "file"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"newer")
    assert path.read_bytes() == b"new"
    assert [item.name for item in path.parent.iterdir()] == ["file"]


def test_replacing_waits_for_a_reader_where_one_blocks_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, refusals = Path.replace, [2]

    def busy(self: Path, target: Path) -> Path:
        if refusals[0]:
            refusals[0] -= 1
            raise PermissionError(13, "in use")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", busy)
    write_whole(tmp_path / "file", b"x")
    assert (tmp_path / "file").read_bytes() == b"x"
    monkeypatch.setattr(files, "_PAUSE", 0.0)
    refusals[0] = 1000
    with pytest.raises(PermissionError):
        write_whole(tmp_path / "file", b"y")
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_file_in_use_is_left_for_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.touch()

    def in_use(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "in use")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", in_use)
        assert not remove_quietly(path)
    assert remove_quietly(path)
    assert remove_quietly(path)


def test_a_lock_excludes_other_threads_and_is_re_entrant(tmp_path: Path) -> None:
    one, two = TableLock(tmp_path / "a.lock"), TableLock(tmp_path / "a.lock", timeout=0.05)
    outcome: list[str] = []

    def try_both() -> None:
        for lock in (one, two):
            with lock.if_free() as is_ours:
                outcome.append(str(is_ours))
        try:
            with two:
                outcome.append("entered")
        except LakeError as error:
            outcome.append(str(error))

    with one, one:
        thread = threading.Thread(target=try_both)
        thread.start()
        thread.join()
    assert outcome[:2] == ["False", "False"]
    assert "a.lock was held by another process for 0.05 s" in outcome[2]
    with two:
        pass


def test_a_lock_excludes_other_processes_and_dies_with_them(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from footfall.lake.lock import TableLock\n"
        "lock = TableLock(Path(sys.argv[1])); lock.__enter__()\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    path = tmp_path / "a.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        lock = TableLock(path, timeout=0.05)
        with pytest.raises(LakeError), lock:
            pass
        holder.kill()
        holder.wait()
        with TableLock(path, timeout=10):
            pass


def test_toml_has_no_place_for_other_things() -> None:
    with pytest.raises(TypeError, match="object"):
        to_toml({"a": object()})
    assert to_toml({"a": None, "b": True, "c": [1, 2.5], "d": {}}) == (
        "b = true\nc = [1, 2.5]\n\n[d]\n"
    )
