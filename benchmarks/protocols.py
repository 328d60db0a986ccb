"""Tracker protocols: events per second that are read, checked and made ready for the journal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import msgspec

from benchmarks.options import Options
from benchmarks.report import Report
from benchmarks.tracker_bodies.sample import Sample, samples
from footfall.capture.protocols.adapter import Call, Reading
from footfall.capture.protocols.clock import slowness
from footfall.capture.protocols.registry import RouteTable, adapters
from footfall.intake.accept import Acceptor
from footfall.intake.payload import Context
from footfall.model.source import Source
from footfall.settings import IntakeSettings

SENT = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""When the samples were sent."""
_SHARE = 0.02
"""Of the length of a load run, for which each protocol is repeated at least."""
_OWN = "footfall (/v1/events)"


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds of processor time for one request: to read it, and to check its events."""

    n_events: int
    n_bytes: int
    reading: float
    checking: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.n_events / (self.reading + self.checking)


def run(options: Options) -> list[Report]:
    """One row for each protocol: its largest sample, in this process, on one core."""
    report = Report(
        "Tracker protocols, read and checked in one process",
        ["protocol", "events a request", "bytes an event", "reading, µs an event",
         "checking, µs an event", "events/s"],
    )  # fmt: skip
    seconds = max(options.seconds * _SHARE, 0.01)
    found = {name: measure(sample, seconds) for name, sample in largest().items()}
    found[_OWN] = _own(seconds)
    for name, speed in sorted(found.items(), key=lambda pair: -pair[1].rate):
        report.add(
            name,
            speed.n_events,
            speed.n_bytes / speed.n_events,
            speed.reading / speed.n_events * 1e6,
            speed.checking / speed.n_events * 1e6,
            speed.rate,
        )
    report.notes.append(
        "Processor time of one core. Reading is to tell whose request it is and to make its events "
        "canonical; checking is to write them as JSON, to decode and check them as the intake "
        "does, and to give ids. HTTP and the disk come on top, as with the intake above. Requests "
        "are those that real clients send; one event by itself carries the whole cost of a request."
    )
    return [report]


def largest() -> dict[str, Sample]:
    """The sample with the most events of each protocol that has events."""
    found: dict[str, tuple[int, Sample]] = {}
    for sample in samples():
        n_events = len(_read(_call(sample)).sent)
        if n_events > found.get(sample.protocol, (0, sample))[0]:
            found[sample.protocol] = (n_events, sample)
    return {name: sample for name, (_, sample) in sorted(found.items())}


def measure(sample: Sample, seconds: float) -> Speed:
    """Repeat a request until the time is over."""
    call = _call(sample)
    reading = _read(call)
    acceptor = Acceptor(IntakeSettings())
    source = Source("web")

    def check() -> None:
        body = msgspec.json.encode([each.event for each in reading.sent])
        slow = slowness(reading.sent[0].sent_at, SENT)
        accepted = acceptor.accept(source, body, Context(), SENT, slow)
        if accepted.rejects:
            raise ValueError(f"{sample.protocol}: {accepted.rejects[0].reason}")

    return Speed(
        len(reading.sent),
        len(call.body) or len(sample.address()),
        _time(lambda: _read(_call(sample)), seconds) - _time(lambda: _call(sample), seconds),
        _time(check, seconds),
    )


def _own(seconds: float) -> Speed:
    """The same for events that are canonical already."""
    event = {"event_id": "", "timestamp": "2026-11-01T11:59:58Z", "name": "purchase",
             "distinct_id": "u1", "url": "https://shop.example/a",
             "properties": {"revenue": 49.9, "currency": "EUR"}}  # fmt: skip
    body = msgspec.json.encode([{**event, "event_id": f"e{n}"} for n in range(20)])
    acceptor, source = Acceptor(IntakeSettings()), Source("web")
    taking = _time(lambda: acceptor.accept(source, body, Context(), SENT), seconds)
    return Speed(20, len(body), 0.0, taking)


def _call(sample: Sample) -> Call:
    # A request keeps what was decoded of it, so each round needs a new one.
    parts = urlsplit(sample.address())
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Call(sample.method, parts.path, query, sample.headers, sample.content(), SENT)


_table = RouteTable(adapters())


def _read(call: Call) -> Reading:
    adapter = _table.find(call)
    if adapter is None:
        raise ValueError(f"no adapter takes {call.method} {call.path}")
    return adapter.read(call)


def _time(work: Callable[[], object], seconds: float) -> float:
    """Seconds of processor time that one round takes."""
    rounds, started = 0, time.process_time()
    while (spent := time.process_time() - started) < seconds:
        work()
        rounds += 1
    return spent / max(rounds, 1)
