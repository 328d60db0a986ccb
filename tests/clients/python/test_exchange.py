"""What a request becomes, whatever framework it came through: driven by WSGI's environment."""

from __future__ import annotations

from typing import Any

import pytest
from tests.clients.python.sink import Catcher, Event

from footfall_client import Client, SettingError, capture, note_error, set_user, use
from footfall_client.exchange import Exchange, Recorder
from footfall_client.facts import Facts
from footfall_client.packs import learning
from footfall_client.settings import Settings
from footfall_client.visitors import Visitors

DAY = 86400
ENVIRON = {
    "REQUEST_METHOD": "GET",
    "wsgi.url_scheme": "https",
    "HTTP_HOST": "a.example",
    "PATH_INFO": "/articles/7/",
    "QUERY_STRING": "token=secret&utm_source=mail",
    "REMOTE_ADDR": "203.0.113.7",
    "HTTP_X_FORWARDED_FOR": "198.51.100.1, 192.0.2.9",
    "HTTP_REFERER": "https://b.example/page?reset=secret",
    "HTTP_USER_AGENT": "Browser/1",
    "HTTP_ACCEPT_LANGUAGE": "de-AT,de;q=0.9,en;q=0.5",
    "HTTP_COOKIE": "theme=dark; sessionid=cookie-value",
}


class Room:
    """A recorder with clocks that stand still; a request takes a quarter of a second."""

    def __init__(self, client: Client, catcher: Catcher, **settings: Any) -> None:
        self.client = client
        self.catcher = catcher
        self.ticks = iter(n * 0.25 for n in range(1000))
        self.recorder = Recorder(
            client,
            Settings(**settings),
            secret="key",
            clock=lambda: 20_000.0 * DAY,
            timer=lambda: next(self.ticks),
        )

    def request(self, status: int = 200, error: Exception | None = None, **changes: str) -> None:
        exchange, token = self.enter(**changes)
        exchange.error = error
        exchange.end(status, "article")
        self.recorder.leave(token)

    def enter(self, **changes: str) -> tuple[Exchange, Any]:
        environ = {**ENVIRON, **changes}
        return self.recorder.begin(environ, Facts.of_environ)

    @property
    def events(self) -> list[Event]:
        assert self.client.flush()
        return self.catcher.events


@pytest.fixture
def room(client: Client, catcher: Catcher) -> Any:
    return lambda **settings: Room(client, catcher, **settings)


def test_a_request_is_an_event_without_address_or_secrets(room: Any) -> None:
    asked = room()
    asked.request()
    (event,) = asked.events
    visitor, session = event.pop("distinct_id"), event.pop("session_id")
    assert visitor.startswith("v_")
    assert session.startswith("s_")
    del event["event_id"], event["timestamp"]
    assert event == {
        "name": "request",
        "url": "https://a.example/articles/7/?utm_source=mail",
        "referrer": "https://b.example/page",
        "user_agent": "Browser/1",
        "language": "de-AT",
        "properties": {"method": "GET", "status": 200, "route": "article", "duration": 0.25},
    }
    text = str(event) + visitor + session
    assert not [each for each in ("203.0.113.7", "secret", "cookie-value") if each in text]


def test_rules_name_requests_that_succeeded(room: Any) -> None:
    asked = room(rules=[("GET", "/articles/<int:id>/", "article.view")])
    asked.request()
    asked.request(404)
    viewed, missing = asked.events
    assert (viewed["name"], viewed["properties"]["id"]) == ("article.view", 7)
    assert (missing["name"], missing["properties"]["status"]) == ("request", 404)


def test_without_a_name_only_rules_make_events(room: Any) -> None:
    asked = room(name="", rules=[("GET", "/a/", "a")])
    asked.request()
    asked.request(PATH_INFO="/a/")
    assert [event["name"] for event in asked.events] == ["a"]


def test_server_errors_are_events_with_their_kind(room: Any) -> None:
    asked = room(name="")
    asked.request(500, LookupError("of somebody"))
    asked.request(500, SettingError("x", "of ours"))
    asked.request(404, LookupError("of somebody"))
    asked.request(500)
    first, second = asked.events
    assert first["properties"] == {
        "method": "GET", "status": 500, "route": "article", "kind": "LookupError"
    }  # fmt: skip
    assert second["properties"]["kind"] == "footfall_client.errors.SettingError"


def test_an_application_that_answers_errors_itself_can_tell_of_them(room: Any) -> None:
    asked = room(name="")
    exchange, token = asked.enter()
    note_error(LookupError("of somebody"))
    exchange.end(503)
    asked.recorder.leave(token)
    note_error(LookupError("outside of requests"))
    assert [event["properties"]["kind"] for event in asked.events] == ["LookupError"]


def test_messages_of_errors_are_sent_only_when_asked_for(room: Any) -> None:
    asked = room(errors="message", name="")
    asked.request(500, LookupError("why"))
    assert asked.events[0]["properties"]["message"] == "why"
    silent = room(errors="none", name="")
    silent.request(500, LookupError("why"))
    assert len(silent.events) == 1


@pytest.mark.parametrize("header", ["HTTP_DNT", "HTTP_SEC_GPC"])
def test_those_who_decline_are_left_alone(room: Any, header: str) -> None:
    asked = room()
    exchange, token = asked.enter(**{header: "1"})
    assert not capture("inner")
    exchange.end(200)
    asked.recorder.leave(token)
    assert asked.events == []
    asked.request(**{header: "0"})
    assert len(asked.events) == 1
    deaf = room(is_signal_honored=False)
    deaf.request(**{header: "1"})
    assert len(deaf.events) == 2


def test_consent_is_asked_for_with_the_request_and_once(room: Any) -> None:
    asked: list[Any] = []

    def consent(environ: dict[str, str]) -> bool:
        asked.append(environ["PATH_INFO"])
        return environ["PATH_INFO"] == "/yes"

    made = room(consent=consent)
    made.request(PATH_INFO="/no")
    _, token = made.enter(PATH_INFO="/yes")
    assert capture("inner")
    assert capture("inner")
    made.recorder.leave(token)
    assert [event["name"] for event in made.events] == ["inner", "inner"]
    assert asked == ["/no", "/yes"]


def test_a_hook_that_raises_gives_nothing_and_harms_nobody(
    room: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(request: object) -> object:
        raise RuntimeError("the hook is broken")

    asked = room(consent=hook)
    asked.request()
    assert asked.events == []
    named = room(user=hook)
    named.request()
    assert named.events[0]["distinct_id"].startswith("v_")
    assert "the hook is broken" in caplog.text


def test_a_request_that_cannot_be_read_is_answered_all_the_same(
    room: Any, caplog: pytest.LogCaptureFixture
) -> None:
    asked = room()
    exchange, token = asked.recorder.begin({"no": "headers"}, Facts.of_scope)
    exchange.end(200)
    asked.recorder.leave(token)
    assert asked.events[0]["properties"]["status"] == 200
    assert "could not be read: KeyError" in caplog.text


def test_excluded_paths_make_no_event_but_capture_works(room: Any) -> None:
    asked = room(exclude=["/static/*", "/health"])
    for path in ("/static/a.css", "/health", "/healthy"):
        asked.request(PATH_INFO=path)
    _, token = asked.enter(PATH_INFO="/health")
    capture("inner")
    asked.recorder.leave(token)
    assert [event["name"] for event in asked.events] == ["request", "inner"]
    assert asked.events[0]["url"].startswith("https://a.example/healthy")


def test_a_sample_takes_whole_visitors(room: Any) -> None:
    asked = room(sample=0.5)
    for address in range(200):
        for _ in range(2):
            asked.request(REMOTE_ADDR=f"192.0.2.{address}")
    seen = [event["distinct_id"] for event in asked.events]
    assert 60 < len(set(seen)) < 140
    assert len(seen) == 2 * len(set(seen))
    assert asked.events[0]["properties"]["sample"] == 0.5
    nobody = room(sample=0)
    nobody.request()
    assert len(nobody.events) == len(seen)


def test_users_are_named_by_hook_or_on_the_way_and_hashed_on_request(room: Any) -> None:
    asked = room(user=lambda environ: environ.get("USER"))
    asked.request(USER="ada")
    exchange, token = asked.enter()
    set_user(42)
    exchange.end(200)
    asked.recorder.leave(token)
    hashed = room(user=lambda environ: "ada", is_user_hashed=True)
    hashed.request()
    ids = [event["distinct_id"] for event in asked.events]
    assert ids[:2] == ["ada", "42"]
    assert ids[2] == Visitors("key", lambda: 0.0).user("ada")
    assert "ada" not in ids[2]


def test_proxies_are_believed_only_when_told_to(room: Any) -> None:
    direct, near, far = room(), room(proxies=1), room(proxies=2)
    for each in (direct, near, far):
        each.request()
    visitors = Visitors("key", lambda: 20_000.0 * DAY)
    expected = [visitors.visitor(address, "Browser/1")
                for address in ("203.0.113.7", "192.0.2.9", "198.51.100.1")]  # fmt: skip
    assert [event["distinct_id"] for event in direct.events] == expected


def test_a_visitor_is_another_one_the_next_day_and_with_another_key() -> None:
    now = [10.0 * DAY]
    visitors = Visitors("key", lambda: now[0])
    today = visitors.visitor("192.0.2.1", "B")
    now[0] += DAY - 1
    assert visitors.visitor("192.0.2.1", "B") == today
    assert visitors.visitor("192.0.2.1", "C") != today
    now[0] += 1
    assert visitors.visitor("192.0.2.1", "B") != today
    assert Visitors("other", lambda: 10.0 * DAY).visitor("192.0.2.1", "B") != today


def test_a_query_is_sent_as_far_as_it_is_asked_for(room: Any) -> None:
    everything, nothing = room(query="all"), room(query="none")
    everything.request()
    nothing.request()
    first, second = everything.events
    assert first["url"].endswith("/?token=secret&utm_source=mail")
    assert first["referrer"].endswith("?reset=secret")
    assert second["url"] == "https://a.example/articles/7/"


def test_captures_take_over_what_the_request_says(room: Any) -> None:
    asked = room()
    _, token = asked.enter()
    capture("comment.post", properties={"length": 3}, url="https://other.example/")
    capture("mail.sent", "somebody-else")
    asked.recorder.leave(token)
    first, second = asked.events
    assert first["url"] == "https://other.example/"
    assert (first["user_agent"], first["properties"]) == ("Browser/1", {"length": 3})
    assert second["distinct_id"] == "somebody-else"


def test_outside_of_requests_events_go_to_the_client_in_use(
    client: Client, catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("footfall_client.current._clients", [])
    assert not capture("nowhere")
    use(client)
    assert capture("somewhere", "u1")
    client.flush()
    assert [event["name"] for event in catcher.events] == ["somewhere"]


def test_exercises_have_durations(room: Any) -> None:
    asked = room()
    now = iter([100.0, 160.5, 200.0, 201.0])
    clock = lambda: next(now)  # noqa: E731
    _, token = asked.enter()
    started = learning.start_exercise("e1", clock=clock)
    learning.end_exercise("e1", started, clock=clock)
    with pytest.raises(ValueError, match="oops"), learning.exercise("e2", clock=clock):
        raise ValueError("oops")
    learning.end_exercise("e3")
    asked.recorder.leave(token)
    found = [(e["name"], e["properties"].get("duration")) for e in asked.events]
    assert found == [
        ("exercise.start", None), ("exercise.end", 60.5),
        ("exercise.start", None), ("exercise.end", 1.0), ("exercise.end", None),
    ]  # fmt: skip
    assert asked.events[3]["properties"]["is_failed"] is True


@pytest.mark.parametrize(
    "settings",
    [
        {"sample": 2}, {"sample": "half"}, {"proxies": -1}, {"query": "utm"}, {"errors": True},
        {"consent": "yes"}, {"exclude": "/static/*"}, {"rules": "GET /"}, {"exclude": ["static"]},
    ],
)  # fmt: skip
def test_wrong_settings_are_named(settings: dict[str, Any]) -> None:
    with pytest.raises(SettingError) as found:
        Settings(**settings)
    assert found.value.parameter in (*settings, "path")
