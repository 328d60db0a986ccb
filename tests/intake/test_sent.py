"""Events of the journal as columns: those that they have, whatever others have."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.intake.canonical import TEXT_FIELDS
from footfall.intake.payload import VERSION, Context, Payload
from footfall.intake.sent import read_sent

# 1793534400 s are 2026-11-01 12:00:00 UTC.
NOON = 1_793_534_400
TEXTS = [name for name in TEXT_FIELDS if name != "event_id"]


def event(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "event_id": name, "timestamp": NOON, **more}


def request(*events: dict[str, Any], n_events: int | None = None) -> Payload:
    return of(json.dumps(events).encode(), len(events) if n_events is None else n_events)


def of(body: bytes, n_events: int) -> Payload:
    return Payload(VERSION, "web", 0, "http", Context(), body, n_events)


def test_every_request_has_its_own_events_in_order() -> None:
    lines = b"\n\n ".join(json.dumps(event(name)).encode() for name in "fg")
    table, n_events = read_sent(
        [
            request(event("a")),
            request(event("b"), event("c")),
            of(json.dumps(event("d")).encode(), 1),
            request(),
            of(lines, 2),
            *(request(event(f"h{place}")) for place in range(3)),
        ]
    )
    assert table["name"].to_pylist() == ["a", "b", "c", "d", "f", "g", "h0", "h1", "h2"]
    assert n_events == [1, 2, 1, 0, 2, 1, 1, 1]


def test_fields_that_no_event_has_are_no_columns() -> None:
    table, _ = read_sent([request(event("a", title=None, properties={}))])
    assert set(table.column_names) == {"name", "event_id", "timestamp", "properties"}
    assert table["properties"].to_pylist() == [None]


def test_fields_are_found_wherever_the_first_event_stands_that_has_them() -> None:
    requests = [
        request(event("a")),
        request(event("b", title=None)),
        request(event("c", title="C", is_bot=True), event("d", latitude=1)),
        request(event("e", properties={"x": 1.50})),
        # None of it is kept, as ever: what stands there is not a field.
        request(event("f", nowhere=1)),
    ]
    table, _ = read_sent(requests)
    columns = {name: table[name].to_pylist() for name in table.column_names}
    assert columns == {
        "name": ["a", "b", "c", "d", "e", "f"],
        "event_id": ["a", "b", "c", "d", "e", "f"],
        "timestamp": [datetime(2026, 11, 1, 12, tzinfo=UTC)] * 6,
        "title": [None, None, "C", None, None, None],
        "is_bot": [None, None, True, None, None, None],
        "latitude": [None, None, None, 1.0, None, None],
        "properties": [None, None, None, None, '{"x": 1.5}', None],
    }


def test_many_requests_are_read_in_portions() -> None:
    requests = [request(*(event(f"{n}-{m}", title="t") for m in range(700))) for n in range(20)]
    requests[12] = request(event("odd", city="Graz", title=None))
    table, n_events = read_sent(requests)
    assert n_events == [*[700] * 12, 1, *[700] * 7]
    assert table["name"].to_pylist()[8400:8402] == ["odd", "13-0"]
    assert table["city"].to_pylist().count("Graz") == 1
    assert table["title"].null_count == 1


@pytest.mark.parametrize("bad", [b'[{"name":]', b'[{"name":"x"}]', b'["\xff"]', b"x\ny"])
@pytest.mark.parametrize("n_events", [1, 2])
def test_what_cannot_be_read_is_told(bad: bytes, n_events: int) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        read_sent([request(event("a")), of(bad, n_events), request(event("b"))])


def test_events_are_never_given_to_another_request() -> None:
    """Two events where one was counted, and none where one was: the sum alone is right."""
    both = request(event("b"), event("c"), n_events=1)
    table, n_events = read_sent([both, request(n_events=1), request(event("d"))])
    assert table["name"].to_pylist() == ["b", "c", "d"]
    assert n_events == [2, 0, 1]


FIELDS = st.dictionaries(st.sampled_from(TEXTS), st.text(max_size=3), max_size=4)


@given(st.lists(st.lists(FIELDS, max_size=3), min_size=1, max_size=6))
def test_every_event_keeps_what_it_says(requests: list[list[dict[str, str]]]) -> None:
    table, n_events = read_sent(
        [request(*(event("n", **fields) for fields in each)) for each in requests]
    )
    assert n_events == list(map(len, requests))
    found = [
        {name: value for name, value in row.items() if value is not None and name in TEXTS}
        for row in table.to_pylist()
    ]
    assert found == [fields for each in requests for fields in each]
