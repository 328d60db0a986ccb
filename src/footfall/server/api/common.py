"""Reading bodies, writing answers, and describing both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from footfall.engines.limits import too_slow
from footfall.errors import InvalidInput, TooLarge, error_dict

T = TypeVar("T")

PREFIX: Final = "/api/v1"
MAX_BODY: Final = 2**20


def json_response(value: Any, status: int = 200) -> Response:
    """A response with that value as JSON; never kept by a cache on the way."""
    return raw_json(msgspec.json.encode(value), status)


def raw_json(body: bytes, status: int = 200) -> Response:
    """A response with this JSON text."""
    return Response(body, status, {"Cache-Control": "no-store"}, "application/json")


async def read_body(request: Request, kind: type[T]) -> T:
    """The request's JSON body as that type.

    Raises `InvalidInput` naming what is wrong. The type of content must be JSON: a form on
    another site's page cannot send that without asking first.
    """
    return decode(await read_json(request), kind)


async def read_json(request: Request) -> bytes:
    """The request's body, which says of itself that it is JSON.

    Raises `InvalidInput` where it does not, `TooLarge` beyond a megabyte: events, which may
    be more, have a path of their own.
    """
    _check_json(request)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge(f"The body is larger than {MAX_BODY} bytes.")
    return bytes(body)


def _check_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise InvalidInput(
            f"The body must be JSON with 'Content-Type: application/json', not {kind!r}.",
            parameter="Content-Type",
        )


def decode(text: str | bytes, kind: type[T], parameter: str | None = None) -> T:
    """A JSON text as that type; raises `InvalidInput` naming what is wrong."""
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"{parameter or 'The body'}: {error}.", parameter=parameter) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"{parameter or 'The body'} is not valid JSON: {error}.", parameter=parameter
        ) from error
    except RecursionError as error:
        raise InvalidInput(
            f"{parameter or 'The body'} is nested too deep to be read.", parameter=parameter
        ) from error


def body_of(kind: Any, *examples: tuple[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of an operation whose body is of that type, with named examples."""
    return described_body(schema_of(kind), *examples)


def described_body(schema: dict[str, Any], *examples: tuple[str, Any]) -> dict[str, Any]:
    """`openapi_extra` of an operation whose body has that JSON schema, with named examples."""
    media = {
        "schema": schema,
        "examples": {
            f"example{index}": {"summary": name, "value": value}
            for index, (name, value) in enumerate(examples, 1)
        },
    }
    return {"requestBody": {"required": True, "content": {"application/json": media}}}


def answer_of(description: str, example: Any, kind: str = "application/json") -> dict[str, Any]:
    """An entry of `responses` with an example of the answer."""
    return {"description": description, "content": {kind: {"example": example}}}


def page_of(name: str, example: Any, **more: Any) -> dict[int | str, dict[str, Any]]:
    """`responses` of an operation that gives pages of that list."""
    text = f"A page of {name}; `cursor` asks for the next one, null on the last."
    return {200: answer_of(text, {name: [example], "cursor": "WyItdGltZXN0YW1wIiwx…", **more})}


def error_example(code: str, message: str, parameter: str | None = None) -> dict[str, Any]:
    """An error as the API sends it."""
    return {"error": error_dict(code, message, parameter)}


# Every operation may answer these; they are described once.
ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    400: answer_of(
        "Something in the request is wrong; `parameter` names it.",
        error_example("invalid_query", "There is no metric 'evnts'.", "metrics[0]"),
    ),
    401: answer_of(
        "No valid token or login came with the request.",
        error_example("not_authenticated", "This needs a login or a token: …"),
    ),
    403: answer_of(
        "The token or login does not carry the right that this needs.",
        error_example("not_allowed", "token fft_k3J9xQ2a has the rights read; this needs admin."),
    ),
}


TOO_MUCH: Final = answer_of(
    "It would take more memory, rows or time than allowed.",
    {"error": too_slow(30).to_dict()},
)


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON schema of a type, whole: a part of the description has no definitions beside it."""
    schema = msgspec.json.schema(kind)
    return _inlined(schema, schema.pop("$defs", {}))


def _inlined(schema: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(each, known) for each in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    parts = cast("dict[str, Any]", schema)
    if "$ref" in parts:
        return _inlined(known[parts["$ref"].rpartition("/")[2]], known)
    return {key: _inlined(value, known) for key, value in parts.items()}
