from __future__ import annotations

import bz2
import gzip
import io
import lzma
from collections.abc import Callable

import pytest
import zstandard

from footfall.capture.reading import Content
from footfall.errors import InvalidEvents

TEXT = b"".join(b"line %d\n" % i for i in range(100_000))
Pack = Callable[[bytes], bytes]
PACKS = [gzip.compress, bz2.compress, zstandard.ZstdCompressor().compress, lzma.compress]


def content(data: bytes) -> Content:
    return Content(io.BytesIO(data), "a.log")


def everything(data: bytes, block: int = 1 << 20) -> bytes:
    stream, parts = content(data), []
    while part := stream.read(block):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("block", [1000, 1 << 20])
def test_packed_is_read_as_if_it_were_not(pack: Pack, block: int) -> None:
    assert everything(pack(TEXT), block) == TEXT


@pytest.mark.parametrize("pack", PACKS)
def test_parts_put_together_are_read_one_after_the_other(pack: Pack) -> None:
    assert everything(pack(b"one\n") + pack(b"") + pack(b"two\n")) == b"one\ntwo\n"


@pytest.mark.parametrize("pack", PACKS)
def test_padding_between_parts_is_passed_over(pack: Pack) -> None:
    assert everything(pack(b"one\n") + b"\0" * 700 + pack(b"two\n") + b"\0\0") == b"one\ntwo\n"


@pytest.mark.parametrize("pack", PACKS)
def test_cut_off_file_gives_what_it_has_and_says_so(pack: Pack) -> None:
    packed = pack(TEXT)
    stream = content(packed[: len(packed) // 2])
    with pytest.raises(InvalidEvents, match=r"a\.log ends in the middle"):
        while stream.read(1 << 16):
            pass


@pytest.mark.parametrize("pack", PACKS)
def test_flipped_bytes_are_told(pack: Pack) -> None:
    packed = bytearray(pack(TEXT))
    middle = len(packed) // 2
    packed[middle : middle + 40] = bytes(255 - byte for byte in packed[middle : middle + 40])
    stream = content(bytes(packed))
    with pytest.raises(InvalidEvents, match=r"cannot be unpacked|ends in the middle"):
        while stream.read(1 << 16):
            pass


@pytest.mark.parametrize("pack", PACKS)
@pytest.mark.parametrize("n_before", range(1, 12))
def test_a_part_may_begin_anywhere_in_what_is_read_at_once(pack: Pack, n_before: int) -> None:
    class Pieces(io.BytesIO):
        def read1(self, _most: int | None = -1) -> bytes:
            return self.read(n_before)

    stream = Content(Pieces(pack(b"one\n") + pack(b"two\n")), "a.log")
    assert stream.fill(100) == b"one\ntwo\n"
    stream.check()


def skippable(n_bytes: int, magic: int = 0x184D2A50) -> bytes:
    """A frame that readers of zstd pass over (RFC 8878, 3.1.2)."""
    return magic.to_bytes(4, "little") + n_bytes.to_bytes(4, "little") + b"x" * n_bytes


@pytest.mark.parametrize("n_bytes", [0, 4, 300_000])
def test_frames_of_zstd_without_content_are_passed_over(n_bytes: int) -> None:
    pack = zstandard.ZstdCompressor().compress
    seekable = pack(b"one\n") + pack(b"two\n") + skippable(n_bytes, 0x184D2A5E)
    assert everything(seekable) == b"one\ntwo\n"
    pzstd = b"".join(skippable(n_bytes) + pack(part) for part in (b"one\n", b"two\n"))
    assert everything(pzstd) == b"one\ntwo\n"
    with pytest.raises(InvalidEvents, match="ends in the middle"):
        everything(pzstd + skippable(9)[:-1])


@pytest.mark.parametrize(
    ("start", "command"),
    [(b"\x04\x22\x4d\x18", "lz4 -dc"), (b"PK\x03\x04", "unzip -p"), (b"\x1f\x9d", "uncompress")],
)
def test_what_is_packed_otherwise_is_told_with_the_way_out(start: bytes, command: str) -> None:
    with pytest.raises(InvalidEvents, match=rf"{command}.* \| footfall ingest -"):
        content(start + TEXT)


def test_text_after_packed_parts_is_told() -> None:
    with pytest.raises(InvalidEvents, match="not compressed"):
        everything(gzip.compress(b"one\n") + b"two\n")


def test_plain_text_that_begins_like_bzip2_stays_plain() -> None:
    assert everything(b"BZhello\n") == b"BZhello\n"


def test_peek_gives_bytes_that_are_still_to_be_read() -> None:
    stream = content(gzip.compress(b"abcdef"))
    assert (stream.peek(4), stream.peek(2)) == (b"abcd", b"ab")
    assert stream.fill(100) == b"abcdef"


def test_skip_tells_how_much_there_was() -> None:
    assert content(b"abc").skip(2) == 2
    assert content(b"abc").skip(5) == 3


def test_small_pack_of_much_is_read_in_small_pieces() -> None:
    # 64 MiB of zeros are some KiB packed: no read may give more than was asked for.
    packed = zstandard.ZstdCompressor().compress(bytes(64 * 1024 * 1024))
    stream = content(packed)
    sizes = [len(part) for part in iter(lambda: stream.read(1 << 20), b"")]
    assert (max(sizes), sum(sizes)) == (1 << 20, 64 * 1024 * 1024)
