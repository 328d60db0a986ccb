"""Real clients that send one event after another, and know which of them arrived."""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.waiting import wait_until


class Sender(ABC):
    """A client whose events are named by it and a number.

    `sent` are all that the client was given, `held` those that it takes as delivered. One
    that `keeps_on` sends everything again until it was taken.
    """

    keeps_on = True

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.sent: list[str] = []
        self.held: set[str] = set()
        self.open()

    @property
    def title(self) -> str:
        return type(self).__name__.lower()

    def send(self) -> None:
        """Hand the next event to the client."""
        name = f"{self.title}-{len(self.sent)}"
        self.sent.append(name)
        self.give(name)

    @abstractmethod
    def open(self) -> None:
        """Make the client."""

    @abstractmethod
    def give(self, name: str) -> None:
        """Give an event of that name to the client."""

    @abstractmethod
    def close(self) -> None:
        """Wait until the client has got rid of all, or has given up."""


class Background(Sender):
    """A client with a thread of its own that tells of failures alone."""

    def open(self) -> None:
        self.failed: list[Any] = []
        self.client = self.make()

    @abstractmethod
    def make(self) -> Any:
        """The client, which puts what it gave up into `failed`."""

    def note(self, _error: Any, batch: Any) -> None:
        self.failed += [message.get("event") for message in batch]

    def close(self) -> None:
        self.client.shutdown()
        self.held = set(self.sent) - set(self.failed)


class PostHog(Background):
    def make(self) -> Any:
        from posthog import Posthog

        return Posthog(self.key, host=self.url, flush_interval=0.05, flush_at=20, timeout=5,
                       on_error=self.note, max_retries=1000, capture_mode="v0")  # fmt: skip

    def give(self, name: str) -> None:
        self.client.capture(name, distinct_id="u1")


class PostHogV1(PostHog):
    def make(self) -> Any:
        from posthog import Posthog

        return Posthog(self.key, host=self.url, flush_interval=0.05, flush_at=20, timeout=5,
                       on_error=self.note, max_retries=1000, capture_mode="v1")  # fmt: skip


class Segment(Background):
    def make(self) -> Any:
        from segment.analytics.client import Client

        return Client(self.key, host=self.url, upload_interval=0.05, upload_size=20, timeout=5,
                      on_error=self.note, max_retries=1000)  # fmt: skip

    def give(self, name: str) -> None:
        self.client.track("u1", name)


class RudderStack(Background):
    def make(self) -> Any:
        from rudderstack.analytics.client import Client

        return Client(self.key, host=self.url, upload_interval=0.05, upload_size=20, timeout=5,
                      on_error=self.note, max_retries=1000)  # fmt: skip

    def give(self, name: str) -> None:
        self.client.track("u1", name)


class Snowplow(Sender):
    def open(self) -> None:
        from snowplow_tracker import Emitter, Tracker

        self.emitter = Emitter(self.url, batch_size=5, max_retry_delay_seconds=1,
                               request_timeout=5, on_success=self.note)  # fmt: skip
        self.tracker = Tracker("web", self.emitter, app_id=self.key)

    def note(self, events: list[Any]) -> None:
        self.held |= {event["se_ac"] for event in events}

    def give(self, name: str) -> None:
        from snowplow_tracker import StructuredEvent

        self.tracker.track(StructuredEvent("shop", name))

    def close(self) -> None:
        def is_done() -> bool:
            self.emitter.flush()
            return len(self.held) == len(self.sent)

        wait_until(is_done)


class Amplitude(Sender):
    # It does not see a cut connection as a failure of its own, and never tells.
    keeps_on = False

    def open(self) -> None:
        from amplitude import Amplitude as Client
        from amplitude import Config

        self.client = Client(self.key, Config(server_url=f"{self.url}/2/httpapi",
                                              flush_interval_millis=20))  # fmt: skip
        self.client.configuration.callback = self.note

    def note(self, event: Any, code: int, _message: str | None = None) -> None:
        if code == 200:
            self.held.add(event.event_type)

    def give(self, name: str) -> None:
        from amplitude import BaseEvent

        self.client.track(BaseEvent(name, user_id="u1"))

    def close(self) -> None:
        self.client.shutdown()


class OpenTelemetry(Sender):
    # It gives up after the time that an export may take.
    keeps_on = False

    def open(self) -> None:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import LogRecordExportResult, SimpleLogRecordProcessor

        exporter = OTLPLogExporter(f"{self.url}/v1/logs", timeout=5,
                                   headers={"Authorization": f"Bearer {self.key}"})  # fmt: skip
        export = exporter.export

        def noted(batch: Any) -> Any:
            result = export(batch)
            if result is LogRecordExportResult.SUCCESS:
                self.held |= {each.log_record.event_name for each in batch}
            return result

        exporter.export = noted  # type: ignore[method-assign]
        self.provider = LoggerProvider(shutdown_on_exit=False)
        self.provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))

    def give(self, name: str) -> None:
        from opentelemetry._logs import LogRecord

        record = LogRecord(timestamp=time.time_ns(), body="x", event_name=name)
        self.provider.get_logger("app").emit(record)

    def close(self) -> None:
        self.provider.shutdown()


class Mixpanel(Sender):
    # It raises after a few tries, and its caller has lost the event.
    keeps_on = False

    def open(self) -> None:
        from mixpanel import Consumer
        from mixpanel import Mixpanel as Client

        consumer = Consumer(f"{self.url}/track", request_timeout=5)
        self.client = Client(self.key, consumer)

    def give(self, name: str) -> None:
        from mixpanel import MixpanelException

        try:
            self.client.track("u1", name)
        except MixpanelException:
            time.sleep(0.1)
        else:
            self.held.add(name)

    def close(self) -> None: ...


class CloudEvents(Sender):
    """The package makes a request, which is sent until it is taken."""

    def open(self) -> None:
        import httpx

        self.http = httpx.Client(timeout=5, headers={"Authorization": f"Bearer {self.key}"})

    def give(self, name: str) -> None:
        from cloudevents.core.bindings.http import to_binary
        from cloudevents.core.formats.json import JSONFormat
        from cloudevents.core.v1.event import CloudEvent

        attributes = {"id": name, "source": "/shop", "type": name, "specversion": "1.0"}
        message = to_binary(CloudEvent(attributes, {"distinct_id": "u1"}), JSONFormat())
        wait_until(lambda: self._is_taken(message))
        self.held.add(name)

    def _is_taken(self, message: Any) -> bool:
        import httpx

        address = f"{self.url}/cloudevents"
        try:
            answer = self.http.post(address, content=message.body, headers=message.headers)
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    def close(self) -> None:
        self.http.close()


class Footfall(Sender):
    """Footfall's own client; what it cannot send lies in its spool."""

    spool: Path

    def open(self) -> None:
        from footfall_client import Client

        self.client = Client(self.url, self.key, every="20ms", batch=20, spool=self.spool,
                             timeout="5s", chance=lambda: 0.0)  # fmt: skip

    def give(self, name: str) -> None:
        assert self.client.capture(name, "u1")

    def close(self) -> None:
        wait_until(lambda: self.client.flush("200ms"))
        stats = self.client.stats
        assert stats.lost == stats.dropped == stats.refused == stats.rejected == 0, stats
        self.client.close()
        self.held = set(self.sent)


KINDS: tuple[type[Sender], ...] = (
    Footfall, PostHog, PostHogV1, Segment, RudderStack, Snowplow, Amplitude, OpenTelemetry,
    Mixpanel, CloudEvents,
)  # fmt: skip


@contextmanager
def senders(url: str, key: str, spool: Path) -> Iterator[list[Sender]]:
    """One of each, whose waits between two tries are short, and whose logs are silent."""
    Footfall.spool = spool
    logging.disable(logging.CRITICAL)
    with pytest.MonkeyPatch.context() as patch:
        _hurry(patch)
        yield [kind(url, key) for kind in KINDS]
    logging.disable(logging.NOTSET)


def _hurry(patch: pytest.MonkeyPatch) -> None:
    import backoff
    from amplitude.storage import InMemoryStorage
    from segment.analytics.consumer import Consumer

    for module in ("consumer", "capture_v1"):
        patch.setattr(f"posthog.{module}._backoff", lambda *_: time.sleep(0.05))
    patch.setattr(Consumer, "_wait", lambda *_: time.sleep(0.05) or True)
    push = InMemoryStorage.push
    patch.setattr(
        InMemoryStorage,
        "push",
        lambda self, event, delay=0: push(self, event, delay // 500),
    )
    patch.setattr(backoff._sync, "_next_wait", lambda *_: 0.05)
