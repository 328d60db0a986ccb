from __future__ import annotations

import gzip
import zlib

import pytest
import zstandard

from footfall.errors import InvalidEvents, TooLarge, UnknownEncoding
from footfall.intake.decode import split, unpack

TEXT = b'{"name": "a"}' * 50
LIMIT = len(TEXT)


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


PACKERS = {
    "gzip": gzip.compress,
    "zstd": zstandard.ZstdCompressor().compress,
    "deflate": zlib.compress,
}


@pytest.mark.parametrize("encoding", ["", "identity", "gzip", "zstd", "deflate"])
def test_packing_is_told_by_its_bytes_whatever_the_header_says(encoding: str) -> None:
    assert unpack(TEXT, encoding, LIMIT) == TEXT
    for pack in PACKERS.values():
        assert unpack(pack(TEXT), encoding, LIMIT) == TEXT


def test_deflate_without_header_needs_the_encoding() -> None:
    assert unpack(raw_deflate(TEXT), "Deflate", LIMIT) == TEXT


def test_several_members_are_joined() -> None:
    for name in ("gzip", "zstd"):
        pack = PACKERS[name]
        assert unpack(pack(TEXT[:26]) + pack(TEXT[26:]), name, LIMIT) == TEXT


@pytest.mark.parametrize("pack", [*PACKERS.values(), raw_deflate, bytes])
def test_one_byte_over_the_limit_is_too_large(pack) -> None:
    with pytest.raises(TooLarge, match="max_body"):
        unpack(pack(TEXT + b" "), "deflate", LIMIT)


@pytest.mark.parametrize("name", PACKERS)
def test_a_bomb_is_stopped(name: str) -> None:
    bomb = PACKERS[name](bytes(64 * 2**20))
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        unpack(bomb, name, 10_000)


@pytest.mark.parametrize("name", PACKERS)
def test_a_body_of_many_parts_is_refused(name: str) -> None:
    pack = PACKERS[name]
    assert unpack(pack(b"x") * 64, name, LIMIT) == b"x" * 64
    for parts in (pack(b"x") * 65, pack(b"") * 65):
        with pytest.raises(InvalidEvents, match="more than 64 packed parts; send it as one"):
            unpack(parts, name, LIMIT)


@pytest.mark.parametrize("name", PACKERS)
@pytest.mark.parametrize("cut", [5, 8, -1])
def test_a_body_cut_short_is_refused(name: str, cut: int) -> None:
    with pytest.raises(InvalidEvents, match="unpacked"):
        unpack(PACKERS[name](TEXT)[:cut], name, LIMIT)


def test_other_encodings_are_refused_by_name() -> None:
    with pytest.raises(UnknownEncoding, match="'br' is not known") as caught:
        unpack(TEXT, "br", LIMIT)
    assert caught.value.status == 415


def test_a_byte_order_mark_is_dropped() -> None:
    assert unpack(b"\xef\xbb\xbf{}", "", LIMIT) == b"{}"


@pytest.mark.parametrize(
    ("body", "items"),
    [
        (b'{"a": 1}', [b'{"a": 1}']),
        (b' {\n "a": 1\n}\n', [b'{\n "a": 1\n}']),
        (b'[{"a": 1}, 2, null]', [b'{"a": 1}', b"2", b"null"]),
        (b"[]", []),
        (b'{"a":1}\r\n\n{"b":2}\n', [b'{"a":1}', b'{"b":2}']),
        (b'{"a":1}\nbroken\n{"b":2}', [b'{"a":1}', b"broken", b'{"b":2}']),
        (b"7", [b"7"]),
    ],
)
def test_bodies_are_split(body: bytes, items: list[bytes]) -> None:
    assert split(body) == items


@pytest.mark.parametrize(
    "body",
    [b"", b"  \n", b"[1, 2", b'{"a": 1', b"nonsense", b"one\ntwo", b"\xff\xfe", b"[" * 99999],
)
def test_bodies_that_are_nothing_are_refused(body: bytes) -> None:
    with pytest.raises(InvalidEvents, match=r"one (event )?per line"):
        split(body)


def test_half_an_emoji_costs_only_its_own_event() -> None:
    body = rb'[ {"name": "good"}, {"name": "x\ud83d"} ,{"n": 1e999, "m": ["]"]} ]'
    assert split(body) == [
        b'{"name": "good"}',
        rb'{"name": "x\ud83d"}',
        b'{"n": 1e999, "m": ["]"]}',
    ]


@pytest.mark.parametrize(
    "body",
    [
        rb'["\ud83d"',
        rb'["\ud83d",]',
        rb'["\ud83d"] x',
        rb'["\ud83d" 1]',
        rb'["\ud83d"]]',
        b"[" * 100_000,
    ],
)
def test_an_array_that_is_none_is_refused_as_a_whole(body: bytes) -> None:
    with pytest.raises(InvalidEvents, match="not JSON"):
        split(body)
