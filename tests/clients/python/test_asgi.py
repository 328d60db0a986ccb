"""FastAPI, Starlette and bare ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from tests.clients.python.sink import Catcher, Event

from footfall_client import Client, capture, captures, named
from footfall_client.asgi import FootfallMiddleware, route_of


def fast(client: Client, **settings: Any) -> FastAPI:
    app = FastAPI(middleware=[Middleware(FootfallMiddleware, client=client, **settings)])
    router = APIRouter(prefix="/api")

    @router.get("/items/{item}")
    @named("item.view", "item")
    async def item(item: int) -> dict[str, int]:
        capture("inner", properties={"item": item})
        return {"item": item}

    @router.get("/sync/{item}")
    @captures("looked.up", "item")
    def lookup(item: int) -> str:
        return "found"

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            for n in range(3):
                await asyncio.sleep(0)
                capture("part", properties={"n": n})
                yield b"x"

        return StreamingResponse(parts())

    @app.get("/fail")
    async def fail() -> None:
        raise LookupError("of somebody")

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        capture("spoke")
        await websocket.send_text("hello")
        await websocket.close()

    app.include_router(router)
    return app


def asked(app: Any, client: Client, catcher: Catcher, *paths: str) -> list[Event]:
    with TestClient(app, raise_server_exceptions=False) as browser:
        for path in paths:
            browser.get(path)
    assert client.flush()
    return catcher.events


def test_requests_through_fastapi(client: Client, catcher: Catcher) -> None:
    events = asked(
        fast(client), client, catcher, "/api/items/7", "/api/sync/8", "/nowhere", "/api/items/x"
    )
    found = [
        (e["name"], e["properties"].get("route"), e["properties"].get("status")) for e in events
    ]
    assert found == [
        ("inner", None, None),
        ("item.view", "/api/items/{item}", 200),
        ("looked.up", None, None),
        ("request", "/api/sync/{item}", 200),
        ("request", None, 404),
        ("request", "/api/items/{item}", 422),
    ]
    assert events[1]["properties"]["item"] == 7
    assert events[2]["properties"] == {"item": 8}
    assert len({event["distinct_id"] for event in events}) == 1
    assert events[1]["url"] == "http://testserver/api/items/7"


def test_an_error_has_its_kind_and_the_host_answers_as_ever(
    client: Client, catcher: Catcher
) -> None:
    error, request = asked(fast(client), client, catcher, "/fail")
    assert error["properties"]["kind"] == "LookupError"
    assert (request["name"], request["properties"]["status"]) == ("request", 500)
    with TestClient(fast(client)) as browser, pytest.raises(LookupError):
        browser.get("/fail")


def test_a_stream_lasts_until_its_end(client: Client, catcher: Catcher) -> None:
    events = asked(fast(client), client, catcher, "/stream")
    assert [event["name"] for event in events] == ["part", "part", "part", "request"]


def test_websockets_are_let_through(client: Client, catcher: Catcher) -> None:
    with TestClient(fast(client)) as browser, browser.websocket_connect("/socket") as socket:
        assert socket.receive_text() == "hello"
    client.flush()
    assert [event["name"] for event in catcher.events] == ["spoke"]


def test_mounted_applications_of_starlette_and_their_users(
    client: Client, catcher: Catcher
) -> None:
    class Everybody(AuthenticationBackend):
        async def authenticate(self, conn: Any) -> tuple[AuthCredentials, SimpleUser]:
            return AuthCredentials(), SimpleUser("ada")

    async def page(request: Any) -> PlainTextResponse:
        return PlainTextResponse("page")

    app = Starlette(
        routes=[Mount("/inner", routes=[Route("/pages/{page}", page)]), Route("/outer", page)],
        middleware=[
            Middleware(AuthenticationMiddleware, backend=Everybody()),
            Middleware(FootfallMiddleware, client=client),
        ],
    )
    events = asked(app, client, catcher, "/inner/pages/1", "/outer")
    assert [event["properties"]["route"] for event in events] == ["/inner/pages/{page}", "/outer"]
    assert {event["distinct_id"] for event in events} == {"ada"}


def test_litestar_says_its_route_in_its_own_way() -> None:
    assert route_of({"path_template": "/items/{item:int}", "root_path": ""}) == "/items/{item:int}"
    assert route_of({"endpoint": test_litestar_says_its_route_in_its_own_way}).startswith("test_")
    assert route_of({}) == ""


def _scope(**changes: Any) -> dict[str, Any]:
    return {"type": "http", "method": "GET", "path": "/", "headers": [], "client": None, **changes}


def test_nothing_of_a_body_is_touched(client: Client) -> None:
    messages = [
        {"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]},
        {"type": "http.response.body", "body": b"a", "more_body": True},
        {"type": "http.response.body", "body": memoryview(b"b")},
    ]

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(FootfallMiddleware(app, client)(_scope(), None, send))  # type: ignore[arg-type]
    assert all(given is got for given, got in zip(messages, sent, strict=True))


def test_somebody_who_goes_away_is_noted(client: Client, catcher: Catcher) -> None:
    async def slow(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(60)

    async def go() -> None:
        app = FootfallMiddleware(slow, client)
        task = asyncio.create_task(app(_scope(), None, None))  # type: ignore[arg-type]
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(go())
    client.flush()
    (event,) = catcher.events
    assert (event["properties"]["status"], event["properties"]["is_cut"]) == (499, True)


def test_many_requests_at_once_do_not_mix(client: Client, catcher: Catcher) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(3):
            await asyncio.sleep(0)
            capture("inner", properties={"path": scope["path"]})
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def go() -> None:
        transport = httpx.ASGITransport(app=FootfallMiddleware(app, client))
        async with httpx.AsyncClient(transport=transport, base_url="http://a.example") as browser:
            await asyncio.gather(*(browser.get(f"/{n}") for n in range(20)))

    asyncio.run(go())
    client.flush()
    inner = [event for event in catcher.events if event["name"] == "inner"]
    assert len(inner) == 60
    assert all(event["url"] == f"http://a.example{event['properties']['path']}" for event in inner)


def test_a_client_that_is_off_costs_nothing(catcher: Catcher) -> None:
    client = Client("http://test", "k", spool=False, transport=catcher, is_enabled=False)
    assert asked(fast(client), client, catcher, "/api/items/7", "/fail") == []
