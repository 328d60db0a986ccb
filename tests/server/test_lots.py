"""Write keys in the place of trackers' ids: they open the door, and nothing of them is kept."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from benchmarks.tracker_bodies.sample import KEY, Sample, samples
from tests.capture.conftest import NOW, events
from tests.capture.test_reread import keep
from tests.server.conftest import Running, make_lake, run
from tests.waiting import wait_until

from footfall.capture.protocols.adapter import Call, Reading, Refused, Sent
from footfall.capture.replay import Replayed, replay
from footfall.intake.ledger import MAX_RAW, Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.server.key_origins import KeyOrigins
from footfall.server.lots import encode, reject, sort

SECRET = "ffw_" + "Zm9vYmFy" + "x" * 35
SHOWN = "ffw_Zm9vYmFy" + "*" * 35
SENT = [each for each in samples() if not each.protocol.startswith("posthog_c")]


def with_key(sample: Sample, key: str) -> tuple[str, bytes, dict[str, str]]:
    """Address, body and headers of a sample with a key of our own in the place of its."""
    plain = {name: value.replace(KEY, key) for name, value in sample.headers.items()}
    basic = {name: "Basic " + base64.b64encode(f"{key}:".encode()).decode()
             for name, value in plain.items() if value.startswith("Basic ")}  # fmt: skip
    body = sample.body
    if not isinstance(body, bytes):
        body = json.loads(json.dumps(body).replace(KEY, key))
    made = Sample(sample.protocol, sample.target.replace(KEY, key), body, sample.method,
                  sample.shape)  # fmt: skip
    content = made.content()
    if sample.protocol != "otlp" or not isinstance(body, bytes):
        content = content.replace(KEY.encode(), key.encode())
    return made.address(), content, plain | basic


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    """A server to which every tracker has sent with a write key, well and badly."""
    with run(make_lake(tmp_path_factory.mktemp("kept") / "lake")) as running:
        key = running.app.state.workspace.keys.create("web", "test").secret
        with running.client() as client:
            for sample in SENT:
                address, body, headers = with_key(sample, key)
                client.request(sample.method, address, content=body, headers=headers)
                again = {**headers, "x-footfall-key": key}
                client.request(sample.method, address, content=body[:-9], headers=again)
                old = body.replace(b'"timestamp"', b'"timestamp": 1, "was"')
                client.request(sample.method, address, content=old, headers=again)
            sent = {"name": "last", "event_id": "last"}
            assert client.post("/v1/events", params={"key": key}, json=sent).status_code == 200
        lake = running.app.state.lake
        wait_until(lambda: any(row["event_id"] == "last" for row in events(lake, "web")))
        yield running, key


def test_a_key_that_a_tracker_sent_is_nowhere_in_the_lake(shop: tuple[Running, str]) -> None:
    server, key = shop
    lake = server.app.state.lake
    files = [each for each in Path(lake.root).rglob("*") if each.is_file()]
    assert [str(each) for each in files if key.encode() in each.read_bytes()] == []
    rows = events(lake, "web")
    assert len(rows) > 100
    assert key not in repr(rows)
    # What told the key is kept without it.
    mark = key[:12] + "*" * 35
    for member in ("toolName", "service.name", "ce_source"):
        assert any(member in repr(row) and mark in repr(row) for row in rows)
    assert any(str(row["event_id"]).startswith(f"{mark} ") for row in rows)


def test_a_reader_of_rejects_sees_no_key(shop: tuple[Running, str]) -> None:
    server, key = shop
    kept = list(server.app.state.ledger.rejects("web"))
    assert {each.protocol for each in kept} >= {
        "amplitude", "cloudevents", "countly", "mixpanel", "posthog", "segment", "userale",
    }  # fmt: skip
    with server.client(server.token("read")) as client:
        text = client.get("/api/v1/rejects/export", params={"source": "web"}).text
    assert len(text.splitlines()) == len(kept)
    assert key not in text
    assert key[:12] + "***" in text


def test_events_are_encoded_without_secrets_and_as_long_as_before() -> None:
    token = SECRET.replace("ffw_", "fft_")
    body, *_ = encode([Sent({"name": "a", "properties": {"k": f"{SECRET}-{token}"}}, "")])
    shown = SHOWN.replace("ffw_", "fft_")
    assert json.loads(body)[0]["properties"] == {"k": f"{SHOWN}-{shown}"}


def test_of_a_long_reject_no_beginning_of_a_secret_is_left() -> None:
    for n in range(MAX_RAW - 50, MAX_RAW + 2):
        raw = reject(Refused(0, "c", SECRET, b"!" * n + SECRET.encode() * 2))
        assert len(raw.raw) == MAX_RAW + 1
        assert raw.reason == SHOWN
        assert raw.raw[n:] == (SHOWN * 2).encode()[: MAX_RAW + 1 - n]


def test_what_cannot_be_sorted_is_refused_and_takes_nothing_along() -> None:
    """A time of sending without a zone, as an adapter of somebody else's may have it."""
    good = [Sent({"name": "good"}, "shop.example", 0), Sent({"name": "good"}, SECRET, 2)]
    bad = [
        Sent({"name": "bad"}, key, index, sent_at=datetime(2026, 11, 1))  # noqa: DTZ001 - see above
        for index, key in ((1, "shop.example"), (3, SECRET))
    ]
    origins = KeyOrigins(
        lambda key: "shop" if key == SECRET else None,
        lambda each: "shop" if each == "shop.example" else None,
    )
    call = Call("POST", "/", {}, {}, b"", NOW)
    reading = Reading([good[0], bad[0], good[1], bad[1]])
    lots, unknown = asyncio.run(sort(origins, call, reading))
    assert unknown == []
    assert [sent for each, _ in lots.values() for sent in each] == good
    refused = {lot.origin.is_secret: each for lot, (_, each) in lots.items()}
    assert {key: [item.index for item in each] for key, each in refused.items()} == {
        False: [1],
        True: [3],
    }
    (item,) = refused[False]
    assert (item.code, item.raw) == ("invalid_event", b'{"name":"bad"}')
    assert "TypeError" in item.reason


@pytest.mark.parametrize("protocol", ["cloudevents", "userale", "countly"])
def test_a_reject_without_its_key_is_read_again(tmp_path: Path, protocol: str) -> None:
    texts = {
        "cloudevents": f'{{"specversion": "1.0", "type": "e", "source": "{SECRET}", "id": "1"}}',
        "userale": f'{{"type": "e", "clientTime": 1762000000000, "toolName": "{SECRET}"}}',
        "countly": f'app_key={SECRET}&device_id=d&events=[{{"key":"e","timestamp":1762000000000}}]',
    }
    item = reject(Refused(0, "c", "r", texts[protocol].encode()))
    assert SECRET.encode() not in item.raw
    lake = LakeFolder.create(tmp_path / "lake")
    lake.save_source(Source("shop"))
    with Ledger(lake.root / "ledger.db", clock=lambda: NOW) as ledger:
        keep(ledger, protocol, item.raw)
        assert replay(lake, "shop", ledger, lambda: NOW) == Replayed(1, 1, 0, 0)
    (event,) = events(lake, "shop")
    assert event["name"] == "e"
    assert SECRET not in repr(event)
