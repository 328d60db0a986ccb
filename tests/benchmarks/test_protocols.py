"""Speeds of the tracker protocols are of all of them, and of their whole samples."""

from __future__ import annotations

from pathlib import Path

from benchmarks.options import Options
from benchmarks.tracker_bodies.ga4 import PURCHASE, PYTHON

from benchmarks import protocols
from footfall.capture.protocols.registry import adapters


def test_every_protocol_with_events_has_its_row(tmp_path: Path) -> None:
    (report,) = protocols.run(Options(work=tmp_path, seconds=0.0))
    rows = {str(row[0]): row for row in report.rows}
    without = {"config", "flags", "lists", "recordings", "heartbeat", "check", "settings", "others"}
    expected = {each.name for each in adapters() if each.name.rpartition("_")[2] not in without}
    assert rows.keys() == expected | {"footfall (/v1/events)"}
    rates = [row[-1] for row in report.rows]
    assert rates == sorted(rates, key=lambda rate: -float(rate or 0))


def test_the_largest_sample_stands_for_its_protocol() -> None:
    assert len(PURCHASE.body["events"]) < len(PYTHON.body["events"])
    assert protocols.largest()["ga4"] is PYTHON


def test_a_speed_counts_both_halves() -> None:
    speed = protocols.Speed(n_events=20, n_bytes=100, reading=0.003, checking=0.001)
    assert speed.rate == 5000
    found = protocols.measure(PURCHASE, 0.0)
    assert (found.n_events, found.n_bytes) == (1, len(PURCHASE.content()))
