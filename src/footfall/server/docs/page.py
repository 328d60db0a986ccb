"""/docs and /openapi.json: what the API can do, on a page that loads nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from footfall import __version__
from footfall.server.auth import require
from footfall.server.login import page_reader
from footfall.server.openapi import describe
from footfall.server.web.pages import STATIC_URL, TEMPLATES
from footfall.server.web.prose import breakable, coded, prose
from footfall.workspace.rights import Right

_HERE: Final = Path(__file__).parent
_METHODS: Final = ("get", "post", "put", "patch", "delete")

_templates: Final = Environment(
    loader=FileSystemLoader((_HERE, TEMPLATES)), autoescape=True, undefined=StrictUndefined
)
_templates.filters["breakable"] = breakable

router = APIRouter(include_in_schema=False)


@router.get("/openapi.json", dependencies=[Depends(require(Right.READ))])
def openapi(request: Request) -> dict[str, Any]:
    """The OpenAPI description."""
    return describe(request.app)


@router.get("/docs", dependencies=[Depends(page_reader)])
def docs(request: Request) -> HTMLResponse:
    """The description as a page."""
    schema = describe(request.app)
    template = _templates.get_template("docs.html")
    return HTMLResponse(
        template.render(
            title=schema["info"]["title"],
            static=STATIC_URL,
            version=__version__,
            intro=prose(schema["info"].get("description", "")),
            groups=list(groups(schema)),
        )
    )


@router.get("/docs.css")
def style() -> Response:
    """The page's style sheet."""
    return Response((_HERE / "docs.css").read_bytes(), media_type="text/css")


def groups(schema: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Operations by tag, in the order of the description's tags."""
    for tag in schema.get("tags", []):
        operations = [
            _operation(path, method, item)
            for path, methods in schema["paths"].items()
            for method, item in methods.items()
            if method in _METHODS and tag["name"] in item.get("tags", [])
        ]
        if operations:
            yield {
                "name": tag["name"],
                "text": prose(tag.get("description", "")),
                "operations": operations,
            }


def _operation(path: str, method: str, item: Mapping[str, Any]) -> dict[str, Any]:
    body = item.get("requestBody", {}).get("content", {})
    return {
        "id": item["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": item.get("summary", ""),
        "text": prose(item.get("description", "")),
        "parameters": [_parameter(each) for each in item.get("parameters", [])],
        "requests": list(_examples(body)),
        "responses": [
            {
                "status": status,
                "text": coded(response.get("description", "")),
                "examples": list(_examples(response.get("content", {}))),
            }
            for status, response in item.get("responses", {}).items()
        ],
    }


def _parameter(item: Mapping[str, Any]) -> dict[str, Any]:
    schema = item.get("schema", {})
    kinds = [each.get("type") for each in schema.get("anyOf", [schema])]
    return {
        "name": item["name"],
        "place": item["in"],
        "is_required": item.get("required", False),
        "type": " or ".join(kind for kind in kinds if kind and kind != "null"),
        "default": None if schema.get("default") is None else json.dumps(schema["default"]),
        "text": coded(item.get("description", "")),
    }


def _examples(content: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    for kind, media in content.items():
        named = media.get("examples", {})
        if "example" in media:
            named = {"": {"value": media["example"]}, **named}
        for name, example in named.items():
            yield {
                "kind": kind,
                "name": example.get("summary", name),
                "text": _shown(example["value"]),
            }


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
