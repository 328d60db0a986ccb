from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from tests.capture.conftest import NOW
from tests.capture.conftest import events as stored
from tests.capture.protocols.calls import adapter_of, call, events, read

from footfall.capture.collector import Collector
from footfall.capture.definition import Changes, define
from footfall.capture.protocols.adapter import Outcome
from footfall.errors import InvalidEvents, NotAuthenticated, Overloaded
from footfall.intake.intake import Intake
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder

RAW = {
    "target": "button#buy",
    "pageUrl": "https://shop.example/a",
    "pageTitle": "A",
    "pageReferrer": "https://x.example/",
    "browser": {"browser": "chrome", "version": "91.0.4472"},
    "clientTime": 1793534398250,
    "microTime": 0.8,
    "type": "click",
    "logType": "raw",
    "userAction": True,
    "userId": "u1",
    "sessionID": "session_1",
    "toolName": "shop",
    "toolVersion": "2.4.0",
}  # fmt: skip
INTERVAL = {
    "logType": "interval",
    "type": "mouseover",
    "startTime": 1793534399000,
    "endTime": 1793534398000,
    "duration": -1000,
    "count": 3,
    "userId": "u1",
    "toolName": "shop",
}


def test_a_record_becomes_its_event() -> None:
    (sent,) = read(call("/userale", [RAW], content_type="applicaiton/json")).sent
    assert sent.key == "shop"
    event_id = sent.event.pop("event_id")
    assert len(event_id) == 24
    assert sent.event == {
        "name": "click",
        "timestamp": "2026-11-01T11:59:58.250000+00:00",
        "distinct_id": "u1",
        "session_id": "session_1",
        "url": "https://shop.example/a",
        "title": "A",
        "referrer": "https://x.example/",
        "browser": "chrome",
        "browser_version": "91.0.4472",
        "properties": {
            "target": "button#buy",
            "microTime": 0.8,
            "logType": "raw",
            "userAction": True,
            "toolName": "shop",
            "toolVersion": "2.4.0",
        },
    }


def test_an_interval_may_end_before_it_starts() -> None:
    (event,) = events(call("/userale", [INTERVAL]))
    assert event["timestamp"] == "2026-11-01T11:59:58+00:00"
    assert event["properties"]["duration"] == -1000


def test_a_batch_sent_twice_has_the_same_identities() -> None:
    ids = [event["event_id"] for event in events(call("/userale", [RAW, INTERVAL, RAW]))]
    again = [event["event_id"] for event in events(call("/userale", [INTERVAL, RAW, RAW]))]
    assert len(set(ids)) == 3
    assert set(ids) == set(again)


@pytest.mark.parametrize(
    "authorization", ["key", "Bearer key", "Basic " + base64.b64encode(b"key:").decode()]
)
def test_a_key_may_be_in_the_header(authorization: str) -> None:
    assert read(call("/userale", [RAW], authorization=authorization)).sent[0].key == "key"
    assert read(call("/userale?key=key", [RAW])).sent[0].key == "key"


def test_a_record_that_is_none_costs_itself_only() -> None:
    reading = read(call("/userale", [5, RAW, {"type": "click"}, {"clientTime": 1}]))
    assert [each.index for each in reading.sent] == [1]
    assert [(each.index, each.code) for each in reading.refused] == [
        (0, "not_an_object"),
        (2, "invalid_event"),
        (3, "invalid_event"),
    ]
    assert json.loads(reading.refused[1].raw) == {"type": "click"}


def test_what_cannot_be_read_is_told() -> None:
    with pytest.raises(InvalidEvents):
        read(call("/userale", b'[{"type"'))


def test_what_cannot_be_read_is_kept_for_whoever_has_a_key() -> None:
    (refused,) = read(call("/userale", b'[{"type"', authorization="key")).refused
    assert (refused.key, refused.raw) == ("key", b'[{"type"')


def test_replies() -> None:
    logs, socket = call("/userale", [RAW]), call("/userale", method="GET", upgrade="websocket")
    reply = adapter_of(logs).reply
    assert reply(logs, Outcome(stored=1)).status == 200
    assert reply(logs, Outcome(error=NotAuthenticated("no"))).status == 401
    assert reply(logs, Outcome(error=Overloaded("no", retry_after=1))).status == 503
    assert adapter_of(socket).reply(socket, Outcome(reading=read(socket))).status == 405


@pytest.mark.parametrize("name", ["sample_data.json", "sample_data_multiusers.json"])
def test_records_are_the_same_events_by_file_and_by_request(
    name: str, shared_data: Path, lake: LakeFolder, ledger: Ledger
) -> None:
    for source in ("filed", "posted"):
        lake.save_source(define(source, Changes("userale")))
    path = shared_data / "userale" / name
    Collector(lake, "filed", ledger, clock=lambda: NOW).ingest([path])
    sent = read(call("/userale", path.read_bytes())).sent
    intake = Intake.open(lake, clock=lambda: NOW)
    intake.append("posted", [each.event for each in sent])
    intake.close()
    filed, posted = rows(lake, "filed"), rows(lake, "posted")
    assert len(filed) == len(json.loads(path.read_bytes())) > 10
    assert filed == posted


def rows(lake: LakeFolder, source: str) -> list[str]:
    """What events of a source say, apart from their identity."""
    found = stored(lake, source)
    for row in found:
        del row["event_id"]
        row["properties"] = json.loads(row["properties"])
    return sorted(repr(sorted(row.items())) for row in found)
