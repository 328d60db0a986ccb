"""Flask and bare WSGI."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults

import pytest
from flask import Flask, Response, redirect, request
from tests.clients.python.sink import Catcher

from footfall_client import Client, capture, captures, named, set_user
from footfall_client.wsgi import FootfallMiddleware


def flask(client: Client, **settings: Any) -> Flask:
    app = Flask(__name__)

    @app.get("/items/<int:item>")
    @named("item.view", "item")
    def item(item: int) -> str:
        set_user(request.args.get("user"))
        capture("inner", properties={"item": item})
        return "item"

    @app.post("/items/<int:item>/buy")
    def buy(item: int) -> Any:
        return redirect("/login?next=/items/7" if "guest" in request.args else "/items/7")

    @app.get("/stream")
    def stream() -> Response:
        def parts() -> Iterator[str]:
            for n in range(3):
                counted(n=n)
                yield "x"

        return Response(parts())

    @app.get("/fail")
    def fail() -> str:
        raise LookupError("of somebody")

    app.wsgi_app = FootfallMiddleware(app.wsgi_app, client, **settings)
    return app


@captures("counted", "n")
def counted(n: int) -> None:
    pass


def test_requests_through_flask(client: Client, catcher: Catcher) -> None:
    browser = flask(client).test_client()
    assert browser.get("/items/7?user=ada", buffered=True).data == b"item"
    assert browser.get("/nowhere", buffered=True).status_code == 404
    client.flush()
    inner, item, nowhere = catcher.events
    assert (inner["name"], inner["distinct_id"]) == ("inner", "ada")
    assert (item["name"], item["distinct_id"]) == ("item.view", "ada")
    assert item["properties"].items() >= {"route": "/items/<int:item>", "item": 7}.items()
    assert (nowhere["name"], nowhere["properties"]["status"]) == ("request", 404)
    assert "route" not in nowhere["properties"]


def test_a_redirect_to_a_login_is_no_success(client: Client, catcher: Catcher) -> None:
    rules = [("POST", "/items/<int:item>/buy", "purchase")]
    browser = flask(client, rules=rules).test_client()
    browser.post("/items/7/buy?guest", buffered=True)
    browser.post("/items/7/buy", buffered=True)
    client.flush()
    assert [event["name"] for event in catcher.events] == ["request", "purchase"]


def test_an_error_that_flask_answered_and_one_that_it_did_not(
    client: Client, catcher: Catcher
) -> None:
    app = flask(client)
    assert app.test_client().get("/fail", buffered=True).status_code == 500
    app.testing = True
    with pytest.raises(LookupError):
        app.test_client().get("/fail")
    client.flush()
    found = [(event["name"], event["properties"].get("kind")) for event in catcher.events]
    assert found == [("error", "LookupError"), ("request", None)] * 2


def test_a_stream_lasts_until_it_is_closed(client: Client, catcher: Catcher) -> None:
    response = flask(client).test_client().get("/stream")
    assert response.data == b"xxx"
    response.close()
    client.flush()
    assert [event["name"] for event in catcher.events] == ["counted"] * 3 + ["request"]
    # The parts were made within the request, though its function had returned.
    assert len({event["distinct_id"] for event in catcher.events}) == 1


def called(app: Any, client: Client, **environ: Any) -> Any:
    setup_testing_defaults(environ)
    return FootfallMiddleware(app, client)(environ, lambda *_: None)


def test_a_whole_body_is_handed_on_as_it_is(client: Client, catcher: Catcher) -> None:
    body = [b"a", b"b"]

    def app(environ: Any, start: Any) -> Any:
        start("201 Created", [])
        return body

    assert called(app, client) is body
    client.flush()
    assert catcher.events[0]["properties"]["status"] == 201


def test_a_file_is_handed_on_so_that_servers_may_send_it_their_way(
    client: Client, catcher: Catcher
) -> None:
    file = io.BytesIO(b"content")

    def app(environ: Any, start: Any) -> Any:
        start("200 OK", [])
        return environ["wsgi.file_wrapper"](file)

    body = called(app, client, **{"wsgi.file_wrapper": FileWrapper})
    assert type(body) is FileWrapper
    assert b"".join(body) == b"content"
    client.flush()
    assert catcher.events == []
    body.close()
    assert file.closed
    client.flush()
    assert len(catcher.events) == 1


def test_a_body_that_breaks_off_is_an_error(client: Client, catcher: Catcher) -> None:
    def app(environ: Any, start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        yield b"a"
        raise OSError("the disk is gone")

    body = called(app, client)
    with pytest.raises(OSError, match="the disk is gone"):
        b"".join(body)
    body.close()
    client.flush()
    assert [event["name"] for event in catcher.events] == ["error", "request"]
    assert catcher.events[1]["properties"]["is_cut"] is True
    assert catcher.events[0]["properties"]["kind"] == "OSError"
