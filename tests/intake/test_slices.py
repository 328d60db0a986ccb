"""The journal taken apart: requests of one event are read together, and fail each alone."""

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
from footfall.intake.slices import Slice, rejects_of, slices


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


def names(part: Slice, source: str = "web") -> list[list[str]]:
    return [[event.name for event in request.events] for request in part.sources[source]]


def test_every_request_has_its_own_events_in_order(journal: Journal) -> None:
    part = taken_apart(
        journal,
        record(b"[" + event("a") + b"]"),
        record(b"[" + event("b") + b"," + event("c") + b"]", 2),
        record(event("d")),
        record(b"", 0),
        record(b"[" + event("e") + b"]", source="shop"),
        record(event("f") + b"\n" + event("g"), 2),
        record(b"[" + event("h") + b"]"),
    )
    assert names(part) == [["a"], ["b", "c"], ["d"], [], ["f", "g"], ["h"]]
    assert names(part, "shop") == [["e"]]
    assert part.n_events == 8


@pytest.mark.parametrize("bad", [b'[{"name":]', b"", b'[{"name":"x"}]', b'["\xff"]'])
def test_one_that_cannot_be_read_takes_no_other_along(journal: Journal, bad: bytes) -> None:
    part = taken_apart(journal, record(event("a")), record(bad), record(event("b")))
    assert names(part) == [["a"], [], ["b"]]
    faults = [bool(request.fault) for request in part.sources["web"]]
    assert faults == [False, bad != b"", False]


def test_events_are_never_given_to_another_request(journal: Journal) -> None:
    """Two events where one was counted, and none where one was: the sum alone is right."""
    both = b"[" + event("b") + b"," + event("c") + b"]"
    part = taken_apart(journal, record(both), record(b""), record(event("d")))
    assert names(part) == [["b", "c"], [], ["d"]]


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
    found = [(each.origin, each.raw, each.is_vouched) for each in rejects_of(request)]
    assert found == [("http", b"{}", is_vouched), ("journal", b'{"name":"x"}', is_vouched)]


def test_an_older_record_says_nothing_of_a_key() -> None:
    record = [VERSION, "web", 0, "segment", [], b"", 0, 0, [[0, "c", "r", b"{}"]]]
    assert decode_payload(msgspec.msgpack.encode(record)).is_vouched is False
