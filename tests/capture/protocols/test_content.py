from __future__ import annotations

import base64
import gzip
from typing import Any

import pytest
from benchmarks.tracker_bodies.sample import Sample, samples
from tests.capture.protocols.calls import adapter_of, read, sent

from footfall.capture.protocols import content
from footfall.capture.protocols.adapter import Outcome
from footfall.capture.protocols.content import MAX_PARTS, as_list, one_or_many
from footfall.errors import InvalidEvents, TooLarge

PAIR = b'{"a": 1}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b'{"a": "\\ud83d"}', {"a": "\ufffd"}),
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
    ],
)
def test_small_faults_do_not_cost_the_whole(text: bytes, expected: object) -> None:
    assert content.read_json(text) == expected


@pytest.mark.parametrize(
    "body",
    [
        PAIR,
        base64.b64encode(PAIR),
        base64.urlsafe_b64encode(PAIR).rstrip(b"="),
        base64.b64encode(gzip.compress(PAIR, mtime=0)),
        b"data=" + base64.b64encode(PAIR).replace(b"=", b"%3D"),
        b"data=%7B%22a%22%3A+1%7D&verbose=1",
        b"data=%257B%2522a%2522%253A1%257D",
    ],
)
def test_json_is_found_however_it_is_packed(body: bytes) -> None:
    assert content.read_json(content.data_of(body)) == {"a": 1}


def test_what_is_packed_inside_has_a_limit() -> None:
    bomb = base64.b64encode(gzip.compress(b"[" + b" " * (content.MAX_UNPACKED + 1)))
    with pytest.raises(TooLarge):
        content.data_of(bomb)
    with pytest.raises(InvalidEvents):
        content.data_of(base64.b64encode(gzip.compress(PAIR)[:-9]))


def test_forms_have_a_limit() -> None:
    with pytest.raises(InvalidEvents):
        content.read_form("&".join(f"a{n}=1" for n in range(content.MAX_PARAMETERS + 1)))


@pytest.mark.parametrize(
    ("value", "expected"), [(1, 1.0), ("2.5", 2.5), (True, None), ("x", None), ("inf", None),
                            ("nan", None), (10**400, None), ([], None)],
)  # fmt: skip
def test_numbers(value: object, expected: float | None) -> None:
    assert content.number_of(value) == expected


def test_more_events_than_a_request_may_have_are_told_apart_from_bad_ones() -> None:
    """Two bytes of JSON become hundreds in memory, and each reject a row of the ledger."""
    most = [{}] * MAX_PARTS
    assert one_or_many(most) == as_list(most) == most
    assert one_or_many({}) == [{}]
    for count in (one_or_many, as_list):
        with pytest.raises(TooLarge, match="more than 10000 events: send fewer at once"):
            count([*most, {}])


def _longer(body: Any) -> Any:
    """The body with too many of what its list has, or None if it has none."""
    if isinstance(body, list):
        return body * (MAX_PARTS // len(body) + 1)
    names = ("batch", "events", "data", "requests")
    if not isinstance(body, dict):
        return None
    found = next((name for name in names if isinstance(body.get(name), list)), None)
    return {**body, found: _longer(body[found])} if found else None


@pytest.mark.parametrize(
    "sample",
    [each for each in samples() if read(sent(each)).sent and _longer(each.body)],
    ids=lambda each: each.protocol,
)
def test_every_protocol_with_batches_refuses_too_many_events(sample: Sample) -> None:
    request = sent(sample.with_body(_longer(sample.body)))
    adapter = adapter_of(request)
    with pytest.raises(TooLarge):
        adapter.read(request)
    assert adapter.reply(request, Outcome(error=TooLarge("big"))).status < 500
