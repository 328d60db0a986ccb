"""Whatever comes, an adapter reads it or says that it cannot, and has an answer."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import reduce
from operator import getitem
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from benchmarks.tracker_bodies.sample import Sample, samples
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.capture.protocols.calls import NOW, call, sent

from footfall.capture.protocols.adapter import Adapter, Call, Outcome, Reading, Refused
from footfall.capture.protocols.clock import slowness
from footfall.capture.protocols.registry import RouteTable, adapters
from footfall.errors import (
    ExposedError,
    InvalidEvents,
    NotAuthenticated,
    Overloaded,
    StorageFull,
    TooLarge,
    UnknownEncoding,
    UnknownSource,
)
from footfall.intake.accept import Acceptor
from footfall.intake.payload import Context
from footfall.model.source import Source
from footfall.settings import IntakeSettings

SAMPLES = samples()
TABLE = RouteTable(adapters())
WITH_JSON = [each for each in SAMPLES if not isinstance(each.body, bytes)]
WITH_BYTES = [each for each in SAMPLES if isinstance(each.body, bytes) and each.body]
DEEP: Any = 1
for _ in range(200):
    DEEP = [DEEP] if isinstance(DEEP, dict) else {"a": DEEP}
ODD: list[Any] = [
    None, True, False, 0, -1, 1e308, -1e-308, 10**18, 10**30, 2**63, "", "x", "\x00", "\ud800",
    "é" * 300, "a" * 70_000, "0", "1e999", "nan", "-5", "2026-13-45T99:99:99Z", "[1]", "{", "%7B",
    [], {}, [[]], [None], [{}], {"": {"": ""}}, [1, "a", None], {"value": {}}, DEEP,
]  # fmt: skip
ERRORS: list[ExposedError] = [
    InvalidEvents("bad", parameter="x"), TooLarge("big"), NotAuthenticated("who"),
    UnknownSource("gone"), Overloaded("later", retry_after=1), StorageFull("full"),
    UnknownEncoding("packed"),
]  # fmt: skip

ACCEPTOR = Acceptor(IntakeSettings())


def paths(value: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a JSON value, the whole included."""
    yield place
    if isinstance(value, dict):
        for key in value:
            yield from paths(value[key], (*place, key))
    elif isinstance(value, list):
        for index in range(min(len(value), 2)):
            yield from paths(value[index], (*place, index))


def put(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """The value with another at that place, where the place is still there."""
    if not place:
        return new
    try:
        inner = reduce(getitem, place[:-1], value)
        inner[place[-1]] = new
    except (KeyError, IndexError, TypeError):
        # An earlier change took that place away.
        return value
    return value


@st.composite
def mutated(draw: st.DrawFn, sample: Sample) -> Sample:
    """A sample with one to three odd values somewhere in it."""
    body = copy.deepcopy(sample.body)
    places = list(paths(sample.body))
    for _ in range(draw(st.integers(1, 3))):
        odd = draw(st.sampled_from(ODD) | st.integers() | st.floats() | st.text(max_size=8))
        body = put(body, draw(st.sampled_from(places)), copy.deepcopy(odd))
    return sample.with_body(body)


def check(adapter: Adapter, request: Call) -> Reading | None:
    """The reading, if there is one, after a look at everything in it."""
    adapter.claims(request)
    try:
        reading = adapter.read(request)
    except (InvalidEvents, TooLarge) as error:
        answer(adapter, request, Outcome(error=error))
        return None
    for each in reading.sent:
        assert isinstance(each.key, str)
        assert isinstance(each.address, str)
        taken_or_refused(each.event, slowness(each.sent_at, NOW))
    for part in reading.refused:
        assert isinstance(part.raw, bytes)
        assert part.code
        assert part.reason
    answer(adapter, request, Outcome(stored=len(reading.sent), reading=reading))
    answer(adapter, request, Outcome(refused=tuple(reading.refused), reading=reading))
    return reading


def taken_or_refused(event: dict[str, Any], slow: timedelta) -> None:
    try:
        body = msgspec.json.encode([event])
    except (ValueError, TypeError, OverflowError, RecursionError):
        return
    accepted = ACCEPTOR.accept(Source("web"), body, Context(), NOW, slow)
    assert len(accepted.ids) + len(accepted.rejects) == 1


def answer(adapter: Adapter, request: Call, outcome: Outcome) -> None:
    reply = adapter.reply(request, outcome)
    assert 200 <= reply.status < 600
    assert isinstance(reply.body, bytes)
    assert not (reply.status == 204 and reply.body)
    assert all("\n" not in f"{name}{value}" for name, value in reply.headers)


def of_protocol(name: str) -> list[Adapter]:
    return [each for each in adapters() if each.name == name]


def test_every_protocol_has_samples_that_it_recognizes() -> None:
    assert {each.protocol for each in SAMPLES} == {each.name for each in adapters()}
    for sample in SAMPLES:
        found = TABLE.find(sent(sample))
        assert found is not None, sample
        assert found.name == sample.protocol, sample


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: each.protocol)
def test_samples_become_events(sample: Sample) -> None:
    request = sent(sample)
    adapter = TABLE.find(request)
    assert adapter is not None
    reading = check(adapter, request)
    assert reading is not None
    assert not reading.refused
    body = msgspec.json.encode([each.event for each in reading.sent])
    accepted = ACCEPTOR.accept(Source("web"), body, Context(), NOW)
    assert not accepted.rejects


@pytest.mark.parametrize("sample", WITH_JSON, ids=lambda each: each.protocol)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_odd_values_anywhere(sample: Sample, data: st.DataObject) -> None:
    request = sent(data.draw(mutated(sample)))
    TABLE.find(request)
    for adapter in of_protocol(sample.protocol):
        check(adapter, request)


@pytest.mark.parametrize("sample", WITH_BYTES, ids=lambda each: each.protocol)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_bodies_cut_and_changed(sample: Sample, data: st.DataObject) -> None:
    body = bytearray(sample.content())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        new = data.draw(st.binary(max_size=6) | st.sampled_from([b"\x00", b"\xff\xfe", b"%00"]))
        body[at : at + data.draw(st.integers(0, 9))] = new
    request = sent(sample.with_body(bytes(body)))
    TABLE.find(request)
    for adapter in of_protocol(sample.protocol):
        check(adapter, request)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: each.protocol)
@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_any_bytes_query_and_headers(sample: Sample, data: st.DataObject) -> None:
    texts = st.text(max_size=12)
    request = sent(sample)
    own = st.sampled_from([*request.query, "data", "api_key", "verbose"])
    query = data.draw(st.dictionaries(own | texts, texts, max_size=4))
    names = st.sampled_from([*request.headers, "authorization", "user-agent"])
    headers = data.draw(st.dictionaries(names, st.text("aé \x00=", max_size=9), max_size=3))
    body = data.draw(st.binary(max_size=64) | st.just(request.body))
    request = replace(
        request,
        query={**request.query, **query},
        headers={**request.headers, **headers},
        body=body,
    )
    TABLE.find(request)
    for adapter in of_protocol(sample.protocol):
        check(adapter, request)


FORMS = [each for each in WITH_BYTES if b"=" in each.body[:40]]


@pytest.mark.parametrize("sample", FORMS, ids=lambda each: each.protocol)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_odd_values_of_forms(sample: Sample, data: st.DataObject) -> None:
    form = dict(parse_qsl(sample.body.decode("latin-1")))
    name = data.draw(st.sampled_from(sorted(form)))
    odd = json.dumps(data.draw(st.sampled_from(ODD)))
    form[name] = data.draw(st.sampled_from([odd, f"[{odd}]", "\x00", ""]))
    request = sent(sample.with_body(urlencode(form).encode()))
    for adapter in of_protocol(sample.protocol):
        check(adapter, request)


@pytest.mark.parametrize("adapter", adapters(), ids=lambda each: each.name)
def test_an_answer_for_every_outcome(adapter: Adapter) -> None:
    refused = (Refused(0, "x", "why", b"", "k"), Refused(10**9, "x", "", b""))
    for route in adapter.routes:
        for body in (b"", b"{", b"{}", b"[]"):
            request = call(route.path.replace("{", "").replace("}", ""), body, route.method)
            for error in ERRORS:
                answer(adapter, request, Outcome(error=error))
                answer(adapter, request, Outcome(stored=1, refused=refused, error=error))
            for stored, duplicates in ((0, 0), (1, 0), (0, 1), (2, 3)):
                answer(adapter, request, Outcome(stored, duplicates))
                answer(adapter, request, Outcome(stored, duplicates, refused))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: each.protocol)
def test_no_client_gives_up_for_an_overload(sample: Sample) -> None:
    request = sent(sample)
    adapter = TABLE.find(request)
    assert adapter is not None
    if not adapter.read(request).sent:
        return
    for error in (Overloaded("later"), StorageFull("full")):
        status = adapter.reply(request, Outcome(error=error)).status
        assert status == 429 or status >= 500
