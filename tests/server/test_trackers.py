"""Requests of other people's trackers, on a real socket."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import httpx
import pytest
from tests.server.conftest import Running, run
from tests.waiting import wait_until

from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.server.trackers import split_prefix

PAGE = {"n": "pageview", "u": "https://shop.example/a", "d": "shop.example"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory):
    folder = LakeFolder.create(tmp_path_factory.mktemp("shop") / "lake")
    folder.add_source(Source("shop", tracker_ids=("shop.example",)))
    folder.add_source(Source("docs"))
    folder.add_source(Source("careless"))
    with run(folder) as running:
        yield running


def post(server: Running, path: str, body: bytes, **headers: str) -> httpx.Response:
    with server.client(**headers) as client:
        return client.post(path, content=body)


def rows(server: Running, source: str) -> int:
    return server.app.state.lake.table(source).snapshot().n_rows


def test_an_id_of_the_source_is_enough(shop: Running) -> None:
    before = rows(shop, "shop")
    answer = post(shop, "/api/event", json.dumps(PAGE).encode())
    assert (answer.status_code, answer.text) == (202, "ok")
    wait_until(lambda: rows(shop, "shop") == before + 1)


def test_a_key_in_front_of_the_path_says_more_than_the_tracker(shop: Running) -> None:
    key = shop.app.state.workspace.keys.create("docs", "test").secret
    answer = post(shop, f"/k/{key}/api/event", json.dumps(PAGE).encode())
    assert answer.status_code == 202
    wait_until(lambda: rows(shop, "docs") == 1)


def test_packed_bodies_need_no_header(shop: Running) -> None:
    before = rows(shop, "shop")
    assert post(shop, "/api/event", gzip.compress(json.dumps(PAGE).encode())).status_code == 202
    wait_until(lambda: rows(shop, "shop") == before + 1)


def test_an_id_that_nobody_has_is_dropped_and_said_so(shop: Running) -> None:
    answer = post(shop, "/api/event", json.dumps({**PAGE, "d": "other.example"}).encode())
    assert (answer.status_code, answer.headers["x-plausible-dropped"]) == (202, "1")


def test_browsers_may_send_with_credentials_and_their_own_headers(shop: Running) -> None:
    with shop.client(
        origin="https://shop.example", **{"access-control-request-headers": "x-umami-cache"}
    ) as client:
        asked = client.options("/api/event")
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "https://shop.example"
    assert asked.headers["access-control-allow-credentials"] == "true"
    assert asked.headers["access-control-allow-headers"] == "x-umami-cache"


def test_a_broken_request_is_kept_as_a_reject_of_its_source(shop: Running) -> None:
    key = shop.app.state.workspace.keys.create("docs", "test").secret
    answer = post(shop, f"/k/{key}/api/event", b'{"n": ')
    assert answer.status_code == 400
    ledger = shop.app.state.ledger
    wait_until(lambda: any(each.protocol == "plausible" for each in ledger.rejects("docs")))
    (reject,) = [each for each in ledger.rejects("docs") if each.protocol == "plausible"]
    assert reject.raw == b'{"n": '


def test_other_methods_and_paths_are_told(shop: Running) -> None:
    with shop.client() as client:
        assert client.get("/api/event").status_code == 400
        assert client.post("/k/x/nowhere", content=b"{}").status_code == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/batch", {"batch": [{"type": "{key}", "messageId": "m3", "userId": "u"}]}),
        ("/com.snowplowanalytics.snowplow/tp2", {"data": [{"e": "{key}", "p": "web"}]}),
        ("/matomo.php", {"requests": ["?idsite=1&rec=1&cdt={key}"]}),
    ],
)
def test_no_reason_of_a_reject_tells_a_secret(shop: Running, path: str, body: object) -> None:
    keys = shop.app.state.workspace.keys
    key, other = keys.create("careless", "test").secret, keys.create("careless", "other").secret
    known = len(list(shop.app.state.ledger.rejects("careless")))
    sent = json.dumps(body).replace("{key}", other)
    answer = post(shop, f"/k/{key}{path}", sent.encode(), **{"content-type": "application/json"})
    ledger = shop.app.state.ledger
    wait_until(lambda: len(list(ledger.rejects("careless"))) > known)
    for told in (*(reject.reason for reject in ledger.rejects("careless")), answer.text):
        assert other[12:] not in told
        assert other[12:30] not in told


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/k/x/k/{key}/nowhere", {}),
        ("/v1/batch", {"x-footfall-key": "{key}x"}),
        ("/api/event", {"content-encoding": "{key}"}),
    ],
)
def test_no_answer_tells_a_secret_back(shop: Running, path: str, headers: dict[str, str]) -> None:
    key = shop.app.state.workspace.keys.create("careless", "test").secret
    filled = {name: value.replace("{key}", key) for name, value in headers.items()}
    answer = post(shop, path.replace("{key}", key), json.dumps(PAGE).encode(), **filled)
    assert answer.status_code >= 400
    assert key[12:].lower() not in answer.text.lower()


def test_prefixes(tmp_path: Path) -> None:
    assert split_prefix("/k/a%2Fb/e/") == ("a/b", "/e/")
    assert split_prefix("/k/") == ("", "/")


def test_parts_that_are_no_events_are_kept_each_in_its_place(shop: Running) -> None:
    """Segment's batch: one event, one that is no object, one dated in 1950."""
    key = shop.app.state.workspace.keys.create("docs", "test").secret
    batch = [
        {"type": "track", "event": "a", "messageId": "m1", "userId": "u"},
        "nothing",
        {"type": "track", "event": "b", "messageId": "m2", "userId": "u",
         "timestamp": "1950-01-01T00:00:00Z"},
    ]  # fmt: skip
    before = rows(shop, "docs")
    answer = post(shop, f"/k/{key}/v1/batch", json.dumps({"batch": batch}).encode())
    assert answer.status_code == 200
    wait_until(lambda: rows(shop, "docs") == before + 1)
    ledger = shop.app.state.ledger
    wait_until(lambda: len([r for r in ledger.rejects("docs") if r.protocol == "segment"]) == 2)
    lines = [each.line for each in ledger.rejects("docs") if each.protocol == "segment"]
    assert lines == [1, 2]
    assert ledger.balance("docs")["docs"].is_balanced


def test_an_address_and_agent_inside_the_payload_are_believed_with_a_key_only(
    shop: Running,
) -> None:
    key = shop.app.state.workspace.keys.create("shop", "test").secret
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    payload = {"website": "shop.example", "url": "/believed", "hostname": "shop.example",
               "userAgent": agent, "ip": "91.0.0.1"}  # fmt: skip
    body = json.dumps({"type": "event", "payload": payload}).encode()
    assert post(shop, "/api/send", body, **{"User-Agent": "Mozilla/5.0 own"}).status_code == 200
    assert post(shop, f"/k/{key}/api/send", body).status_code == 200

    def found() -> list[tuple[str, str | None]]:
        with shop.client(shop.app.state.workspace.tokens.create("t", ["read"]).secret) as client:
            asked = {"source": "shop", "time_range": "last 24 hours", "order": "timestamp"}
            events = client.get("/api/v1/events", params=asked).json()["events"]
        return [
            (each["user_agent"], each["country"]) for each in events if each["path"] == "/believed"
        ]

    wait_until(lambda: len(found()) == 2)
    assert (agent, "DE") in found()
    assert ("Mozilla/5.0 own", None) in found()


BROKEN = b"\x1f\x8b\x08broken"
PACKED = {"content-encoding": "gzip"}
MANY = "a=1&" * 3000
CUT = b'{"batch": [{'
FORM = b"data=!!!"
UNREAD: list[tuple[str, str, bytes, dict[str, str], str]] = [
    ("POST", "/k/KEY/batch/", CUT, {}, "posthog amplitude"),
    ("POST", "/k/KEY/batch", FORM, {}, "posthog amplitude"),
    ("POST", "/k/KEY/track", FORM, {}, "mixpanel posthog"),
    ("POST", "/k/KEY/2/httpapi", CUT, {}, "amplitude"),
    ("POST", "/k/KEY/v1/batch", CUT, {}, "segment rudderstack"),
    ("POST", "/k/KEY/api/send", CUT, {}, "umami"),
    ("POST", "/mp/collect?measurement_id=KEY&api_secret=x", CUT, {}, "ga4"),
    ("POST", "/batch/", BROKEN, {**PACKED, "authorization": "Bearer KEY"}, "posthog amplitude"),
    ("POST", "/userale", BROKEN, {**PACKED, "authorization": "KEY"}, "userale"),
    ("POST", "/cloudevents", BROKEN, {**PACKED, "x-footfall-key": "KEY"}, "cloudevents"),
    ("GET", f"/i?app_key=KEY&device_id=d&events=[]&{MANY}", b"", {}, "countly"),
    ("GET", f"/i?e=pv&aid=KEY&p=web&tv=x&{MANY}", b"", {}, "snowplow"),
]


def test_a_request_of_a_known_key_is_kept_whatever_is_in_it(shop: Running) -> None:
    """Clients are told to go on: what is wrong has to be found among the rejects."""
    keys = shop.app.state.workspace.keys
    for place, (method, path, body, headers, _) in enumerate(UNREAD):
        shop.app.state.lake.add_source(Source(f"broken_{place}"))
        key = keys.create(f"broken_{place}", "test").secret
        named = {name: value.replace("KEY", key) for name, value in headers.items()}
        with shop.client(**named) as client:
            client.request(method, path.replace("KEY", key), content=body)
    ledger = shop.app.state.ledger
    wait_until(lambda: ledger.n_rejects(f"broken_{len(UNREAD) - 1}") == 1)
    for place, (_, path, body, _, protocols) in enumerate(UNREAD):
        (reject,) = ledger.rejects(f"broken_{place}")
        assert (reject.code, reject.protocol in protocols.split()) == ("invalid_events", True), path
        if body:
            assert reject.raw == body
        else:
            assert reject.raw.endswith(MANY.encode())
            assert b"=ffw_" in reject.raw
            assert b"*" * 35 + b"&" in reject.raw


def test_of_a_request_that_names_no_source_nothing_is_kept(shop: Running) -> None:
    assert post(shop, "/batch/", b'{"api_key": "nobody", "batch": [').status_code == 400
    assert post(shop, "/k/nobody/batch/", b"{").status_code == 400
