from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from benchmarks.access_log import combined_log
from benchmarks.logs import make_log, shifted
from benchmarks.options import Options

from footfall.capture.infer import infer_file

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


def test_the_made_log_is_a_sound_one_and_always_the_same(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"".join(combined_log(500)))
    found = infer_file(log)
    assert (found.preset.mapping.format, found.n_rows, found.n_rejected) == ("combined", 500, 0)
    moments = [stamp_of(line) for line in combined_log(500)]
    assert moments == sorted(moments)
    assert combined_log(500) == combined_log(500) != combined_log(500, seed=8)


def stamp_of(line: bytes) -> datetime:
    return datetime.strptime(times([line])[0], "%d/%b/%Y:%H:%M:%S").replace(tzinfo=UTC)


def test_without_a_log_one_is_made_and_kept(tmp_path: Path) -> None:
    log = make_log(Options(work=tmp_path, lines=30))
    assert log.read_bytes().count(b"\n") == 30
    assert make_log(Options(work=tmp_path, lines=30)) == log


def test_log_another_log_are_another_file(tmp_path: Path) -> None:
    given = tmp_path / "shop.log"
    given.write_bytes(b"".join(ORIGINAL))
    made = make_log(Options(work=tmp_path, lines=5))
    copies = make_log(Options(work=tmp_path, lines=5, log=given))
    assert copies != made
    assert copies.read_bytes().startswith(ORIGINAL[0])


def test_a_log_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="leave it away"):
        make_log(Options(work=tmp_path, log=tmp_path / "none.log"))
