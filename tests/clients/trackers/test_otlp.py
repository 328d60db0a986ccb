"""opentelemetry-sdk exports logs over HTTP to a real server."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import LOST, front


@contextmanager
def provider(
    url: str, key: str, compression: Compression = Compression.NoCompression, service: str = "shop"
) -> Iterator[LoggerProvider]:
    exporter = OTLPLogExporter(
        f"{url}/v1/logs",
        headers={"Authorization": f"Bearer {key}"} if key else {},
        compression=compression,
        timeout=20,
    )
    found = LoggerProvider(Resource({"service.name": service}), shutdown_on_exit=False)
    found.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    yield found
    found.shutdown()


def record(name: str, **attributes: str | float) -> LogRecord:
    return LogRecord(
        timestamp=time.time_ns(),
        severity_number=SeverityNumber.INFO,
        body={"cart": ["p1", "p2"]},
        attributes={key.replace("_", "."): value for key, value in attributes.items()},
        event_name=name,
    )


@pytest.mark.parametrize("compression", list(Compression))
def test_records_arrive_once_with_their_columns(inbox: Inbox, compression: Compression) -> None:
    sent = record("purchase", user_id="u1", session_id="s1", url_full="https://shop.example/a",
                  revenue=49.9)  # fmt: skip
    with provider(inbox.url, inbox.key, compression) as logs:
        logs.get_logger("app").emit(sent)
    (event,) = inbox.events(1)
    assert (event["name"], event["distinct_id"], event["session_id"]) == ("purchase", "u1", "s1")
    assert (event["path"], event["properties"]["revenue"]) == ("/a", 49.9)
    assert sent.timestamp is not None
    assert event["timestamp"].timestamp() == pytest.approx(sent.timestamp / 1e9, abs=1e-5)
    assert event["properties"]["cart"] == ["p1", "p2"]
    assert event["properties"]["resource"]["service.name"] == "shop"
    inbox.expect("otlp", 1)


def test_a_service_may_name_the_source(inbox: Inbox) -> None:
    with provider(inbox.url, "", service=inbox.id) as logs:
        logs.get_logger("app").emit(record("by id"))
    inbox.events(1)


@pytest.mark.parametrize(("plan", "duplicates"), [((503,), 0), ((429,), 0), ((LOST,), 1)])
def test_a_record_sent_in_an_outage_arrives_once(
    inbox: Inbox, plan: tuple[int, ...], duplicates: int
) -> None:
    with front(inbox.port, *plan) as server, provider(server.url, inbox.key) as logs:
        logs.get_logger("app").emit(record("late"))
    assert server.seen == [*plan, 200]
    inbox.events(1)
    inbox.expect("otlp", 1, duplicates)


def test_overload_is_waited_out(inbox: Inbox) -> None:
    with (
        front(inbox.port) as server,
        overload(inbox, 1, retry_after=1),
        provider(server.url, inbox.key) as logs,
    ):
        logs.get_logger("app").emit(record("late"))
    assert server.seen == [503, 200]
    inbox.events(1)


def test_what_will_never_succeed_is_sent_once(inbox: Inbox) -> None:
    with front(inbox.port) as server, provider(server.url, "nobody", service="none") as logs:
        logs.get_logger("app").emit(record("lost"))
    assert server.seen == [401]


def test_a_rejected_record_is_not_sent_again(inbox: Inbox) -> None:
    with front(inbox.port) as server, provider(server.url, inbox.key) as logs:
        logs.get_logger("app").emit(record("n" * 300))
    assert server.seen == [200]
    inbox.expect("otlp", 0, rejected=1)
