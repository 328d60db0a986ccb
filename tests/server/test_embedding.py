"""What a holder of an embed token gets from the server, and what an attacker with one does not."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.server.conftest import Running, make_lake, run
from tests.waiting import wait_until

from footfall.errors import InvalidSetting
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.server.api import live
from footfall.server.app import create_app
from footfall_client.embed import sign

ORIGIN = "https://intranet.example"
DAY = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=1)


def event(name: str, who: str, account: str, at: timedelta = timedelta()) -> dict[str, Any]:
    return {
        "name": name, "distinct_id": who, "timestamp": (DAY + at).isoformat(),
        "url": f"https://shop.example/{name}?mail={who}@x.example", "country": "DE",
        "properties": {"account": account, "price": 2.5},
    }  # fmt: skip


# Of account a two events of anna, of account b three of bob and one of cleo.
EVENTS = [
    event("view", "anna", "a"), event("buy", "anna", "a"),
    event("view", "bob", "b"), event("view", "bob", "b"), event("buy", "bob", "b"),
    event("view", "cleo", "b"),
]  # fmt: skip
ONLY_A = {"field": "properties.account", "operator": "is", "value": "a"}


class Host(Running):
    """A server with events of two accounts, another source, and a secret of `web`."""

    secret = ""

    def embed(self, **claims: Any) -> str:
        return sign(claims.pop("secret", self.secret), claims.pop("source", "web"), **claims)

    def asking(self, token: str) -> httpx.Client:
        return httpx.Client(
            base_url=self.url, headers={"Authorization": f"Embed {token}"}, timeout=30
        )


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    lake = make_lake(tmp_path_factory.mktemp("embed") / "lake")
    lake.save_source(Source("shop"))
    with run(lake) as running:
        running.__class__ = Host
        assert isinstance(running, Host)
        running.secret = running.app.state.workspace.embeds.create("web", "", lake.secret).secret
        assert running.send(EVENTS).json()["stored"] == 6
        yield running


def query(**more: Any) -> dict[str, Any]:
    return {"source": "web", "metrics": ["events", "actors"], "time_range": "last 7 days", **more}


def test_numbers_are_those_of_the_tokens_filter(host: Host) -> None:
    with host.asking(host.embed()) as client:
        assert client.post("/api/v1/query", json=query()).json()["totals"]["events"] == 6
    with host.asking(host.embed(filter=ONLY_A)) as client:
        answer = client.post("/api/v1/query", json=query(dimensions=["name"])).json()
    assert answer["totals"] == {"events": 2, "actors": 1}
    assert {(row["name"], row["events"]) for row in answer["rows"]} == {("view", 1), ("buy", 1)}
    # Neither the filter (in the SQL) nor how much lies outside it (rows read) is told.
    assert set(answer) == {
        "columns", "rows", "totals", "time_range", "buckets", "comparison", "is_estimate",
    }  # fmt: skip


NARROW = [
    None,
    {"or": []},
    {"or": [{"field": "name", "operator": "is_set"}, {"field": "name", "operator": "is_not_set"}]},
    {"not": {"field": "country", "operator": "is", "value": "FR"}},
    {"and": []},
]


@pytest.mark.parametrize("asked", NARROW)
def test_no_filter_of_a_readers_own_widens_it(host: Host, asked: object) -> None:
    with host.asking(host.embed(filter=ONLY_A)) as client:
        body = query(filter=asked, compare="previous_period")
        answer = client.post("/api/v1/query", json=body).json()
        form = {"format": "csv", "q": json.dumps(query(filter=asked))}
        csv = client.get("/api/v1/query", params=form)
    expected = 0 if asked == {"or": []} else 2
    assert answer["totals"]["events"] == expected
    assert set(answer["comparison"]) == set(answer)
    assert csv.text.splitlines()[1].split(",")[0] == str(expected)


def test_answers_are_not_mixed_up_by_the_cache(host: Host) -> None:
    body = query(metrics=["events"], dimensions=["country"])
    with host.client(host.token()) as reader, host.asking(host.embed()) as viewer:
        for client, has_sql in [(reader, True), (viewer, False), (reader, True)]:
            answer = client.post("/api/v1/query", json=body).json()
            assert ("sql" in answer) is has_sql
    joined = {**body, "filter": {"and": [ONLY_A]}}
    with host.asking(host.embed(filter=ONLY_A)) as viewer:
        assert viewer.post("/api/v1/query", json=body).json()["totals"]["events"] == 2
        assert viewer.post("/api/v1/query", json=joined).status_code == 403


PERSONAL = [
    {"dimensions": ["actor_id"]},
    {"dimensions": ["distinct_id"]},
    {"dimensions": ["url"]},
    {"dimensions": ["user_agent"]},
    {"dimensions": ["properties.account"]},
    {"metrics": ["min(distinct_id)"]},
    {"metrics": ["max(properties.account)"]},
    {"metrics": ["distinct(properties.account)"]},
    {"metrics": ["min(timestamp)"]},
    {"filter": {"field": "distinct_id", "operator": "is", "value": "anna"}},
    {"filter": {"not": {"or": [{"field": "address", "operator": "is_set"}]}}},
]


@pytest.mark.parametrize("part", PERSONAL)
def test_nothing_that_names_a_person_is_counted_by(host: Host, part: dict[str, Any]) -> None:
    with host.asking(host.embed()) as client:
        answer = client.post("/api/v1/query", json=query(**part))
    assert answer.status_code == 403
    assert "does not show" in answer.json()["error"]["message"]


WHOLE = [
    {"metrics": ["bounce_rate"]},
    {"metrics": ["sum(session.n_events)"]},
    {"metrics": ["events", "median(session.duration)"]},
    {"metrics": ["sessions"], "dimensions": ["session.entry_page"]},
]


@pytest.mark.parametrize("part", WHOLE)
def test_a_filter_hides_what_describes_whole_sessions(host: Host, part: dict[str, Any]) -> None:
    named = ["session.entry_page"]
    with host.asking(host.embed(filter=ONLY_A, fields=named)) as client:
        answer = client.post("/api/v1/query", json=query(**part))
        inside = client.post("/api/v1/query", json=query(metrics=["sessions"])).json()
    assert answer.status_code == 403
    assert "whole sessions" in answer.json()["error"]["message"]
    assert inside["totals"] == {"sessions": 1}
    with host.asking(host.embed(fields=named)) as client:
        assert client.post("/api/v1/query", json=query(**part)).status_code == 200


def test_a_token_may_name_more_fields(host: Host) -> None:
    with host.asking(host.embed(fields=["properties.account"])) as client:
        body = query(metrics=["events"], dimensions=["properties.account"])
        rows = client.post("/api/v1/query", json=body).json()["rows"]
        assert {row["properties.account"]: row["events"] for row in rows} == {"a": 2, "b": 4}
        names = [c["name"] for c in client.get("/api/v1/sources/web").json()["columns"]]
    # Only declared properties are columns of a source, and `account` is none.
    assert "country" in names
    assert "properties.price" not in names


OTHERS = [
    ("POST", "/api/v1/sql", {"sql": "select * from web"}),
    ("GET", "/api/v1/ledger", None),
    ("GET", "/api/v1/rejects", None),
    ("GET", "/api/v1/rejects/export", None),
    ("POST", "/api/v1/rejects/replay", {}),
    ("GET", "/api/v1/intervals?source=web&name=x", None),
    ("GET", "/api/v1/sessions?source=web", None),
    ("GET", "/api/v1/sources/web/identities?id=anna", None),
    ("GET", "/api/v1/sources/web/keys", None),
    ("GET", "/api/v1/sources/web/embeds", None),
    ("POST", "/api/v1/sources", {"name": "evil"}),
    ("POST", "/api/v1/sources/web/properties", {"x": "text"}),
    ("GET", "/api/v1/tokens", None),
    ("POST", "/api/v1/tokens", {"rights": ["admin"]}),
    ("GET", "/openapi.json", None),
    ("POST", "/logout", None),
    ("GET", "/api/v1/events?source=web", None),
    ("GET", "/api/v1/events?source=shop", None),
    ("GET", "/api/v1/sources/shop", None),
    ("GET", "/api/v1/sources/nowhere", None),
    ("GET", "/api/v1/live?source=shop", None),
    ("POST", "/api/v1/query", {"source": "shop"}),
    ("POST", "/api/v1/query", {"source": "nowhere"}),
]


@pytest.mark.parametrize(("method", "path", "body"), OTHERS)
def test_everything_else_is_refused(host: Host, method: str, path: str, body: object) -> None:
    with host.asking(host.embed()) as client:
        answer = client.request(method, path, json=body)
    assert answer.status_code == 403, answer.text


def test_every_other_route_is_closed_to_embed_tokens(host: Host) -> None:
    """A new route is closed unless it asks for a `Viewer`, and then this has to hear of it."""
    calls = [
        (method, path.replace("{name}", "shop"))
        for path, methods in host.app.api.openapi()["paths"].items()
        for method in methods
        if path.startswith("/api/") and path != "/api/v1/live"
    ]
    with host.asking(host.embed()) as client:
        is_open = {call[1] for call in calls if client.request(*call).status_code != 403}
        assert [client.get(path).status_code for path in ("/", "/sql", "/ledger")] == [403] * 3
    # These look at what is asked before they look at who asks; the tests above ask in full.
    assert is_open == {"/api/v1/query", "/api/v1/events", "/api/v1/sources"}


def test_only_its_own_source_is_listed_and_little_of_it(host: Host) -> None:
    with host.asking(host.embed(filter=ONLY_A)) as client:
        (source,) = client.get("/api/v1/sources").json()["sources"]
    assert source["name"] == "web"
    assert set(source) == {
        "name", "timezone", "session_gap", "columns", "properties", "first", "last",
    }  # fmt: skip
    assert source["properties"] == {}
    # When the last event came is told by the day: it may be one that the filter leaves out.
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT00:00:00.*", source["last"])


def test_single_events_are_shown_where_the_token_says_so(host: Host) -> None:
    asked = "/api/v1/events?source=web&time_range=last 7 days"
    with host.asking(host.embed(events=True, filter=ONLY_A)) as client:
        answer = client.get(asked).json()
        assert set(answer) == {"events", "cursor"}
        assert sorted(found["name"] for found in answer["events"]) == ["buy", "view"]
        assert {"event_id", "timestamp", "country", "path"} <= set(answer["events"][0])
        assert not {"actor_id", "distinct_id", "url", "properties"} & set(answer["events"][0])
        first = client.get(asked + "&limit=1").json()
        second = client.get(f"{asked}&limit=1&cursor={first['cursor']}").json()
        assert {first["events"][0]["name"], second["events"][0]["name"]} == {"buy", "view"}
        assert second["cursor"] is None
        for more in ("&fields=distinct_id", "&fields=properties", "&fields=actor_id,name"):
            assert client.get(asked + more).status_code == 403
        by_person = json.dumps({"field": "distinct_id", "operator": "is", "value": "bob"})
        assert client.get(f"{asked}&filter={by_person}").status_code == 403
    with host.asking(host.embed(events=True, fields=["distinct_id"])) as client:
        found = client.get(asked + "&fields=distinct_id").json()["events"]
        assert {each["distinct_id"] for each in found} == {"anna", "bob", "cleo"}


def test_errors_speak_of_what_was_asked_not_of_the_tokens_filter(host: Host) -> None:
    wrong = {"field": "name", "operator": "matches", "value": "("}
    asked = query(filter={"and": [{"field": "name", "operator": "is_set"}, wrong]})
    with host.client(host.token()) as client:
        plain = client.post("/api/v1/query", json=asked).json()["error"]
    with host.asking(host.embed(filter=ONLY_A)) as client:
        error = client.post("/api/v1/query", json=asked).json()["error"]
    assert error == plain
    assert error["parameter"].startswith("filter.and[1]")
    with host.asking(host.embed(filter=wrong)) as client:
        error = client.post("/api/v1/query", json=asked).json()["error"]
    assert error["message"] == "The filter of the embed token cannot be asked."


def test_a_list_has_an_end(host: Host) -> None:
    with host.asking(host.embed()) as client:
        body = query(metrics=["events"], dimensions=["path"], limit=100_000)
        assert client.post("/api/v1/query", json=body).status_code == 200


def test_a_stream_tells_that_something_came_and_ends_with_the_token(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [0.0]
    monkeypatch.setattr(live, "time", SimpleNamespace(monotonic=lambda: passed[0]))
    with (
        host.asking(host.embed(lifetime="1m")) as client,
        client.stream("GET", "/api/v1/live") as answer,
    ):
        assert answer.status_code == 200
        lines = answer.iter_lines()
        next(lines)
        wait_until(lambda: host.app.state.live.has_listeners)
        host.send([event("late", "anna", "a")])
        told = [next(line for line in lines if line.startswith("data:"))]
        # The minute and what clocks may differ by; without a token it would last longer.
        passed[0] = 91.0
        host.send([event("later", "anna", "a")])
        told += [line for line in lines if line.startswith("data:")]
    assert [json.loads(line[6:]) for line in told] == [{"source": "web"}] * len(told)


def test_the_page_is_for_the_frame_that_the_token_names(host: Host) -> None:
    token = host.embed(origins=[ORIGIN], theme="dark", filter=ONLY_A)
    page = httpx.get(f"{host.url}/embed/overview", params={"token": token}, timeout=60)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert policy.endswith(f"frame-ancestors {ORIGIN}")
    assert "script-src 'self'" in policy
    assert "x-frame-options" not in page.headers
    assert "set-cookie" not in page.headers
    assert (page.headers["referrer-policy"], page.headers["cache-control"]) == (
        "no-referrer", "no-store",
    )  # fmt: skip
    assert 'data-theme="dark"' in page.text
    assert not re.search(r'href="/(sql|ledger|docs|login)?"', page.text)
    assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son[a-z]+=", page.text)
    (told,) = re.findall(r'name="footfall-embed" content="([^"]*)"', page.text)
    assert json.loads(html.unescape(told))["filters"] == [ONLY_A]


def test_without_origins_nobody_frames_it_and_a_setting_names_them(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake")
    (lake.root / "footfall.toml").write_text(f'[server]\nembed_origins = ["{ORIGIN}"]\n')
    with run(LakeFolder.open(lake.root)) as running:
        secret = running.app.state.workspace.embeds.create("web", "", lake.secret).secret
        for origins, expected in [((), ORIGIN), (["https://b.example"], "https://b.example")]:
            token = sign(secret, "web", origins=origins)
            page = httpx.get(f"{running.url}/embed/overview", params={"token": token}, timeout=60)
            policy = page.headers["content-security-policy"]
            assert policy.endswith(f"frame-ancestors {expected}")
    (lake.root / "footfall.toml").write_text('[server]\nembed_origins = ["intranet"]\n')
    with pytest.raises(InvalidSetting, match="embed_origins: 'intranet' is no origin"):
        create_app(lake.root)


def test_no_cookie_makes_up_for_a_bad_token_and_none_is_needed(host: Host) -> None:
    with host.browser() as browser:
        answer = browser.get("/api/v1/sources", headers={"Authorization": "Embed f1.e30.e30"})
        assert answer.status_code == 401
        # A reader who is logged in sees in a frame what the token shows, not what they may see.
        listed = browser.get("/api/v1/sources", headers={"Authorization": f"Embed {host.embed()}"})
        assert [source["name"] for source in listed.json()["sources"]] == ["web"]


def test_the_log_tells_who_looked_and_no_token(host: Host) -> None:
    token = host.embed(viewer="u_7")
    with capture_logs() as lines:
        httpx.get(f"{host.url}/embed/overview", params={"token": token}, timeout=60)
        with host.asking(token) as client:
            client.get("/api/v1/sources")
    asked = [line for line in lines if line["event"] == "request"]
    assert [line["who"] for line in asked] == [f"embed {host.secret[:12]} u_7"] * 2
    assert token[10:30] not in str(lines)


def test_a_secret_is_made_and_revoked_over_the_api(host: Host) -> None:
    with host.client(host.token("admin")) as admin:
        made = admin.post("/api/v1/sources/web/embeds", json={"label": "cms"})
        assert made.status_code == 201
        secret = made.json()["secret"]
        with host.asking(host.embed(secret=secret)) as client:
            assert client.get("/api/v1/sources").status_code == 200
            listed = admin.get("/api/v1/sources/web/embeds")
            assert secret not in listed.text
            assert listed.json()["embeds"][-1]["label"] == "cms"
            assert admin.delete(f"/api/v1/sources/shop/embeds/{secret[:12]}").status_code == 404
            assert admin.delete(f"/api/v1/sources/web/embeds/{secret[:12]}").status_code == 200
            assert client.get("/api/v1/sources").status_code == 401
        sent = admin.get("/api/v1/sources", headers={"Authorization": f"Bearer {secret}"})
        assert sent.status_code == 403
        assert "never sent" in sent.json()["error"]["message"]
