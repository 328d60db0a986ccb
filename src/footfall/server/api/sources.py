"""Sources: listed, added, given typed properties."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from fastapi import APIRouter, Request
from starlette.responses import Response

from footfall.capture.definition import Changes, define
from footfall.capture.mapping import preset_from_dict
from footfall.capture.presets import PRESETS, preset
from footfall.errors import InvalidMapping
from footfall.lake.definitions import source_from_values
from footfall.model.source import PropertyType, Source
from footfall.query.summary import summarize
from footfall.server.api.common import (
    ERRORS,
    PREFIX,
    answer_of,
    body_of,
    described_body,
    error_example,
    json_response,
    read_body,
    schema_of,
)
from footfall.server.api.parameters import SourceName
from footfall.server.auth import Viewer, Writer
from footfall.server.grants import Grant
from footfall.server.narrowing import check_source, shown_source
from footfall.server.state import State, WithState

router = APIRouter(prefix=f"{PREFIX}/sources", tags=["sources"], responses=ERRORS)


_EXAMPLE = {
    "name": "web",
    "description": "the shop",
    "timezone": "Europe/Berlin",
    "session_gap": "30m",
    "sessions": "gap",
    "mapping": {"format": "canonical"},
    "properties": {"price": "float"},
    "tracker_ids": ["shop.example.com"],
    "addresses": "drop",
    "intervals": [{"name": "visit", "start": "in", "end": "out", "key": [], "longest": "24h"}],
    "columns": [
        {"name": "properties.price", "type": "float", "doc": "declared property", "sql": "price"}
    ],
    "fields": [{"name": "session.entry_page", "type": "text", "doc": "first path of the session"}],
    "version": 42,
    "n_events": 31106,
    "n_files": 3,
    "n_bytes": 1310720,
    "first": "2026-08-03T04:12:09Z",
    "last": "2026-11-01T11:59:58Z",
}


def _schema() -> dict[str, Any]:
    """Of a source as its file has it; the mapping may be a name, and a rule short."""
    schema = schema_of(Source)
    parts = schema["properties"]
    fields = parts["mapping"]["properties"]["fields"]
    fields["additionalProperties"] = _or_text(fields["additionalProperties"], "Short, as `=order`.")
    parts["mapping"] = _or_text(parts["mapping"], "Name of a ready-made one.")
    return {**schema, "title": "NewSource", "additionalProperties": False}


def _or_text(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"anyOf": [{"type": "string", "description": description}, schema]}


@router.get(
    "",
    operation_id="list_sources",
    summary="List sources",
    responses={200: answer_of("Sources by name.", {"sources": [_EXAMPLE]})},
)
async def list_sources(state: WithState, who: Viewer) -> Response:
    """All sources, with the number and time of their events."""
    return json_response(await state.work.quick(lambda: {"sources": _list(state, who.grant)}))


@router.get(
    "/{name}",
    operation_id="show_source",
    summary="Show a source",
    responses={200: answer_of("The source.", _EXAMPLE)},
)
async def show_source(name: SourceName, state: WithState, who: Viewer) -> Response:
    """One source, with the number and time of its events."""
    return json_response(await state.work.quick(lambda: _show(state, name, who.grant)))


@router.post(
    "",
    operation_id="add_source",
    summary="Add a source",
    status_code=201,
    openapi_extra=described_body(
        _schema(),
        ("Events of your own application", {"name": "web", "timezone": "Europe/Berlin"}),
        ("An access log", {"name": "logs", "mapping": "combined"}),
        (
            "Orders from CSV files",
            {
                "name": "orders",
                "mapping": {"format": "csv", "fields": {"timestamp": "created", "name": "=order"}},
            },
        ),
    ),
    responses={
        201: answer_of("The source.", _EXAMPLE),
        409: answer_of(
            "There is a source of that name.",
            error_example("conflict", "There is a source 'web' already: …", "name"),
        ),
    },
)
async def add_source(request: Request, state: WithState, _: Writer) -> Response:
    """A new source, described as in its file. Needs the right `write`."""
    wanted = await read_body(request, dict[str, Any])
    return json_response(await state.work.quick(lambda: _add(state, wanted)), 201)


@router.post(
    "/{name}/properties",
    operation_id="declare_properties",
    summary="Declare properties",
    openapi_extra=body_of(
        dict[str, PropertyType], ("Two properties", {"price": "float", "plan": "text"})
    ),
    responses={200: answer_of("The source.", _EXAMPLE)},
)
async def declare_properties(
    request: Request, name: SourceName, state: WithState, _: Writer
) -> Response:
    """Give properties a typed column each; older events read correctly at once.

    Types are `text`, `int`, `float`, `bool` and `time`. Needs the right `write`.
    """
    wanted = await read_body(request, dict[str, PropertyType])
    return json_response(await state.work.quick(lambda: _declare(state, name, wanted)))


def _list(state: State, grant: Grant | None) -> list[dict[str, Any]]:
    names = [grant.source] if grant else [source.name for source in state.lake.sources()]
    return [_show(state, name, grant) for name in names]


def _show(state: State, name: str, grant: Grant | None = None) -> dict[str, Any]:
    if grant is None:
        return summarize(state.lake, name).to_dict()
    check_source(name, grant)
    return shown_source(summarize(state.lake, name).to_dict(), grant)


def _add(state: State, wanted: dict[str, Any]) -> dict[str, Any]:
    source = _source(wanted)
    state.lake.add_source(source)
    return _show(state, source.name)


def _source(wanted: dict[str, Any]) -> Source:
    """What is said of it in place of what its mapping brings along."""
    given = {key: value for key, value in wanted.items() if value is not None}
    name, mapping = given.pop("name", None), given.pop("mapping", "canonical")
    if not isinstance(name, str):
        raise InvalidMapping(f"name is {name!r}: write a text, such as 'web'.", parameter="name")
    source, said = _mapped(name, mapping), source_from_values(name, given)
    changes: dict[str, Any] = {key: getattr(said, key) for key in given}
    return replace(source, **changes | {"properties": {**source.properties, **said.properties}})


def _mapped(name: str, mapping: Any) -> Source:
    """A source of that mapping: a whole one, or a ready-made one with all that it brings along."""
    ready = _ready_made(mapping)
    if ready is not None:
        return define(name, Changes(mapping=ready))
    return Source(name, mapping=preset_from_dict({"mapping": mapping}).mapping)


def _ready_made(mapping: Any) -> str | None:
    """The name of a ready-made mapping, also as sources are shown; None for a whole one."""
    if isinstance(mapping, str):
        # Not the path of a file, which a name may be on the command line.
        preset(mapping)
        return mapping
    is_named = isinstance(mapping, dict) and [*mapping] == ["format"]
    found = cast("dict[str, Any]", mapping)["format"] if is_named else None
    return found if isinstance(found, str) and found in PRESETS else None


def _declare(state: State, name: str, wanted: dict[str, PropertyType]) -> dict[str, Any]:
    def declared(source: Source) -> Source:
        return replace(source, properties={**source.properties, **wanted})

    state.lake.change_source(name, declared)
    return _show(state, name)
