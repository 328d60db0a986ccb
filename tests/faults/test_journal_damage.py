"""Journals cut, flipped and overwritten at random bytes: only what was touched is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from footfall.intake.journal import Journal
from footfall.intake.reader import DAMAGED
from footfall.intake.segment import MARKER, OVERHEAD

PAYLOADS = st.lists(
    st.one_of(st.binary(max_size=200), st.binary(max_size=20).map(lambda b: MARKER + b + MARKER)),
    min_size=1,
    max_size=12,
)


def write(folder: Path, payloads: list[bytes], segment_bytes: int) -> list[tuple[int, int]]:
    """A journal of these payloads, closed; where each record lies."""
    journal = Journal.open(folder, segment_bytes=segment_bytes)
    spans: list[tuple[int, int]] = []
    for payload in payloads:
        end = journal.commit([payload])
        spans.append((end - OVERHEAD - len(payload), end))
    journal.close()
    return spans


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.seg"))


def read(folder: Path) -> tuple[list[bytes], Journal]:
    journal = Journal.open(folder)
    found = [record.payload for record in journal.read()]
    return found, journal


@settings(max_examples=150, deadline=None)
@given(PAYLOADS, st.data())
def test_a_flipped_bit_costs_one_record(payloads: list[bytes], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spans = write(folder, payloads, segment_bytes=300)
        path = data.draw(st.sampled_from([p for p in segments(folder) if p.stat().st_size]))
        content = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] ^= 1 << data.draw(st.integers(0, 7))
        path.write_bytes(content)
        offset = int(path.name[:20]) + place
        expected = [
            payload
            for payload, (start, end) in zip(payloads, spans, strict=True)
            if not start <= offset < end
        ]
        found, journal = read(folder)
        assert found == expected
        (damage,) = journal.damages
        assert damage.offset <= offset < damage.offset + damage.n_bytes
        assert damage.kept is not None
        assert damage.kept.stat().st_size == damage.n_bytes
        assert len(list((journal.folder / DAMAGED).iterdir())) == 1
        journal.close()


@settings(max_examples=100, deadline=None)
@given(PAYLOADS, st.data())
def test_a_cut_costs_what_lies_behind_it(payloads: list[bytes], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spans = write(folder, payloads, segment_bytes=2**20)
        (path,) = segments(folder)
        keep = data.draw(st.integers(0, path.stat().st_size))
        with path.open("r+b") as file:
            file.truncate(keep)
        whole = [p for p, (_, end) in zip(payloads, spans, strict=True) if end <= keep]
        found, journal = read(folder)
        assert found == whole
        sound = max([0, *(end for _, end in spans if end <= keep)])
        assert [(d.kind, d.offset) for d in journal.damages] == (
            [("torn", sound)] if sound < keep else []
        )
        journal.commit([b"goes on"])
        journal.close()
        found, journal = read(folder)
        assert found == [*whole, b"goes on"]
        journal.close()


@settings(max_examples=100, deadline=None)
@given(PAYLOADS, st.binary(min_size=1, max_size=300), st.data())
def test_overwritten_bytes_never_become_a_record(
    payloads: list[bytes], garbage: bytes, data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spans = write(folder, payloads, segment_bytes=2**20)
        (path,) = segments(folder)
        content = path.read_bytes()
        place = data.draw(st.integers(0, len(content)))
        damaged = content[:place] + garbage + content[place + len(garbage) :]
        path.write_bytes(damaged)
        # A record that is overwritten with the very bytes it had is as good as before.
        whole = [
            payload
            for payload, (start, end) in zip(payloads, spans, strict=True)
            if damaged[start:end] == content[start:end]
        ]
        found, journal = read(folder)
        assert found == whole
        journal.close()
