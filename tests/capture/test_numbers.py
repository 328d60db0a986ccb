"""Coordinates that are none make a reject of their record alone, whichever way it came."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.capture.conftest import NOW, Ingest, events
from tests.capture.logfiles.samples import SECRET

from footfall.capture.definition import Changes, define
from footfall.capture.logfiles import open_format
from footfall.capture.replay import Replayed, replay
from footfall.intake.ledger import Ledger, Reject
from footfall.intake.validate import EventLimits, Rejected, read_event
from footfall.lake.folder import LakeFolder
from footfall.model.source import Mapping, Rule, Source

LIMITS = EventLimits(1_000_000, NOW + timedelta(days=1), "UTC")
GOOD: dict[Any, float] = {48.2: 48.2, -180: -180.0, "48.2": 48.2, "+1e1": 10.0, ".5": 0.5}
BAD: tuple[Any, ...] = (
    *(True, False, [1], {}, "x", " 5", "5 ", "0x10", "1_0", "٣", "n/a", "48,2", "NaN", "inf"),
    *("-Infinity", "1e400", 180.1, 1000, 10**30, "9" * 50),
)
SHOWN = "latitude must be a number from -180 to 180, not "


def event(**members: Any) -> dict[str, Any]:
    return {"name": "a", "timestamp": "2026-11-01T00:00:00Z"} | members


@pytest.mark.parametrize("value", BAD)
def test_all_doors_refuse_alike(value: Any) -> None:
    raw = json.dumps(event(latitude=value)).encode()
    with pytest.raises(Rejected) as sent:
        read_event(raw, LIMITS)
    form = open_format(Source("web"), SECRET, raw)
    good = json.dumps(event(latitude=1.5)).encode()
    parsed = form.parse(form.records(b"\n".join([good, raw, good]), 1))
    assert parsed.table["latitude"].to_pylist() == [1.5, 1.5]
    assert parsed.rows.tolist() == [0, 2]
    assert parsed.faults == [(1, sent.value.reason, "invalid_field")]
    assert sent.value.reason.startswith(SHOWN)


@pytest.mark.parametrize("value", GOOD)
def test_all_doors_take_numbers_and_what_writes_them(value: Any) -> None:
    raw = json.dumps(event(longitude=value)).encode()
    assert read_event(raw, LIMITS).longitude == GOOD[value]
    form = open_format(Source("web"), SECRET, raw)
    assert form.parse(form.records(raw, 1)).table["longitude"].to_pylist() == [GOOD[value]]


def test_cells_of_csv_are_held_to_the_same() -> None:
    rules = {"timestamp": Rule(("t",)), "name": Rule(("n",)), "latitude": Rule(("la",))}
    text = b't,n,la\n2026-11-01,a,48.2\n2026-11-01,b,"48,2"\n2026-11-01,c,\n2026-11-01,d,n/a\n'
    form = open_format(Source("shop", mapping=Mapping("csv", rules)), SECRET, text)
    parsed = form.parse(form.records(text[form.begin(text) :], 2))
    assert parsed.table.select(["name", "latitude"]).to_pylist() == [
        {"name": "a", "latitude": 48.2},
        {"name": "c", "latitude": None},
    ]
    assert [(fault.record, fault.reason) for fault in parsed.faults] == [
        (1, f"{SHOWN}'48,2'."),
        (3, f"{SHOWN}'n/a'."),
    ]


def test_columns_of_a_server_s_log_are_held_to_the_same() -> None:
    fields = {"latitude": Rule(("x-lat",)), "is_bot": Rule(("x-bot",))}
    source = Source("edge", mapping=Mapping("iis", fields))
    lines = ["48.2 yes", "x no", "NaN perhaps", "- -"]
    text = "#Fields: date time c-ip cs-uri-stem x-lat x-bot\n" + "".join(
        f"2026-11-01 00:00:00 192.0.2.1 /a {cells}\n" for cells in lines
    )
    form = open_format(source, SECRET, text.encode())
    form.begin(text.encode())
    parsed = form.parse(form.records(text.encode(), 1))
    assert parsed.table.select(["latitude", "is_bot"]).to_pylist() == [
        {"latitude": 48.2, "is_bot": True},
        {"latitude": None, "is_bot": None},
    ]
    assert [(fault.record, fault.code) for fault in parsed.faults] == [
        (1, "invalid_field"),
        (2, "invalid_field"),
    ]


def test_a_hashed_coordinate_is_none() -> None:
    rules = {
        "timestamp": Rule(("t",)),
        "name": Rule(("n",)),
        "latitude": Rule(("la",), hashed=True),
    }
    source = Source("app", mapping=Mapping("jsonlines", rules))
    line = b'{"t":"2026-11-01","n":"a","la":48.2}'
    form = open_format(source, SECRET, line)
    parsed = form.parse(form.records(line, 1))
    assert (parsed.table.num_rows, [fault.code for fault in parsed.faults]) == (
        0,
        ["invalid_field"],
    )


def test_a_file_goes_on_behind_bad_lines(lake: LakeFolder, ingest: Ingest, tmp_path: Path) -> None:
    lake.save_source(define("plain", Changes("canonical")))
    lines = [event(latitude=1), event(latitude="x"), event(longitude=[1]), event(longitude=2)]
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    counts = ingest(path, "plain")
    assert (counts.received, counts.stored, counts.rejected) == (4, 2, 2)


def test_a_bad_reject_does_not_hold_up_the_others(lake: LakeFolder, ledger: Ledger) -> None:
    lake.save_source(define("plain", Changes("canonical")))
    values: list[Any] = [False, 48.2, "x", [1], "NaN", "16.4", 1000]
    ledger.reject(
        [
            Reject("plain", "http", line, "malformed", "was not read",
                   json.dumps(event(latitude=value, distinct_id=f"u{line}")).encode(), NOW,
                   protocol="http")
            for line, value in enumerate(values)
        ],
        "journal:1",
        10,
    )  # fmt: skip
    assert replay(lake, "plain", ledger, lambda: NOW) == Replayed(7, 2, 0, 5)
    assert [
        row["latitude"] for row in sorted(events(lake, "plain"), key=lambda row: row["distinct_id"])
    ] == [48.2, 16.4]
    assert ledger.n_rejects("plain") == 5
