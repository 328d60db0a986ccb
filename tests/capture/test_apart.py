"""A record that breaks its reader is one reject, and the others are read all the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.capture.conftest import NOW, Ingest, events, line, write

from footfall.capture import batches
from footfall.capture.apart import read_apart
from footfall.capture.definition import Changes, define
from footfall.capture.protocols.registry import adapters
from footfall.capture.replay import Replayed, replay
from footfall.capture.rows import RowMapper
from footfall.errors import InvalidEvents
from footfall.intake.ledger import Ledger, Reject
from footfall.lake.folder import LakeFolder

BREAKING = "breaks the reader"


@given(st.sets(st.integers(0, 40)), st.integers(1, 41))
def test_every_item_is_worked_on_once_but_those_that_break_it(bad: set[int], n_items: int) -> None:
    def work(start: int, end: int) -> list[int]:
        if bad.intersection(range(start, end)):
            raise KeyError(BREAKING)
        return list(range(start, end))

    parts = read_apart(n_items, work, lambda place, _error: [-place - 1])
    found = [item for part in parts for item in part]
    assert found == [-item - 1 if item in bad else item for item in range(n_items)]


@pytest.mark.parametrize("error", [OSError("disk full"), InvalidEvents("told"), MemoryError()])
def test_what_is_no_record_s_fault_is_raised(error: Exception) -> None:
    def work(_start: int, _end: int) -> None:
        raise error

    with pytest.raises(type(error)):
        read_apart(4, work, lambda _place, _error: None)


def breaking(step: Any, texts_of: Any) -> Any:
    """The step, which fails wherever one of the texts it is given is the breaking one."""

    def broken(*values: Any, **named: Any) -> Any:
        if BREAKING in texts_of(*values):
            raise TypeError("nobody foresaw this")
        return step(*values, **named)

    return broken


@pytest.fixture(params=["parse", "complete"])
def broken_reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "parse":
        step = breaking(RowMapper.table, lambda _self, rows, _places: str(rows))
        monkeypatch.setattr(RowMapper, "table", step)
    else:
        step = breaking(batches.enrich, lambda table, *_: table["name"].to_pylist())
        monkeypatch.setattr(batches, "enrich", step)


def test_a_line_that_breaks_its_reader_is_a_reject(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path, broken_reader: None
) -> None:
    names = ["a", "b", BREAKING, "c", BREAKING, "d"]
    path = write(tmp_path / "a.jsonl", [line(second, name) for second, name in enumerate(names)])
    counts = ingest(path)
    assert (counts.received, counts.stored, counts.rejected) == (6, 4, 2)
    assert [event["name"] for event in events(lake)] == ["a", "b", "c", "d"]
    reason = "it cannot be read (TypeError: nobody foresaw this)"
    assert [(item.line, item.reason) for item in ledger.rejects("app")] == [
        (3, reason),
        (5, reason),
    ]


def test_what_was_rejected_so_is_replayed_once_the_reader_is_mended(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path, monkeypatch: Any
) -> None:
    path = write(tmp_path / "a.jsonl", [line(0), line(1, BREAKING), line(2, BREAKING)])
    with monkeypatch.context() as patch:
        patch.setattr(
            RowMapper, "table", breaking(RowMapper.table, lambda _self, rows, _places: str(rows))
        )
        assert ingest(path).rejected == 2
        assert replay(lake, "app", ledger, lambda: NOW) == Replayed(2, 0, 0, 2)
    assert replay(lake, "app", ledger, lambda: NOW) == Replayed(2, 2, 0, 0)
    # Read once more, the same lines are the same events.
    assert ingest(write(tmp_path / "b.jsonl", ["", line(0), line(1, BREAKING)])).stored == 0


def test_a_strict_reading_stops_at_the_line_that_breaks_it(
    ingest: Ingest, tmp_path: Path, broken_reader: None
) -> None:
    path = write(tmp_path / "a.jsonl", [line(0), line(1), line(2, BREAKING), line(3)])
    counts = ingest(path, is_strict=True)
    assert (counts.stored, counts.halt and counts.halt.line) == (2, 3)


def test_a_tracker_s_reject_that_cannot_be_stored_holds_up_no_other(
    lake: LakeFolder, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    from footfall.capture import replay as module

    assert "segment" in {each.name for each in adapters()}
    lake.save_source(define("plain", Changes("canonical")))
    raws = [
        f'{{"type":"track","event":"{name}","userId":"u"}}'.encode()
        for name in ("a", BREAKING, "c")
    ]
    rejects = [
        Reject("plain", "segment", place, "malformed", "was not read", raw, NOW, protocol="segment")
        for place, raw in enumerate(raws)
    ]
    ledger.reject(rejects, "journal:1", 10)
    table_of = module.table_of
    texts = breaking(table_of, lambda payloads, _source: str([each.body for each in payloads]))
    monkeypatch.setattr(module, "table_of", texts)
    assert replay(lake, "plain", ledger, lambda: NOW) == Replayed(3, 2, 0, 1)
    assert sorted(event["name"] for event in events(lake, "plain")) == ["a", "c"]


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        ("combined", '192.0.2.1 - - [31/Dec/9999:23:59:59 -1400] "GET /a HTTP/1.1" 200 1 "-" "-"'),
        ("combined", '192.0.2.1 - - [01/Jan/0001:00:00:00 +1400] "x" 200 1 "-" "-"'),
        ("iis", "#Fields: date time c-ip cs-uri-stem\n0000-01-01 00:00:00 192.0.2.1 /a"),
    ],
)
def test_a_year_that_no_calendar_has_is_a_reject(
    lake: LakeFolder, ledger: Ledger, ingest: Ingest, tmp_path: Path, mapping: str, text: str
) -> None:
    lake.save_source(define("edge", Changes(mapping)))
    assert ingest(write(tmp_path / "a.log", [text]), "edge").rejected == 1
    (reject,) = ledger.rejects("edge")
    assert reject.code == "invalid_timestamp"
    assert reject.reason.endswith("is not between 1990-01-01 and a day from now")


def test_a_duration_of_too_many_digits_stays_as_it_is(
    lake: LakeFolder, ingest: Ingest, tmp_path: Path
) -> None:
    lake.save_source(define("edge", Changes("traefik")))
    long = "9" * 400
    text = f'{{"StartUTC":"2026-11-01T00:00:00Z","ClientHost":"192.0.2.1","Duration":{long}}}'
    assert ingest(write(tmp_path / "a.log", [text]), "edge").stored == 1
    (event,) = events(lake, "edge")
    assert event["properties"] == f'{{"duration":{long}}}'
