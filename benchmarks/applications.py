"""Small applications of several frameworks, bare and with the client's middleware."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable
from typing import Any, Final

from footfall_client import Client
from footfall_client.packs import community

Request = Callable[[], None]
Make = Callable[[Client], tuple[Request, Request]]

_PATH: Final = "/articles/a-long-walk/"
_HEADERS: Final = {
    "Host": "shop.example",
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    "Accept": "text/html",
    "Accept-Language": "de-AT,de;q=0.9,en;q=0.5",
    "Referer": "https://shop.example/articles/",
    "Cookie": "theme=dark; sessionid=0123456789abcdef0123456789abcdef",
}


def django(client: Client) -> tuple[Request, Request]:
    """Django's handler with its own usual middleware."""
    import django as package
    from django.conf import settings
    from django.core.handlers.wsgi import WSGIHandler
    from django.http import HttpResponse
    from django.urls import path

    from footfall_client.django import conf

    def view(_request: Any, slug: str) -> HttpResponse:
        return HttpResponse(slug.encode())

    usual = [
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
    ]
    if not settings.configured:
        settings.configure(
            SECRET_KEY="bench" * 10,
            ALLOWED_HOSTS=["*"],
            ROOT_URLCONF=(path("articles/<slug:slug>/", view, name="article"),),
            FOOTFALL={"URL": "http://localhost", "KEY": "k", "RULES": community.rules()},
        )
        package.setup()
    settings.MIDDLEWARE = usual
    bare = WSGIHandler()
    settings.MIDDLEWARE = [*usual, "footfall_client.django.middleware.FootfallMiddleware"]
    conf.client = lambda: client
    return _wsgi(bare), _wsgi(WSGIHandler())


def starlette(client: Client) -> tuple[Request, Request]:
    """Starlette's router in its own middleware."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    from footfall_client.asgi import FootfallMiddleware

    async def page(request: Any) -> PlainTextResponse:
        return PlainTextResponse(request.path_params["slug"])

    routes = [Route("/articles/{slug}/", page)]
    # Its types ask for a class of exactly its own shape.
    watching: Any = FootfallMiddleware
    watch = Middleware(watching, client=client, rules=community.rules())
    return _asgi(Starlette(routes=routes)), _asgi(Starlette(routes=routes, middleware=[watch]))


def flask(client: Client) -> tuple[Request, Request]:
    """Flask's application."""
    from flask import Flask

    from footfall_client.wsgi import FootfallMiddleware

    def page(slug: str) -> str:
        return slug

    app = Flask(__name__)
    app.add_url_rule("/articles/<slug>/", view_func=page)
    watched = FootfallMiddleware(app.wsgi_app, client, rules=community.rules())
    return _wsgi(app.wsgi_app), _wsgi(watched)


APPLICATIONS: Final[dict[str, Make]] = {"Django": django, "Starlette": starlette, "Flask": flask}


def _wsgi(app: Any) -> Request:
    given = {f"HTTP_{key.upper().replace('-', '_')}": value for key, value in _HEADERS.items()}

    def start(status: str, _headers: object, _exc_info: object = None) -> None:
        assert status.startswith("200"), status

    def request() -> None:
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": _PATH,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "REMOTE_ADDR": "203.0.113.7",
            "SERVER_NAME": "shop.example",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **given,
        }
        body = app(environ, start)
        for _ in body:
            pass
        close = getattr(body, "close", None)
        if close is not None:
            close()

    return request


def _asgi(app: Any) -> Request:
    headers = [(key.lower().encode(), value.encode()) for key, value in _HEADERS.items()]
    loop = asyncio.new_event_loop()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        assert message.get("status", 200) == 200, message

    def request() -> None:
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "https",
            "path": _PATH,
            "raw_path": _PATH.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": ("203.0.113.7", 4711),
            "server": ("shop.example", 443),
        }
        loop.run_until_complete(app(scope, receive, send))

    return request
