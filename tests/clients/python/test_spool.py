from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from footfall_client.spool import Spool, default_folder, folder_name

NOW = 2_000_000_000.0


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(str(tmp_path / "spool"), 1000)


def test_batches_come_back_oldest_first_and_once(spool: Spool) -> None:
    for body in (b"one", b"two", b"three"):
        assert spool.put(body, len(body))
    taken = [spool.take() for _ in range(3)]
    assert [(item.body, item.n_events) for item in taken if item] == [
        (b"one", 3), (b"two", 3), (b"three", 5)
    ]  # fmt: skip
    assert spool.take() is None
    for item in taken:
        assert item is not None
        spool.done(item)
    assert list(Path(spool.folder).iterdir()) == []


def test_what_was_put_back_is_taken_again(spool: Spool) -> None:
    spool.put(b"one", 1)
    item = spool.take()
    assert item is not None
    assert not spool.has_any()
    spool.put_back(item)
    again = spool.take()
    assert again is not None
    assert again.body == b"one"


def test_another_process_finds_what_was_left(spool: Spool) -> None:
    spool.put(b"one", 1)
    other = Spool(spool.folder, 1000)
    item = other.take()
    assert item is not None
    assert spool.take() is None


def test_what_a_dead_process_took_is_taken_up_after_five_minutes(spool: Spool) -> None:
    spool.put(b"one", 1)
    item = spool.take()
    assert item is not None
    taken_at = Path(item.path).stat().st_mtime
    assert Spool(spool.folder, 1000, clock=lambda: taken_at + 299).take() is None
    late = Spool(spool.folder, 1000, clock=lambda: taken_at + 301).take()
    assert late is not None
    assert late.body == b"one"


def test_it_is_bounded_over_all_processes(tmp_path: Path) -> None:
    first = Spool(str(tmp_path), 10)
    assert first.put(b"x" * 6, 1)
    assert not first.put(b"x" * 5, 1)
    assert not Spool(str(tmp_path), 10).put(b"x" * 5, 1)
    item = first.take()
    assert item is not None
    first.done(item)
    assert first.put(b"x" * 10, 1)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_only_its_owner_may_read_it(spool: Spool) -> None:
    spool.put(b"one", 1)
    (file,) = Path(spool.folder).iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(spool.folder).stat().st_mode) == 0o700


def test_a_half_written_file_is_never_read_and_swept_away(tmp_path: Path) -> None:
    half = tmp_path / "00000000000000000001-aaaaaaaa-1.part"
    half.write_bytes(b"ha")
    now = half.stat().st_mtime
    spool = Spool(str(tmp_path), 1000, clock=lambda: now + 301)
    assert spool.take() is None
    spool.put(b"one", 1)
    assert not half.exists()


def test_servers_and_sources_have_spools_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {folder_name(url, who) for url in ("http://a", "http://b") for who in ("web", "app")}
    assert len(names) == 4
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    monkeypatch.setenv("LOCALAPPDATA", "/state")
    assert Path(default_folder()) == Path("/state/footfall")
