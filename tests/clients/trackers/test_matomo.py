"""asgi-matomo reports the requests of an application to a real server."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import httpx2
from asgi_matomo import MatomoMiddleware
from tests.clients.trackers.conftest import Inbox, overload
from tests.clients.trackers.front import front


async def application(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"tea"})


def visit(inbox: Inbox, url: str, path: str, site: str, token: str = "") -> None:
    """One request to an application that the middleware is around."""

    async def run() -> None:
        async with httpx2.AsyncClient() as reports:
            app = MatomoMiddleware(application, url, site, token or None, client=reports)  # type: ignore[arg-type]
            transport = httpx.ASGITransport(app, client=("203.0.113.9", 1))  # type: ignore[arg-type]
            headers = {"referer": "https://x.example/", "user-agent": "Mozilla/5.0 (X11; Linux)"}
            async with httpx.AsyncClient(transport=transport, base_url="https://tea.example") as c:
                answer = await c.get(path, headers=headers)
                assert answer.status_code == 418

    asyncio.run(run())


def test_requests_arrive_once_with_their_columns(inbox: Inbox) -> None:
    with front(inbox.port) as server:
        visit(inbox, server.url, "/pot", inbox.id, inbox.key)
    (event,) = inbox.events(1)
    assert server.seen == [204]
    assert (event["name"], event["title"]) == ("page_view", "/pot")
    assert (event["path"], event["referrer_host"]) == ("/pot", "x.example")
    assert event["user_agent"] == "Mozilla/5.0 (X11; Linux)"
    assert event["properties"]["http_status_code"] == 418
    inbox.expect("matomo", 1)


def test_the_address_of_a_visitor_is_believed_with_a_token_only(inbox: Inbox) -> None:
    # Both visits come from one machine and tell of another; only one has a token.
    visit(inbox, inbox.url, "/a", inbox.id, inbox.key)
    visit(inbox, inbox.url, "/b", inbox.id)
    actors = {event["actor_id"] for event in inbox.events(2)}
    assert len(actors) == 2


def test_the_middleware_does_not_send_again(inbox: Inbox) -> None:
    with front(inbox.port) as server:
        visit(inbox, server.url, "/a", "nobody")
        with overload(inbox, 1):
            visit(inbox, server.url, "/a", inbox.id)
        visit(inbox, server.url, "/b", inbox.id)
    assert server.seen == [401, 503, 204]
    inbox.events(1)


def test_a_time_long_past_needs_a_key_of_the_source(inbox: Inbox) -> None:
    old = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S")
    request = "?" + urlencode({"idsite": inbox.id, "rec": 1, "url": "https://x/", "cdt": old})
    with httpx.Client(base_url=inbox.url, timeout=60) as client:
        told = client.post("/matomo.php", content=json.dumps({"requests": [request]})).json()
        assert (told["tracked"], told["invalid"]) == (0, 1)
        inbox.expect("matomo", 0, rejected=1)
        body = json.dumps({"requests": [request], "token_auth": inbox.key})
        told = client.post("/matomo.php", content=body).json()
        assert (told["tracked"], told["invalid"]) == (1, 0)
    (event,) = inbox.events(1)
    assert event["timestamp"].strftime("%Y-%m-%d %H:%M:%S") == old


def test_a_token_of_another_source_vouches_for_nothing(inbox: Inbox, tracker_server: Any) -> None:
    other = Inbox(tracker_server)
    query = {"idsite": inbox.id, "cdt": "2020-01-01 00:00:00", "token_auth": other.key}
    with httpx.Client(base_url=inbox.url, timeout=60) as client:
        assert client.get("/matomo.php", params=query).status_code == 200
    inbox.expect("matomo", 0, rejected=1)
    assert other.events(0) == []
