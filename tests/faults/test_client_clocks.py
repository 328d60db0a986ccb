"""Clocks of senders that are an hour or three days off, both ways."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from tests.faults.server_process import Process, serving

OFF = {
    "hour behind": timedelta(hours=-1),
    "hour ahead": timedelta(hours=1),
    "days behind": timedelta(days=-3),
    "days ahead": timedelta(days=3),
}
AGO = timedelta(minutes=5)
"""How long before it was sent an event happened."""
NEAR = timedelta(seconds=90)
"""What a busy machine may add; every fault above is far larger."""

Request = tuple[str, bytes]
Make = Callable[[str, datetime], Request]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    with serving(tmp_path_factory.mktemp("clocks") / "lake") as server:
        yield server
        server.stop()
        server.check()


def own(name: str, now: datetime) -> Request:
    body = {"name": name, "distinct_id": "u1", "timestamp": (now - AGO).isoformat()}
    return f"/v1/events?{urlencode({'sent_at': now.isoformat()})}", encoded(body)


def segment(name: str, now: datetime) -> Request:
    event = {"type": "track", "event": name, "userId": "u1", "messageId": name,
             "timestamp": (now - AGO).isoformat()}  # fmt: skip
    return "/v1/batch", encoded({"batch": [event], "sentAt": now.isoformat()})


def rudderstack(name: str, now: datetime) -> Request:
    event = {"type": "track", "event": name, "userId": "u1", "messageId": name, "channel": "server",
             "originalTimestamp": (now - AGO).isoformat(), "sentAt": now.isoformat()}  # fmt: skip
    return "/beacon/v1/batch", encoded({"batch": [event]})


def posthog(name: str, now: datetime) -> Request:
    event = {"event": name, "distinct_id": "u1", "timestamp": (now - AGO).isoformat()}
    return "/batch/", encoded({"api_key": "k", "batch": [event], "sent_at": now.isoformat()})


def snowplow(name: str, now: datetime) -> Request:
    event = {"e": "se", "se_ca": "shop", "se_ac": name, "p": "web", "tv": "py-1", "uid": "u1",
             "eid": name, "dtm": millis(now - AGO), "stm": millis(now)}  # fmt: skip
    schema = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"
    return "/com.snowplowanalytics.snowplow/tp2", encoded({"schema": schema, "data": [event]})


def amplitude(name: str, now: datetime) -> Request:
    event = {"event_type": name, "user_id": "u1", "time": int(millis(now - AGO))}
    body = {"api_key": "k", "events": [event], "client_upload_time": now.isoformat()}
    return "/2/httpapi", encoded(body)


def mixpanel(name: str, now: datetime) -> Request:
    properties = {"token": "k", "distinct_id": "u1", "time": (now - AGO).timestamp()}
    return f"/track?_={millis(now)}", encoded([{"event": name, "properties": properties}])


def plausible(name: str, now: datetime) -> Request:
    """It tells no time at all."""
    return "/api/event", encoded({"n": name, "u": "https://shop.example/", "d": "x"})


def cloudevents(name: str, now: datetime) -> Request:
    """It tells the time of the event, and not its own."""
    event = {"specversion": "1.0", "id": name, "source": "/shop", "type": name,
             "time": (now - AGO).isoformat()}  # fmt: skip
    return "/cloudevents", encoded(event)


def otlp(name: str, now: datetime) -> Request:
    """As CloudEvents."""
    record = {"timeUnixNano": f"{millis(now - AGO)}000000", "eventName": name}
    return "/v1/logs", encoded({"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]})


def millis(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def sent(server: Process, make: Make, off: str) -> tuple[datetime, list[datetime]]:
    """When it was sent by the right clock, and the times that the lake has for the event."""
    name = f"{make.__name__} {off} {time.time_ns()}"
    now = datetime.now(UTC)
    target, body = make(name, now + OFF[off])
    if make is own:
        status, *_ = server.ask("POST", target, body, x_footfall_key=server.key)
    else:
        status, *_ = server.ask("POST", f"/k/{server.key}{target}", body)
    assert 200 <= status < 300
    server.settle()
    return now, [row["timestamp"] for row in server.rows() if row["name"] == name]


@pytest.mark.parametrize("off", OFF)
@pytest.mark.parametrize(
    "make", [own, segment, rudderstack, posthog, snowplow, amplitude, mixpanel]
)
def test_who_tells_the_time_of_sending_is_set_right(server: Process, make: Make, off: str) -> None:
    now, (timestamp,) = sent(server, make, off)
    assert abs(timestamp - (now - AGO)) < NEAR


@pytest.mark.parametrize("off", OFF)
def test_who_tells_no_time_is_dated_by_the_server(server: Process, off: str) -> None:
    now, (timestamp,) = sent(server, plausible, off)
    assert abs(timestamp - now) < NEAR


@pytest.mark.parametrize("off", OFF)
@pytest.mark.parametrize("make", [cloudevents, otlp])
def test_other_times_are_kept_or_rejected_when_a_day_ahead(
    server: Process, make: Make, off: str
) -> None:
    n_rejected = rejected(server)
    now, found = sent(server, make, off)
    if off == "days ahead":
        assert found == []
        assert rejected(server) == n_rejected + 1
    else:
        (timestamp,) = found
        assert abs(timestamp - (now + OFF[off] - AGO)) < NEAR


def rejected(server: Process) -> int:
    return sum(each.rejected for each in server.entries())
