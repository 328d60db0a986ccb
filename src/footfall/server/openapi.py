"""The API's description: its introduction, and the part that the framework does not know."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute

from footfall.server.api.common import answer_of

EVENTS_PATH: Final = "/v1/events"

DESCRIPTION: Final = """\
Ask for numbers, list events, run read-only SQL, listen for news, and keep sources and their
keys. Every answer is JSON unless another format is asked for.

Programs send `Authorization: Bearer fft_…`; `footfall token create` makes such a token, with
the rights `read`, `write` or `admin`. Pages of this server use the cookie that a login link sets.

Events are sent to `POST /v1/events` with a write key: one JSON object, a list of them, or one
a line. The answer comes when they are on disk:
`{"stored": 2, "duplicates": 0, "rejected": []}`.

An error has a status and one shape:
`{"error": {"code", "message", "parameter", "suggestions"}}`. 503 carries `Retry-After`.
"""

TAGS: Final[list[dict[str, Any]]] = [
    {
        "name": "query",
        "description": "Metrics of a source, broken down, filtered, bucketed, compared.",
    },
    {"name": "sql", "description": "Read-only SQL over the sources."},
    {"name": "intake", "description": "Events in."},
    {
        "name": "events",
        "description": "Rows of a source, page by page: its events, its sessions, its intervals.",
    },
    {"name": "live", "description": "News as it happens."},
    {"name": "sources", "description": "Where events come from, and their write keys."},
    {"name": "rejects", "description": "What could not be taken in, and why."},
    {"name": "ledger", "description": "What became of every event received."},
    {"name": "tokens", "description": "What programs prove themselves with."},
    {"name": "health", "description": "For whoever watches over the server."},
]

_EVENT: Final[dict[str, Any]] = {
    "name": "purchase",
    "distinct_id": "u_812",
    "timestamp": "2026-11-01T11:59:58.250Z",
    "url": "https://shop.example/checkout",
    "properties": {"price": 59.9},
}
_RECEIPT: Final[dict[str, Any]] = {
    "stored": 1,
    "duplicates": 0,
    "rejected": [{"index": 1, "code": "missing_name", "reason": "name is missing"}],
}


INTAKE_ANSWERS: Final[dict[int, str]] = {
    200: "All of it is on disk, or refused with a reason.",
    400: "The body cannot be read as a whole.",
    401: "No write key that is known.",
    403: "The source of the key is not there any more.",
    408: "It did not arrive in time; the connection is closed.",
    413: "Too large, or too many events at once.",
    415: "Packed in a way that is not known.",
    431: "Address and headers are too long; the connection is closed.",
    503: "Too much at once (`overloaded`) or no space on the disk (`storage_full`): nothing was "
    "kept; send it again after `Retry-After` seconds.",
}
"""Every status with which `POST /v1/events` answers."""

_UNSENT: Final = "#/components/schemas/HTTPValidationError"


def describe(api: FastAPI) -> dict[str, Any]:
    """The whole description: the framework's, and intake, which stands before it."""
    schema = FastAPI.openapi(api)
    _drop_unsent(schema)
    if EVENTS_PATH not in schema["paths"]:
        schema["paths"][EVENTS_PATH] = {"post": _intake()}
        schema["components"]["securitySchemes"]["write_key"] = {
            "type": "http",
            "scheme": "bearer",
            "description": "A write key (`footfall token create --write SOURCE`).",
        }
        _restore_nulls(schema)
    return schema


def _drop_unsent(schema: dict[str, Any]) -> None:
    """Take out what the framework says of parameters: wrong ones are 400 here, in our shape."""
    for methods in schema["paths"].values():
        for operation in methods.values():
            wrong = operation["responses"].get("422", {}).get("content", {}).values()
            if any(media.get("schema", {}).get("$ref") == _UNSENT for media in wrong):
                del operation["responses"]["422"]
    schema["components"].pop("schemas", None)


def _restore_nulls(schema: dict[str, Any]) -> None:
    """Put back what is null in examples: the framework leaves it out."""
    from footfall.server.api import health
    from footfall.server.api.routers import ROUTERS

    routes = (route for router in (*ROUTERS, health.router) for route in router.routes)
    for route in routes:
        if isinstance(route, APIRoute):
            for method in route.methods or ():
                described = schema["paths"][route.path_format][method.lower()]["responses"]
                for status, answer in route.responses.items():
                    described[str(status)]["content"].update(answer["content"])


def _intake() -> dict[str, Any]:
    return {
        "tags": ["intake"],
        "operationId": "send_events",
        "summary": "Send events",
        "description": (
            "Events of the write key's source: one JSON object, a list, or one object a line. "
            "The body may be packed (`Content-Encoding: gzip`, `zstd`, `deflate`).\n\n"
            "`name` alone is required. Keys that are no column go into `properties`. An "
            "`event_id` makes sending twice harmless; without one it follows from the content. "
            "The key may also come as `X-Footfall-Key` or `?key=`."
        ),
        "security": [{"write_key": []}],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "required": ["name"]},
                    "examples": {
                        "one": {"summary": "One event", "value": _EVENT},
                        "many": {
                            "summary": "Several",
                            "value": [_EVENT, {"name": "page_view", "distinct_id": "u_9"}],
                        },
                    },
                }
            },
        },
        "responses": {
            str(status): answer_of(text, _RECEIPT) if status == 200 else {"description": text}
            for status, text in INTAKE_ANSWERS.items()
        },
    }
