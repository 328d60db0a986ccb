"""The journal taken apart: requests of each source, in order."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from footfall.intake.journal import Journal
from footfall.intake.payload import (
    VERSION,
    Context,
    Payload,
    RejectItem,
    decode_payload,
    encode_payload,
)
from footfall.intake.slices import SLICE_EVENTS, Slice, rejects_of, slices


def event(name: str) -> bytes:
    return b'{"name":"%s","event_id":"%s","timestamp":1793534400}' % (name.encode(), name.encode())


def record(body: bytes, n_events: int = 1, source: str = "web") -> bytes:
    payload = Payload(VERSION, source, 0, "http", Context(), body, n_events)
    return encode_payload(payload)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal.open(tmp_path)
    yield journal
    journal.close()


def taken_apart(journal: Journal, *records: bytes) -> Slice:
    journal.commit(records)
    (part,) = slices(journal, 0, journal.end)
    return part


def bodies(part: Slice, source: str = "web") -> list[bytes]:
    return [request.payload.body for request in part.sources[source]]


def test_every_source_has_its_own_requests_in_order(journal: Journal) -> None:
    one, two = b"[" + event("a") + b"]", b"[" + event("b") + b"," + event("c") + b"]"
    part = taken_apart(
        journal, record(one), record(two, 2), record(one, source="shop"), record(b"", 0)
    )
    assert bodies(part) == [one, two, b""]
    assert bodies(part, "shop") == [one]
    assert part.n_events == 4


def test_slices_end_where_they_are_full(journal: Journal) -> None:
    journal.commit([record(event("a"), SLICE_EVENTS), record(event("b"), 1), record(b"", 0)])
    first, second = slices(journal, 0, journal.end)
    assert (bodies(first), bodies(second)) == ([event("a")], [event("b"), b""])
    assert (first.start, first.end, second.end) == (0, second.start, journal.end)
    (only,) = slices(journal, 0, first.end, "shop")
    assert only.sources == {}


@pytest.mark.parametrize("is_vouched", [True, False])
def test_rejects_know_whether_a_secret_key_came_with_their_request(
    journal: Journal, is_vouched: bool
) -> None:
    # One that was refused as it came, and one that cannot be read out of the journal.
    refused = [RejectItem(0, "c", "r", b"{}")]
    body = b'[{"name":"x"}]'
    payload = Payload(
        VERSION, "web", 0, "segment", Context(), body, 1, 0, refused, is_vouched=is_vouched
    )
    ((request,),) = taken_apart(journal, encode_payload(payload)).sources.values()
    request.fault = "it cannot be read"
    found = [(each.origin, each.raw, each.is_vouched) for each in rejects_of(request)]
    assert found == [("http", b"{}", is_vouched), ("journal", b'{"name":"x"}', is_vouched)]


@pytest.mark.parametrize("separator", [b",", b"\n"])
def test_each_event_that_is_not_stored_is_a_reject(journal: Journal, separator: bytes) -> None:
    body = separator.join([event("a"), event("b")])
    part = taken_apart(journal, record(b"[" + body + b"]" if separator == b"," else body, 2))
    (request,) = part.sources["web"]
    request.fault = "no reason"
    found = [(each.line, each.raw, each.reason) for each in rejects_of(request)]
    assert found == [(-1, event("a"), "no reason"), (-2, event("b"), "no reason")]


def test_an_older_record_says_nothing_of_a_key() -> None:
    record = [VERSION, "web", 0, "segment", [], b"", 0, 0, [[0, "c", "r", b"{}"]]]
    assert decode_payload(msgspec.msgpack.encode(record)).is_vouched is False
