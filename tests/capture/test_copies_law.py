"""However often parts of a file come, and when, each of its lines is stored once."""

from __future__ import annotations

import gzip
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.capture.conftest import NOW, events
from tests.capture.test_copies import Days

from footfall.capture.definition import Changes, define
from footfall.capture.pieces import PIECE
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.lake.folder import LakeFolder

HEADER = "t,n,u\n"
FIRST = "2026-11-01,first,user1\n"
ROWS = st.sampled_from(
    [
        "2026-11-01,a,user1\n",
        "2026-11-01,a,user12\n",
        "2026-11-02,b,u\n",
        "2026-11-02,longer,somebody-whose-name-is-long\n",
        "bad\n",
    ]
)


@dataclass(frozen=True)
class Reading:
    """One reading of a part of the file: `days` after the one before, up to a share of it.

    `packed` is in two parts, `hurt` the same with the second one damaged, `spoiled` has a line
    in its middle that cannot be read.
    """

    days: int
    share: float
    how: str
    piece_size: int


READINGS = st.builds(
    Reading,
    st.sampled_from([0, 1, 5, 9, 30]),
    st.just(1.0) | st.floats(0, 1),
    st.sampled_from(["plain", "pipe", "packed", "hurt", "spoiled"]),
    st.sampled_from([60, PIECE]),
)


def content(reading: Reading, whole: bytes) -> bytes:
    """The bytes that are read."""
    # A cut within the first row leaves one that begins another file.
    least = len(HEADER + FIRST)
    end = least + round(reading.share * (len(whole) - least))
    part = whole[:end]
    if reading.how == "spoiled":
        lines = whole.splitlines(keepends=True)
        lines[2 + round(reading.share * (len(lines) - 3))] = b"spoiled\n"
        return b"".join(lines)
    if reading.how in ("plain", "pipe"):
        return part
    if reading.how == "packed":
        return gzip.compress(part[:least]) + gzip.compress(part[least:])
    return gzip.compress(part) + gzip.compress(whole[end:] + b"rest")[:-3]


def read(days: Days, folder: Path, reading: Reading, day: int, whole: bytes) -> None:
    """Take a part of the file in."""
    data = content(reading, whole)
    if reading.how == "pipe":
        days.send(data, day, "shop")
        return
    path = folder / "file"
    path.write_bytes(data)
    days.ingest(path, day, "shop", piece_size=reading.piece_size)


@pytest.mark.slow
@settings(max_examples=40)
@example(
    # What lies before the cut in the second reading is a reject, which is known.
    rows=["2026-11-01,a,user1\n", "2026-11-02,b,u\n", "bad\n", *["2026-11-01,a,user1\n"] * 3],
    readings=[Reading(0, share, "plain", 60) for share in (1.0, 0.5, 0.5)],
)
@given(rows=st.lists(ROWS, min_size=2, max_size=12), readings=st.lists(READINGS, max_size=5))
def test_each_line_is_stored_once(rows: list[str], readings: list[Reading]) -> None:
    whole = (HEADER + FIRST + "".join(rows)).encode()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lake = LakeFolder.create(folder / "lake", random=bytes, clock=lambda: NOW)
        rules = {"timestamp": "t", "name": "n", "actor": "u"}
        lake.save_source(define("shop", Changes("csv", rules)))
        days, day = Days(lake.root), 0
        for reading in [*readings, Reading(30, 1.0, "plain", PIECE)]:
            day += reading.days
            read(days, folder, reading, day, whole)
        wanted = Counter(row.strip() for row in [FIRST, *rows] if row != "bad\n")
        found = Counter(
            f"{event['timestamp']:%Y-%m-%d},{event['name']},{event['actor_id']}"
            for event in events(lake, "shop")
        )
        assert found == wanted
        with Ledger(lake.root / FILE_NAME) as ledger:
            rejects = Counter(reject.raw for reject in ledger.rejects("shop"))
            balance = ledger.balance("shop")["shop"]
        assert rejects.pop(b"spoiled", 0) <= len(readings)
        assert rejects == Counter({b"bad": rows.count("bad\n")} if "bad\n" in rows else {})
        assert (balance.stored, balance.is_balanced) == (sum(wanted.values()), True)
