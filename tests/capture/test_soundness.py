"""One flipped bit in a packed file: nothing of it is believed, and the intact one is read whole."""

from __future__ import annotations

import bz2
import gzip
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.conftest import NOW, Ingest, events, line

from footfall.capture.collector import Collector
from footfall.capture.follow import Follower
from footfall.capture.soundness import sound_content
from footfall.errors import InvalidEvents
from footfall.intake.check import check_lake
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder

Pack = Callable[[bytes], bytes]


def pack_gzip(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)


def pack_zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(data)


PACKS = [pack_gzip, bz2.compress, pack_zstd]
TEXT = b"".join(f"{line(k % 60, f'n{k}', f'u{k * k}')}\n".encode() for k in range(120))
FIRST, SECOND = TEXT[:3000], TEXT[3000:]
PLACES = [0.05, 0.3, 0.5, 0.7, 0.95, 0.98]


def flipped(data: bytes, place: float, bit: int = 0) -> bytes:
    """The bytes with one bit turned over, at this share of their length."""
    changed = bytearray(data)
    changed[int(place * len(data))] ^= 1 << bit
    return bytes(changed)


def read(data: bytes) -> tuple[bytes, InvalidEvents | None]:
    """What is given of a packed file, and the damage that ended it."""
    content = sound_content(io.BytesIO(data), "a.log")
    given_ = content.fill(1 << 20)
    try:
        content.check()
    except InvalidEvents as damage:
        return given_, damage
    return given_, None


@pytest.mark.parametrize("pack", PACKS)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_nothing_is_given_but_what_was_packed(pack: Pack, place: float, bit: int) -> None:
    given_, damage = read(pack(FIRST) + flipped(pack(SECOND), place, bit))
    # A flip may hit what only informs, such as the system that packed it, and the flag that tells
    # of a checksum: then everything is right, and four bytes are left over.
    assert given_ in ((TEXT,) if damage is None else (FIRST, TEXT))


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("place", PLACES)
def test_intact_file_is_read_whole_after_a_damaged_one(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path, pack: Pack, place: float
) -> None:
    path = tmp_path / "a.packed"
    path.write_bytes(flipped(pack(TEXT), place))
    (problem,) = ingest(path, piece_size=1000).problems
    assert "Fetch the file again" in problem
    path.write_bytes(pack(TEXT))
    counts = ingest(path, piece_size=1000)
    assert (counts.stored, counts.rejected, counts.duplicates) == (120, 0, 0)
    assert {event["name"] for event in events(lake)} == {f"n{k}" for k in range(120)}
    balance = ledger.balance("app")["app"]
    assert (balance.received, balance.stored, balance.is_balanced) == (120, 120, True)
    assert not list(check_lake(lake, is_full=True))


@pytest.mark.parametrize("pack", PACKS)
def test_sound_parts_before_the_damage_are_kept_and_not_counted_again(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path, pack: Pack
) -> None:
    path = tmp_path / "a.packed"
    path.write_bytes(pack(FIRST) + flipped(pack(SECOND), 0.6))
    first = ingest(path, piece_size=1000)
    assert first.stored == FIRST.count(b"\n")
    assert f"here the first {len(FIRST):,} bytes" in first.problems[0]
    again = ingest(path, piece_size=1000)
    assert (again.received, len(again.problems)) == (0, 1)
    path.write_bytes(pack(TEXT))
    second = ingest(path, piece_size=1000)
    assert (first.stored + second.stored, second.duplicates) == (120, 0)
    assert len(events(lake)) == 120


def test_file_that_is_damaged_from_its_first_byte_gives_nothing(
    ingest: Ingest, tmp_path: Path
) -> None:
    (tmp_path / "a.gz").write_bytes(pack_gzip(TEXT)[:-1])
    counts = ingest(tmp_path / "a.gz")
    assert (counts.received, len(counts.problems)) == (0, 1)
    assert "ends in the middle" in counts.problems[0]


def test_damaged_stream_gives_nothing_and_an_intact_one_everything(
    lake: LakeFolder, ledger: Ledger
) -> None:
    def send(data: bytes) -> Any:
        collector = Collector(lake, "app", ledger, clock=lambda: NOW, piece_size=1000)
        return collector.ingest(["-"], io.BytesIO(data))

    damaged = send(flipped(pack_gzip(TEXT), 0.5))
    assert (damaged.received, len(damaged.problems)) == (0, 1)
    assert send(pack_gzip(TEXT)).stored == 120
    assert send(pack_gzip(TEXT)).received == 0
    assert len(events(lake)) == 120


def test_damaged_file_that_is_followed_is_told_once(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path
) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(flipped(pack_gzip(TEXT), 0.5))
    collector = Collector(lake, "app", ledger, clock=lambda: NOW, is_following=True)
    follower = Follower(collector, [str(path)])
    for _ in range(3):
        follower.look()
    follower.close()
    assert (collector.counts.received, len(collector.counts.problems)) == (0, 1)
    path.write_bytes(pack_gzip(TEXT))
    assert ingest(path).stored == 120


def test_pipe_is_kept_packed_and_read_twice() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

    packed = pack_gzip(FIRST) + pack_gzip(SECOND)
    content = sound_content(cast("BinaryIO", Pipe(packed)), "pipe")
    assert content.fill(1 << 20) == TEXT


def test_asked_to_stop_nothing_is_given() -> None:
    stop = threading.Event()
    stop.set()
    content = sound_content(io.BytesIO(pack_gzip(TEXT)), "a.gz", stop.is_set)
    assert (content.read(100), content.is_compressed) == (b"", True)
