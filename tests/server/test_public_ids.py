"""Ids that stand in pages join nobody, whatever tracker they come with; write keys do."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from tests.capture.conftest import events
from tests.server.conftest import Running, run
from tests.waiting import wait_until

from footfall.capture.replay import Replayed, replay
from footfall.intake.ledger import Reject
from footfall.lake.folder import LakeFolder
from footfall.model.identity import MAX_IDS
from footfall.model.source import Source

UUID = "11111111-1111-4111-8111-111111111112"
SNOWPLOW = "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4"


@dataclass(frozen=True)
class Said:
    """A request that says of `ben` that he is `anna`; KEY stands for the key or id."""

    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict[str, str])
    is_explicit: bool = False

    def send(self, server: Running, key: str) -> httpx.Response:
        """Send it with that key; with a body it is a POST."""
        basic = base64.b64encode(f"{key}:".encode()).decode()
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        named = {name: value.replace("BASIC", basic).replace("KEY", key)
                 for name, value in self.headers.items()}  # fmt: skip
        path = self.path.replace("KEY", key)
        with server.client(**named) as client:
            if self.body is None:
                return client.get(path)
            return client.post(path, content=text.replace("KEY", key))


def segment(message: dict[str, Any]) -> dict[str, Any]:
    return {"writeKey": "KEY", "batch": [{"messageId": "m", **message}]}


def attribute(name: str, value: str) -> dict[str, Any]:
    return {"key": name, "value": {"stringValue": value}}


def posthog(name: str, other: str, **more: Any) -> dict[str, Any]:
    return {"event": name, "distinct_id": "anna", "uuid": UUID, "properties": {other: "ben"}} | more


TRACK = {"type": "track", "event": "x", "userId": "anna", "anonymousId": "ben"}
SAID: dict[str, Said] = {
    "segment": Said("/v1/batch", segment(TRACK)),
    "segment_2020": Said("/v1/batch", segment({**TRACK, "timestamp": "2020-01-01T00:00:00Z"})),
    "segment_week": Said("/v1/batch", segment({**TRACK, "timestamp": "2026W201"})),
    "segment_alias": Said(
        "/v1/batch",
        segment({"type": "alias", "userId": "anna", "previousId": "ben"}),
        is_explicit=True,
    ),
    "segment_pixel": Said(
        "/v1/pixel/track?writeKey=KEY&event=x&userId=anna&anonymousId=ben&messageId=m"
    ),
    "rudderstack": Said(
        "/v1/batch", {"batch": [TRACK]}, {"authorization": "Basic BASIC", "anonymousid": "ben"}
    ),
    "posthog": Said(
        "/batch/", {"api_key": "KEY", "batch": [posthog("$identify", "$anon_distinct_id")]}
    ),
    "posthog_alias": Said(
        "/batch/", {"api_key": "KEY", "batch": [posthog("$create_alias", "alias")]},
        is_explicit=True,
    ),
    "posthog_merge": Said(
        "/batch/", {"api_key": "KEY", "batch": [posthog("$merge_dangerously", "alias")]},
        is_explicit=True,
    ),
    "posthog_v1": Said(
        "/i/v1/analytics/events",
        {"batch": [posthog("$identify", "$anon_distinct_id", timestamp="2026-11-01T10:00:00Z")]},
        {"authorization": "Bearer KEY"},
    ),
    "mixpanel": Said(
        "/track",
        [{"event": "$identify", "properties": {"token": "KEY", "$identified_id": "anna",
                                               "$anon_distinct_id": "ben"}}],
    ),
    "mixpanel_device": Said(
        "/track",
        [{"event": "x", "properties": {"token": "KEY", "$user_id": "anna",
                                       "distinct_id": "$device:ben", "$device_id": "ben"}}],
    ),
    "mixpanel_merge": Said(
        "/track",
        [{"event": "$merge", "properties": {"token": "KEY", "$distinct_ids": ["anna", "ben"]}}],
        is_explicit=True,
    ),
    "amplitude": Said(
        "/2/httpapi",
        {"api_key": "KEY", "events": [{"event_type": "x", "user_id": "anna", "device_id": "ben"}]},
    ),
    "ga4": Said(
        "/mp/collect?measurement_id=KEY&api_secret=KEY",
        {"client_id": "ben", "user_id": "anna", "events": [{"name": "x"}]},
    ),
    "countly": Said("/i", urlencode({"app_key": "KEY", "device_id": "anna",
                                     "old_device_id": "ben"})),
    "snowplow": Said(
        "/com.snowplowanalytics.snowplow/tp2",
        {"schema": SNOWPLOW, "data": [{"e": "pv", "aid": "KEY", "url": "https://a.example/",
                                       "uid": "anna", "duid": "ben", "eid": UUID}]},
    ),
    "matomo": Said("/matomo.php?idsite=KEY&rec=1&url=https://a.example/&uid=anna&_id=ben"),
    "cloudevents": Said(
        "/cloudevents",
        {"specversion": "1.0", "id": "1", "source": "KEY", "type": "x",
         "data": {"distinct_id": "anna", "anonymous_id": "ben"}},
    ),
    "cloudevents_extensions": Said(
        "/cloudevents",
        {"specversion": "1.0", "id": "1", "source": "KEY", "type": "x", "authid": "anna",
         "anonymousid": "ben"},
    ),
    "otlp": Said(
        "/v1/logs",
        {"resourceLogs": [{
            "resource": {"attributes": [attribute("service.name", "KEY")]},
            "scopeLogs": [{"logRecords": [{"eventName": "x", "attributes": [
                attribute("user.id", "anna"), attribute("device.id", "ben")]}]}],
        }]},
    ),
}  # fmt: skip
BEN = {"mixpanel_device": "$device:ben"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    lake = LakeFolder.create(tmp_path_factory.mktemp("public") / "lake")
    lake.settings = replace(lake.settings, intake=replace(lake.settings.intake, move_every="50ms"))
    with run(lake) as running:
        yield running


def source_of(server: Running, name: str) -> tuple[str, str]:
    """A new source's public id and a write key of it."""
    server.app.state.lake.add_source(Source(name, tracker_ids=(f"{name}.example",)))
    return f"{name}.example", server.app.state.workspace.keys.create(name, "test").secret


def rows(server: Running, source: str) -> int:
    return server.app.state.lake.table(source).snapshot().n_rows


def joined(server: Running, source: str) -> dict[str, str]:
    return server.app.state.lake.table(source).identities.actors()


def rejects(server: Running, source: str, n: int) -> list[Reject]:
    wait_until(lambda: server.app.state.ledger.n_rejects(source) >= n)
    return list(server.app.state.ledger.rejects(source))


@pytest.mark.parametrize("name", sorted(SAID))
def test_a_public_id_joins_nobody_and_a_write_key_does(server: Running, name: str) -> None:
    said, ben = SAID[name], BEN.get(name, "ben")
    public, _ = source_of(server, f"{name}_public")
    said.send(server, public)
    if said.is_explicit:
        (reject,) = rejects(server, f"{name}_public", 1)
        assert (reject.code, reject.is_vouched, b"ben" in reject.raw) == (
            "not_allowed",
            False,
            True,
        )
        assert reject.reason.startswith("Joining two ids (")
    else:
        wait_until(lambda: rows(server, f"{name}_public") == 1)
        (event,) = events(server.app.state.lake, f"{name}_public")
        assert (event["distinct_id"], event["anonymous_id"]) == ("anna", None)
        assert json.loads(event["properties"])["anonymous_id"] == ben
    assert joined(server, f"{name}_public") == {}
    _, secret = source_of(server, f"{name}_secret")
    said.send(server, secret)
    wait_until(lambda: rows(server, f"{name}_secret") == 1)
    assert joined(server, f"{name}_secret") == {ben: "anna"}


def test_a_write_key_in_front_of_the_path_joins(server: Running) -> None:
    public, secret = source_of(server, "prefixed")
    in_front = replace(SAID["posthog"], path=f"/k/{secret}/batch/")
    in_front.send(server, public)
    wait_until(lambda: rows(server, "prefixed") == 1)
    assert joined(server, "prefixed") == {"ben": "anna"}


def test_a_public_id_in_front_of_the_path_is_no_write_key(server: Running) -> None:
    public, _ = source_of(server, "in_front")
    assert replace(SAID["posthog"], path=f"/k/{public}/batch/").send(server, "").status_code == 401
    replace(SAID["posthog"], path=f"/k/{public}/batch/").send(server, public)
    wait_until(lambda: rows(server, "in_front") == 1)
    assert joined(server, "in_front") == {}


def test_no_flood_of_public_logins_fills_the_ids_of_somebody(server: Running) -> None:
    public, secret = source_of(server, "flood")
    flood = [
        {"type": "identify", "userId": "victim", "anonymousId": f"f{n}", "messageId": f"m{n}"}
        for n in range(MAX_IDS + 200)
    ]
    assert Said("/v1/batch", {"writeKey": "KEY", "batch": flood}).send(server, public).is_success
    login = {"type": "identify", "userId": "victim", "anonymousId": "phone", "messageId": "real"}
    Said("/v1/batch", segment(login)).send(server, secret)
    wait_until(lambda: rows(server, "flood") == len(flood) + 1)
    assert joined(server, "flood") == {"phone": "victim"}


def test_what_cannot_be_dated_takes_no_other_event_along(server: Running) -> None:
    """A clock decades behind, and a date at the end or the beginning of all dates."""
    for n, (sent_at, moment) in enumerate(
        [
            ("1990-01-02T00:00:00Z", "9999-12-31T00:00:00Z"),
            ("2036-11-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ]
    ):
        public, _ = source_of(server, f"dated{n}")
        batch = [
            {**TRACK, "messageId": "good"},
            {**TRACK, "messageId": "bad", "timestamp": moment},
        ]
        said = Said("/v1/batch", {"writeKey": "KEY", "sentAt": sent_at, "batch": batch})
        assert said.send(server, public).status_code == 200
        assert [each.code for each in rejects(server, f"dated{n}", 1)] == ["timestamp_out_of_range"]
        wait_until(lambda n=n: rows(server, f"dated{n}") == 1)
        assert server.app.state.ledger.balance(f"dated{n}")[f"dated{n}"].is_balanced


MANY = "&".join("a=1" for _ in range(2_100))
ALIAS = {"name": "alias", "distinct_id": "anna", "anonymous_id": "ben", "event_id": "e1"}
OLD = {"timestamp": "2020-01-01T00:00:00Z"}
UNREAD: dict[str, Said] = {
    # As if the adapter had read it already.
    "canonical_alias": Said("/v1/batch", {"writeKey": "KEY", "batch": [ALIAS | OLD]}),
    "canonical_login": Said(
        "/v1/batch", {"writeKey": "KEY", "batch": [ALIAS | OLD | {"name": "login"}]}
    ),
    "whole_alias": Said(
        f"/v1/batch?{MANY}",
        {"batch": [{"type": "alias", "userId": "anna", "previousId": "ben", **OLD}]},
        {"authorization": "Basic BASIC"},
    ),
    "whole_login": Said(
        f"/v1/batch?{MANY}", {"batch": [TRACK | OLD]}, {"authorization": "Basic BASIC"}
    ),
}


@pytest.mark.parametrize("name", sorted(UNREAD))
def test_a_reject_read_again_is_believed_as_far_as_its_request(server: Running, name: str) -> None:
    public, secret = source_of(server, name)
    state = server.app.state
    UNREAD[name].send(server, public)
    (reject,) = rejects(server, name, 1)
    assert (reject.code != "not_allowed", reject.is_vouched) == (True, False)
    is_alias = name.endswith("alias")
    left = Replayed(1, 0, 0, 1) if is_alias else Replayed(1, 1, 0, 0)
    assert replay(state.lake, name, state.ledger, state.clock) == left
    assert joined(server, name) == {}
    if not is_alias:
        (event,) = events(state.lake, name)
        assert (event["distinct_id"], event["anonymous_id"]) == ("anna", None)
        assert json.loads(event["properties"])["anonymous_id"] == "ben"
    said = replace(UNREAD[name], body=json.loads(json.dumps(UNREAD[name].body).replace("e1", "e2")))
    said.send(server, secret)
    assert rejects(server, name, 1 + is_alias)[-1].is_vouched
    assert replay(state.lake, name, state.ledger, state.clock).stored == 1
    assert joined(server, name) == {"ben": "anna"}
    assert state.ledger.balance(name)[name].is_balanced
