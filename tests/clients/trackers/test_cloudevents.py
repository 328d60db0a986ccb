"""The cloudevents package makes the requests, an HTTP client carries them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import HTTPMessage, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from tests.clients.trackers.conftest import Inbox, overload

WHEN = datetime(2026, 11, 1, 12, tzinfo=UTC)


def paid(number: int, source: str = "/shop", **more: Any) -> CloudEvent:
    attributes = {
        "id": f"e{number}",
        "source": source,
        "type": "order.paid",
        "specversion": "1.0",
        "time": WHEN,
        "subject": "o1",
        **more,
    }
    return CloudEvent(attributes, {"distinct_id": "u1", "revenue": 49.9})


def post(inbox: Inbox, message: HTTPMessage, key: str = "") -> httpx.Response:
    headers = message.headers | ({"Authorization": f"Bearer {key}"} if key else {})
    with httpx.Client(base_url=inbox.url, timeout=60) as client:
        return client.post("/cloudevents", content=message.body, headers=headers)


@pytest.mark.parametrize("mode", [to_structured, to_binary])
def test_events_arrive_once_with_their_columns(inbox: Inbox, mode: Any) -> None:
    message = mode(paid(1, partner="größe"), JSONFormat())
    assert ("content-type" in message.headers) == (mode is to_structured)
    for _ in range(2):
        assert post(inbox, message, inbox.key).status_code == 200
    (event,) = inbox.events(1)
    assert (event["name"], event["event_id"], event["distinct_id"]) == (
        "order.paid",
        "/shop e1",
        "u1",
    )
    assert event["timestamp"] == WHEN
    assert event["properties"] == {
        "revenue": 49.9,
        "ce_source": "/shop",
        "ce_subject": "o1",
        "ce_partner": "größe",
    }
    inbox.expect("cloudevents", 1, duplicates=1)


def test_a_batch_and_the_source_as_an_id(inbox: Inbox) -> None:
    parts = [to_structured(paid(n, inbox.id), JSONFormat()).body for n in (1, 2)]
    message = HTTPMessage({"content-type": "application/cloudevents-batch+json"},
                          b"[" + b",".join(parts) + b"]")  # fmt: skip
    assert post(inbox, message).json()["stored"] == 2
    inbox.events(2)


def test_web_hooks_are_told_that_they_are_wanted(inbox: Inbox) -> None:
    with httpx.Client(base_url=inbox.url, timeout=60) as client:
        told = client.options("/cloudevents", headers={"WebHook-Request-Origin": "hooks.example"})
    assert told.status_code == 204
    assert told.headers["webhook-allowed-origin"] == "hooks.example"


def test_refusals(inbox: Inbox) -> None:
    message = to_binary(paid(1), JSONFormat())
    assert post(inbox, message, "nobody").status_code == 401
    assert post(inbox, HTTPMessage({}, b"{"), inbox.key).status_code == 400
    with overload(inbox, 1, retry_after=1):
        answer = post(inbox, message, inbox.key)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert post(inbox, message, inbox.key).status_code == 200
    inbox.expect("cloudevents", 1, rejected=1)
