from __future__ import annotations

import re

import pytest
from benchmarks.logs import shifted

LINE = b'10.0.0.%d - - [%s +0000] "GET / HTTP/1.1" 200 1 "-" "x"\n'
ORIGINAL = [
    LINE % (1, b"17/May/2015:10:05:00"),
    LINE % (2, b"18/May/2015:10:05:00"),
    LINE % (3, b"19/May/2015:10:04:59"),
]


def times(lines: list[bytes]) -> list[str]:
    return [re.search(rb"\[(.*?) ", line)[1].decode() for line in lines]  # type: ignore[index]


def test_copies_are_squeezed_and_moved_on() -> None:
    # The original spans 172,800 s with its last second, a copy 21,600 s: 86,400 s become
    # 10,800 s (three hours), and 172,799 s become 21,599 s (six hours less a second).
    lines = list(shifted(ORIGINAL, 5))
    assert times(lines) == [
        "17/May/2015:10:05:00",
        "17/May/2015:13:05:00",
        "17/May/2015:16:04:59",
        "17/May/2015:16:05:00",
        "17/May/2015:19:05:00",
    ]
    assert [line.split()[0] for line in lines] == [
        b"10.0.0.1", b"10.0.0.2", b"10.0.0.3", b"10.0.0.1", b"10.0.0.2",
    ]  # fmt: skip
    assert len(set(lines)) == 5


def test_a_line_without_time_is_told() -> None:
    with pytest.raises(ValueError, match="no time"):
        list(shifted([b"nothing\n"], 1))
