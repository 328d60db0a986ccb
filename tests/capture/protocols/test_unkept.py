"""Addresses that trackers write beside what one says oneself stay out of properties."""

from __future__ import annotations

from typing import Any

import pytest
from tests.capture.protocols.calls import call as request
from tests.capture.protocols.calls import events, read

HIDDEN = "198.51.100.7"
OWN = "203.0.113.9"


def _attribute(name: str, value: str) -> dict[str, Any]:
    return {"key": name, "value": {"stringValue": value}}


LOGS = {
    "resourceLogs": [{"scopeLogs": [{"logRecords": [{
        "eventName": "e",
        "timeUnixNano": "1795168800000000000",
        "attributes": [
            *(_attribute(name, HIDDEN)
              for name in ("client.address", "network.peer.address", "source.address")),
            _attribute("note", OWN),
        ],
    }]}]}]
}  # fmt: skip
CALLS = {
    "mixpanel": ("/track", {"event": "e", "properties": {"token": "k", "$ip": HIDDEN, "n": OWN}}),
    "engage": ("/engage", [{"$token": "k", "$distinct_id": "u", "ip": HIDDEN,
                            "$set": {"$ip": HIDDEN, "ip": OWN}}]),
    "groups": ("/groups", [{"$token": "k", "$group_key": "c", "$group_id": "g", "ip": HIDDEN,
                            "$set": {"n": OWN}}]),
    "posthog": ("/batch/", {"api_key": "k", "batch": [{
        "event": "$identify", "distinct_id": "u",
        "properties": {"$ip": HIDDEN, "$set": {"$ip": HIDDEN}, "ip": OWN}}]}),
    "amplitude": ("/2/httpapi", {"api_key": "k", "events": [{
        "event_type": "e", "user_id": "user12", "ip_address": HIDDEN, "ip": HIDDEN,
        "device": {"ip": HIDDEN, "id": "d"}, "event_properties": {"ip_address": OWN}}]}),
    "segment": ("/v1/batch", {"writeKey": "k", "batch": [{
        "type": "track", "event": "e", "userId": "u", "properties": {"ip": OWN},
        "context": {"ip": HIDDEN, "device": {"ip": HIDDEN, "id": "d"}}}]}),
    "userale": ("/userale", [{
        "type": "click", "clientTime": 1795168800000, "toolName": "k", "userId": "u",
        "ip": HIDDEN, "clientIp": HIDDEN, "remoteAddress": HIDDEN, "$ip": HIDDEN,
        "details": {"note": OWN}}]),
    "cloudevents": ("/cloudevents", {"specversion": "1.0", "type": "e", "source": "k", "id": "1",
                                     "ip": HIDDEN, "data": {"ip": OWN}}),
    "otlp": ("/v1/logs", LOGS),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_what_a_tracker_adds_is_dropped_and_ones_own_stays(name: str) -> None:
    target, body = CALLS[name]
    (event,) = events(request(target, body, content_type="application/json"))
    assert HIDDEN not in str(event)
    assert OWN in str(event["properties"])


def test_an_address_that_mixpanel_writes_with_a_dollar_is_the_visitors() -> None:
    (sent,) = read(request(*CALLS["mixpanel"])).sent
    assert sent.address == HIDDEN
