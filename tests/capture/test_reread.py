"""What trackers sent and was refused, read again by their adapters."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.capture.conftest import NOW, events

from footfall.capture.protocols.registry import adapters
from footfall.capture.replay import Replayed, replay
from footfall.capture.reread import _ENVELOPES
from footfall.intake.ledger import Ledger, Reject
from footfall.lake.folder import LakeFolder
from footfall.model.ledger import Entry

# One item of each tracker as its clients put it into their envelope, and the name it has here.
ITEMS: dict[str, tuple[Any, str]] = {
    "segment": ({"type": "track", "event": "a", "userId": "u", "messageId": "m1"}, "a"),
    "rudderstack": ({"type": "track", "event": "b", "userId": "u", "messageId": "m2"}, "b"),
    "posthog": ({"event": "c", "distinct_id": "u", "properties": {"x": 1}}, "c"),
    "posthog_v1": ({"event": "d", "distinct_id": "u", "uuid": "7"}, "d"),
    "amplitude": ({"event_type": "e", "user_id": "u"}, "e"),
    "ga4": ({"name": "f", "params": {"x": 1}}, "f"),
    "mixpanel": ({"event": "g", "properties": {"distinct_id": "u"}}, "g"),
    "umami": ({"type": "event", "payload": {"website": "w", "name": "h", "url": "/"}}, "h"),
    "matomo": ("?idsite=1&rec=1&url=https%3A%2F%2Fx.example%2F&action_name=T", "page_view"),
    "snowplow": ({"e": "pv", "url": "https://x.example/", "duid": "u"}, "page_view"),
    "cloudevents": ({"specversion": "1.0", "id": "1", "source": "/x", "type": "i"}, "i"),
    "userale": ({"type": "click", "clientTime": 1762000000000, "userId": "u"}, "click"),
}
NAMES = sorted(ITEMS)


def keep(
    ledger: Ledger,
    protocol: str,
    *raws: bytes,
    code: str = "invalid_event",
    is_vouched: bool = False,
) -> None:
    """Rejects as the server keeps them, counted."""
    rejects = [
        Reject("shop", "http", place, code, "was not read", raw, NOW, protocol=protocol,
               is_vouched=is_vouched)
        for place, raw in enumerate(raws)
    ]  # fmt: skip
    stream, n = f"journal:{protocol}", len(raws)
    ledger.reject(rejects, stream, 10)
    ledger.add([Entry("shop", NOW.replace(minute=0), protocol, n, rejected=n)], stream, 10)


def again(lake: LakeFolder, ledger: Ledger) -> Replayed:
    return replay(lake, "shop", ledger, lambda: NOW)


def balanced(ledger: Ledger) -> tuple[int, int, int]:
    found = ledger.balance("shop")["shop"]
    assert found.received == found.stored + found.duplicates + found.rejected
    assert found.rejected == ledger.n_rejects("shop")
    return found.received, found.stored, found.rejected


@pytest.mark.parametrize("protocol", NAMES)
def test_an_item_that_its_adapter_reads_now(
    lake: LakeFolder, ledger: Ledger, protocol: str
) -> None:
    item, name = ITEMS[protocol]
    keep(ledger, protocol, msgspec.json.encode(item), b"7")
    assert again(lake, ledger) == Replayed(2, 1, 0, 1)
    (event,) = events(lake, "shop")
    assert event["name"] == name
    assert [reject.raw for reject in ledger.rejects("shop")] == [b"7"]
    assert balanced(ledger) == (2, 1, 1)
    (entry,) = [each for each in ledger.entries("shop") if each.stored]
    assert entry.protocol == protocol
    # Once more there is nothing to do.
    assert again(lake, ledger) == Replayed(1, 0, 0, 1)


def test_every_envelope_is_of_an_adapter_that_reads_it() -> None:
    known = {each.name: each for each in adapters()}
    assert _ENVELOPES.keys() - {"countly"} == ITEMS.keys()
    for name, (path, _) in _ENVELOPES.items():
        routes = [route for each in adapters() if each.name == name for route in each.routes]
        assert known[name]
        assert any(route.matches("POST", path) for route in routes), name


def test_a_whole_body_becomes_all_its_events(lake: LakeFolder, ledger: Ledger) -> None:
    batch = [{"event": name, "distinct_id": "u", "properties": {}} for name in "xyz"]
    body = msgspec.json.encode({"api_key": "k", "batch": batch})
    keep(ledger, "posthog", body)
    assert again(lake, ledger) == Replayed(1, 3, 0, 0)
    assert sorted(event["name"] for event in events(lake, "shop")) == ["x", "y", "z"]
    # one request was received as a whole, and now it is three events
    assert balanced(ledger) == (3, 3, 0)


def test_a_body_of_which_a_part_is_bad_stays(lake: LakeFolder, ledger: Ledger) -> None:
    batch = [{"event": "x", "distinct_id": "u"}, 7]
    keep(ledger, "posthog", msgspec.json.encode({"batch": batch}), b'{"batch": [{"event": "x"')
    assert again(lake, ledger) == Replayed(2, 0, 0, 2)
    assert balanced(ledger) == (2, 0, 2)


def test_a_form_and_one_that_sends_single_events(lake: LakeFolder, ledger: Ledger) -> None:
    page = {"name": "pageview", "url": "https://x.example/a", "domain": "x.example"}
    keep(ledger, "plausible", msgspec.json.encode(page))
    keep(ledger, "countly", b"app_key=k&device_id=d&events=%5B%7B%22key%22%3A%22tap%22%7D%5D")
    assert again(lake, ledger) == Replayed(2, 2, 0, 0)
    assert {event["name"] for event in events(lake, "shop")} == {"page_view", "tap"}
    assert balanced(ledger) == (2, 2, 0)


def test_an_event_that_was_read_is_checked_by_the_limits_of_now(
    lake: LakeFolder, ledger: Ledger
) -> None:
    event = {
        "name": "buy",
        "distinct_id": "u",
        "timestamp": "2025-11-01T10:00:00Z",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "properties": {"note": "n" * 3000},
    }
    keep(ledger, "segment", msgspec.json.encode(event), code="too_large", is_vouched=True)
    settings = lake.root / "footfall.toml"
    settings.write_text("[intake]\nmax_event = '1KiB'\n", "utf-8")
    assert again(LakeFolder.open(lake.root), ledger) == Replayed(1, 0, 0, 1)
    settings.write_text("[intake]\nmax_event = '8KiB'\n", "utf-8")
    assert again(LakeFolder.open(lake.root), ledger) == Replayed(1, 1, 0, 0)
    (stored,) = events(lake, "shop")
    assert (stored["name"], stored["actor_id"], stored["browser"]) == ("buy", "u", "Firefox")
    assert stored["timestamp"].isoformat() == "2025-11-01T10:00:00+00:00"
    assert balanced(ledger) == (1, 1, 0)


def test_what_needs_a_secret_key_needs_it_still(lake: LakeFolder, ledger: Ledger) -> None:
    event = {"name": "alias", "distinct_id": "u", "anonymous_id": "v"}
    keep(ledger, "mixpanel", msgspec.json.encode(event), code="not_allowed")
    assert again(lake, ledger) == Replayed(1, 0, 0, 1)
    assert balanced(ledger) == (1, 0, 1)


TRACK = {"type": "track", "event": "a", "userId": "anna", "anonymousId": "ben"}
ALIAS = {"type": "alias", "userId": "anna", "previousId": "ben"}
READ = {"name": "login", "distinct_id": "anna", "anonymous_id": "ben"}


@pytest.mark.parametrize("item", [TRACK, READ, {"batch": [TRACK]}, READ | {"user_id": "ben"}])
def test_without_a_secret_key_nobody_is_joined(
    lake: LakeFolder, ledger: Ledger, item: dict[str, Any]
) -> None:
    keep(ledger, "segment", msgspec.json.encode(item))
    assert again(lake, ledger) == Replayed(1, 1, 0, 0)
    (event,) = events(lake, "shop")
    assert (event["distinct_id"], event["anonymous_id"]) == ("anna", None)
    assert event["properties"] == '{"anonymous_id":"ben"}'
    assert lake.table("shop").identities.actors() == {}


@pytest.mark.parametrize("item", [TRACK, READ, ALIAS, {"batch": [ALIAS]}, READ | {"name": "merge"}])
def test_with_a_secret_key_they_are(lake: LakeFolder, ledger: Ledger, item: dict[str, Any]) -> None:
    keep(ledger, "segment", msgspec.json.encode(item), is_vouched=True)
    assert again(lake, ledger) == Replayed(1, 1, 0, 0)
    assert lake.table("shop").identities.actors() == {"ben": "anna"}


@pytest.mark.parametrize(
    "item", [ALIAS, {"batch": [TRACK, ALIAS]}, READ | {"name": "merge"}, READ | {"name": ["alias"]}]
)
def test_what_would_join_two_ids_stays_a_reject(
    lake: LakeFolder, ledger: Ledger, item: dict[str, Any]
) -> None:
    keep(ledger, "segment", msgspec.json.encode(item))
    assert again(lake, ledger) == Replayed(1, 0, 0, 1)
    assert balanced(ledger) == (1, 0, 1)


def test_a_time_long_ago_needs_a_secret_key_as_when_it_came(
    lake: LakeFolder, ledger: Ledger
) -> None:
    old = msgspec.json.encode("?idsite=1&rec=1&url=https%3A%2F%2Fx.example%2F&cdt=2020-01-01")
    keep(ledger, "matomo", old)
    assert again(lake, ledger) == Replayed(1, 0, 0, 1)
    rejects = [Reject("shop", "http", 0, "invalid_event", "", old, NOW, "matomo", is_vouched=True)]
    ledger.reject(rejects, "journal:matomo", 20)
    assert again(lake, ledger) == Replayed(2, 1, 0, 1)
    assert [each["timestamp"].year for each in events(lake, "shop")] == [2020]


def test_of_a_protocol_that_is_gone_nothing_is_read(lake: LakeFolder, ledger: Ledger) -> None:
    """The source's mapping would believe who its actor is."""
    keep(ledger, "acme", msgspec.json.encode(READ))
    assert again(lake, ledger) == Replayed(1, 0, 0, 1)


def test_hearsay_of_a_browser_is_not_believed(lake: LakeFolder, ledger: Ledger) -> None:
    context = {"userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}
    item = {"type": "track", "event": "a", "userId": "u", "context": context}
    keep(ledger, "segment", msgspec.json.encode(item))
    assert again(lake, ledger).stored == 1
    (event,) = events(lake, "shop")
    assert (event["user_agent"], event["browser"]) == (None, None)
    # Without a time it is of the moment when it came.
    assert event["timestamp"] == NOW


def test_replay_cut_short_counts_once(
    lake: LakeFolder, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(ledger, "amplitude", msgspec.json.encode(ITEMS["amplitude"][0]))
    for name in ("mark_replayed", "add"):
        with monkeypatch.context() as patch:
            patch.setattr(Ledger, name, _fail)
            with pytest.raises(OSError, match="no space"):
                again(lake, ledger)
        if name == "mark_replayed":
            again(lake, ledger)
            assert balanced(ledger) == (1, 1, 0)
            keep(ledger, "ga4", msgspec.json.encode(ITEMS["ga4"][0]))
    again(lake, ledger)
    assert balanced(ledger) == (2, 2, 0)


def _fail(*_: object, **__: object) -> None:
    raise OSError("no space left on device")
