from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from footfall.errors import InvalidEvents, TooLarge
from footfall.intake.accept import Accepted, Acceptor
from footfall.intake.payload import Context, decode_events
from footfall.model.source import Source
from footfall.model.time import epoch_to_us, to_epoch_us
from footfall.settings import IntakeSettings

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
WEB = Source("web", timezone="Europe/Berlin")
CONTEXT = Context("0123", "Mozilla/5.0", "de")
FULL = {"name": "a", "event_id": "1", "timestamp": "2026-11-01T10:00:00Z"}


def accept(body: Any, context: Context = CONTEXT, **limits: Any) -> Accepted:
    acceptor = Acceptor(IntakeSettings(**limits), random=lambda n: "f" * 2 * n)
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return acceptor.accept(WEB, text, context, NOW)


def codes(accepted: Accepted) -> list[tuple[int, str]]:
    return [(item.index, item.code) for item in accepted.rejects]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([FULL, FULL]).encode(),
        json.dumps(FULL).encode() + b"\n" + json.dumps(FULL).encode(),
    ],
)
def test_a_body_that_is_canonical_already_is_kept_byte_for_byte(body: bytes) -> None:
    accepted = accept(body)
    assert accepted.body == body
    assert accepted.ids == ["1", "1"]
    assert [event.name for event in decode_events(accepted.body)] == ["a", "a"]


def test_one_object_is_kept_as_an_array_of_one() -> None:
    text = json.dumps(FULL, indent=1).encode()
    assert accept(text).body == b"[" + text + b"]"


def test_an_event_without_time_is_now_and_new_each_time() -> None:
    acceptor = Acceptor(IntakeSettings())
    body = b'{"name": "click", "distinct_id": "u1"}'
    first, second = (acceptor.accept(WEB, body, CONTEXT, NOW) for _ in range(2))
    assert decode_events(first.body)[0].timestamp == NOW
    assert first.ids != second.ids
    assert len(first.ids[0]) == 32
    assert decode_events(first.body)[0].event_id == first.ids[0]


def test_the_same_request_sent_again_has_the_same_ids() -> None:
    dated = {"name": "click", "timestamp": "2026-11-01T10:00:00Z", "properties": {"b": 1, "a": 2}}
    swapped = {"properties": {"a": 2, "b": 1}, "timestamp": dated["timestamp"], "name": "click"}
    ids = accept([dated, dated]).ids
    assert ids[0] != ids[1]
    assert accept([swapped, swapped]).ids == ids
    # One bad event in the request does not change the ids of the others.
    assert accept([dated, dated, 5]).ids == ids
    assert accept([{**dated, "timestamp": 1793527200}]).ids == [ids[0]]
    other_visitor = accept([dated], Context("4567", "Mozilla/5.0", "de"))
    assert other_visitor.ids != [ids[0]]
    named = {**dated, "distinct_id": "u1"}
    assert accept([named]).ids == accept([named], Context("4567")).ids


def test_good_events_of_a_batch_are_kept() -> None:
    accepted = accept([FULL, {"distinct_id": "u"}, {**FULL, "event_id": "2"}, 7])
    assert accepted.ids == ["1", "2"]
    assert codes(accepted) == [(1, "missing_name"), (3, "not_an_object")]
    assert accepted.rejects[0].raw == b'{"distinct_id": "u"}'


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"name": ""}, "invalid_name"),
        ({"name": 5}, "invalid_name"),
        ({"name": "x" * 257}, "invalid_name"),
        ({"name": None}, "missing_name"),
        ({"event_id": ""}, "invalid_event_id"),
        ({"url": {"a": 1}}, "invalid_field"),
        ({"is_bot": "yes"}, "invalid_field"),
        ({"properties": [1]}, "invalid_properties"),
        ({"timestamp": "yesterday"}, "invalid_timestamp"),
        ({"timestamp": True}, "invalid_timestamp"),
        ({"timestamp": [1]}, "invalid_timestamp"),
        ({"timestamp": "1989-12-31T23:59:59Z"}, "timestamp_out_of_range"),
        ({"timestamp": "2026-11-02T12:00:01Z"}, "timestamp_out_of_range"),
        ({"timestamp": 0}, "timestamp_out_of_range"),
        ({"timestamp": -1e18}, "timestamp_out_of_range"),
        ({"timestamp": 1e300}, "invalid_timestamp"),
        ({"title": "nul \x00"}, "nul_character"),
        ({"properties": {"a": ["\x00"]}}, "nul_character"),
        ({"properties": {"\x00": 1}}, "nul_character"),
    ],
)
def test_rejects(change: dict[str, Any], code: str) -> None:
    assert codes(accept([{**FULL, **change}])) == [(0, code)]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"name":"a","properties":{"x":1e999}}', "invalid_number"),
        (b'{"name":"a","properties":{"x":NaN}}', "malformed_json"),
        (b'{"name":"a","properties":{"x":"\xff"}}', "invalid_utf8"),
        (b'{"name":"a","properties":{"x":"\\ud800"}}', "malformed_json"),
        (b'{"name":"a","properties":{"x":' + b"[" * 62 + b"]" * 62 + b"}}", ""),
        (b'{"name":"a","properties":{"x":' + b"[" * 63 + b"]" * 63 + b"}}", "too_deep"),
        (b'{"name":"a","properties":{"x":' + b"[" * 9999 + b"]" * 9999 + b"}}", "too_deep"),
    ],
)
def test_odd_json_is_rejected_alone(raw: bytes, code: str) -> None:
    good = json.dumps(FULL).encode()
    accepted = accept(good + b"\n" + raw + b"\n" + good)
    assert codes(accepted) == ([(1, code)] if code else [])


def test_an_event_of_many_shallow_brackets_is_not_deep() -> None:
    assert codes(accept([{**FULL, "properties": {"x": [[]] * 200}}])) == []


@pytest.mark.parametrize(
    ("given", "instant"),
    [
        ("2026-11-01T10:00:00+01:00", "2026-11-01T09:00:00+00:00"),
        ("2026-11-01 10:00:00", "2026-11-01T09:00:00+00:00"),  # Berlin in winter
        ("2026-07-01T10:00", "2026-07-01T08:00:00+00:00"),  # and in summer
        ("2026-11-01", "2026-10-31T23:00:00+00:00"),
        (1_793_527_200, "2026-11-01T10:00:00+00:00"),
        (1_793_527_200_500, "2026-11-01T10:00:00.500000+00:00"),
        (1_793_527_200_500_001, "2026-11-01T10:00:00.500001+00:00"),
        (1_793_527_200_500_001_999, "2026-11-01T10:00:00.500001+00:00"),
        (1_793_527_200.25, "2026-11-01T10:00:00.250000+00:00"),
        ("1793527200", "2026-11-01T10:00:00+00:00"),
        ("2026-11-02T12:00:00Z", "2026-11-02T12:00:00+00:00"),  # a day ahead, to the second
    ],
)
def test_timestamps(given: Any, instant: str) -> None:
    accepted = accept([{**FULL, "timestamp": given}])
    assert codes(accepted) == []
    (kept,) = decode_events(accepted.body)
    moment = kept.timestamp
    if not isinstance(moment, datetime):
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=epoch_to_us(moment))
    assert moment.astimezone(UTC).isoformat() == instant


def test_unknown_keys_become_properties_and_simple_values_text() -> None:
    sent = {**FULL, "distinct_id": 42, "plan": "pro", "title": True, "properties": {"plan": "x"}}
    (event,) = decode_events(accept([sent]).body)
    assert (event.distinct_id, event.title) == ("42", "true")
    assert json.loads(bytes(event.properties)) == {"plan": "x", "_plan": "pro"}
    (other,) = decode_events(accept([{**FULL, "received_at": "2020-01-01"}]).body)
    assert json.loads(bytes(other.properties)) == {"received_at": "2020-01-01"}


def test_limits() -> None:
    assert accept([FULL] * 3, max_events=3).rejects == []
    with pytest.raises(TooLarge, match="max_events"):
        accept([FULL] * 4, max_events=3)
    with pytest.raises(TooLarge, match="max_events"):
        accept([FULL, 5, 5, 5], max_events=3)
    large = {**FULL, "properties": {"x": "y" * 1024}}
    assert codes(accept([FULL, large], max_event="1KiB")) == [(1, "event_too_large")]
    assert codes(accept([FULL] * 100, max_event="1KiB")) == []


def test_bodies_that_cannot_be_read() -> None:
    for body in (b"", b"[1", b"x"):
        with pytest.raises(InvalidEvents):
            accept(body)
    assert accept(b"[]") == Accepted()


@pytest.mark.parametrize("separator", [",", "\n"])
def test_known_and_repeated_events_are_dropped(separator: str) -> None:
    texts = [json.dumps({**FULL, "event_id": each, "title": "ä\n"}) for each in "abaca"]
    body = separator.join(texts).encode()
    accepted = accept(b"[" + body + b"]" if separator == "," else body)
    assert accepted.drop({"c"}) == 3
    assert accepted.ids == ["a", "b"]
    # The first of each, in the sender's own bytes.
    assert accepted.body == f"[{texts[0]},{texts[1]}]".encode()
    assert accepted.drop() == 0
    assert accepted.drop({"a", "b"}) == 2
    assert (accepted.ids, accepted.body) == ([], b"")


def test_a_slow_clock_is_set_right_and_the_ids_stay_those_of_the_content() -> None:
    acceptor = Acceptor(IntakeSettings())
    dated = {"name": "a", "distinct_id": "u1", "timestamp": "2026-11-01T09:00:00Z"}
    body = json.dumps([dated, {**dated, "timestamp": 1_793_523_600}, {"name": "b"}]).encode()
    sent = [timedelta(hours=2), timedelta(hours=2, seconds=5)]
    first, again = (acceptor.accept(WEB, body, CONTEXT, NOW, slow) for slow in sent)
    # 2026-11-01 09:00:00 UTC is 1793523600 s; two hours later it is 11:00; without a time, now.
    eleven = datetime(2026, 11, 1, 11, tzinfo=UTC)
    assert first.ids[:2] == again.ids[:2]
    assert [event.timestamp for event in decode_events(first.body)] == [eleven, eleven, NOW]


def test_a_clock_that_is_days_ahead_loses_nothing() -> None:
    acceptor = Acceptor(IntakeSettings())
    body = json.dumps({**FULL, "timestamp": "2026-11-04T12:00:00Z"}).encode()
    accepted = acceptor.accept(WEB, body, CONTEXT, NOW, timedelta(days=-3))
    assert [event.timestamp for event in decode_events(accepted.body)] == [NOW]
    assert codes(acceptor.accept(WEB, body, CONTEXT, NOW)) == [(0, "timestamp_out_of_range")]


@pytest.mark.parametrize(
    ("times", "oldest"),
    [
        # seconds, milliseconds and text; the least is 11:00, 10:00 and 10:00
        ([1_793_534_400, 1_793_530_800.5, 1_793_530_800], datetime(2026, 11, 1, 11, tzinfo=UTC)),
        ([1_793_534_400, 1_793_527_200_000], datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ([1_793_534_400, "2026-11-01T10:00:00Z"], datetime(2026, 11, 1, 10, tzinfo=UTC)),
        ([1_793_534_400, None], None),
    ],
)
def test_the_oldest_time_of_a_request_is_known(times: list[Any], oldest: datetime | None) -> None:
    given = [{"name": "a", "event_id": str(n), "timestamp": t} for n, t in enumerate(times)]
    accepted = accept(given)
    assert accepted.rejects == []
    assert accepted.oldest == (to_epoch_us(oldest) if oldest else None)


@pytest.mark.parametrize("wrong", [1e300, -1e300, 0, 5e18, 1_793_534_400 + 90_000])
def test_a_number_that_is_no_time_costs_its_own_event(wrong: float) -> None:
    given = [{"name": "a", "timestamp": time} for time in (1_793_534_400, wrong, 1_793_534_401)]
    accepted = accept(given)
    assert [item.index for item in accepted.rejects] == [1]
    assert len(accepted.ids) == 2


def test_an_address_beside_the_properties_is_not_kept() -> None:
    beside = {"ip": "198.51.100.7", "address": "198.51.100.8"}
    accepted = accept([{"name": "e", **beside, "properties": {"ip": "x"}}])
    assert codes(accepted) == []
    (event,) = decode_events(accepted.body)
    assert json.loads(bytes(event.properties)) == {"ip": "x"}
