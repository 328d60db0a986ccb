"""Sources: listed, added, given typed properties."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from footfall.capture.definition import Changes, redefine
from footfall.capture.mapping import preset_from_dict
from footfall.capture.presets import PRESETS, preset
from footfall.model.interval import Interval
from footfall.model.source import Addresses, PropertyType, Sessions, Source
from footfall.query.summary import summarize
from footfall.server.api.common import (
    ERRORS,
    PREFIX,
    answer_of,
    body_of,
    error_example,
    json_response,
    read_body,
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


class NewRule(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """How a column is filled: from the first path that is there, else by a constant."""

    path: str | None = None
    paths: list[str] | None = None
    constant: str | None = None
    format: str | None = None
    hashed: bool = False


class NewMapping(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping as in a mapping file; a rule may have its short form."""

    format: str | None = None
    fields: dict[str, NewRule | str] | None = None
    properties: dict[str, str] | None = None
    drop: list[str] | None = None
    options: dict[str, Any] | None = None


class NewSource(msgspec.Struct, forbid_unknown_fields=True):
    """A source that is wanted; `mapping` is a whole one or the name of a ready-made one."""

    name: str
    description: str | None = None
    timezone: str | None = None
    session_gap: str | None = None
    sessions: Sessions | None = None
    mapping: NewMapping | str = "canonical"
    properties: dict[str, PropertyType] = msgspec.field(default_factory=dict[str, PropertyType])
    tracker_ids: tuple[str, ...] = ()
    addresses: Addresses | None = None
    intervals: tuple[Interval, ...] = ()


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
    openapi_extra=body_of(
        NewSource,
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
    """A new source. Needs the right `write`."""
    wanted = await read_body(request, NewSource)
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


def _add(state: State, wanted: NewSource) -> dict[str, Any]:
    source = _source(wanted)
    state.lake.add_source(source)
    return _show(state, source.name)


def _source(wanted: NewSource) -> Source:
    source, name = Source(wanted.name), _ready_made(wanted.mapping)
    if name is None:
        whole = msgspec.to_builtins(wanted.mapping)
        source = replace(source, mapping=preset_from_dict({"mapping": whole}).mapping)
    changes = Changes(
        mapping=name,
        properties=_declared(wanted.properties),
        timezone=wanted.timezone,
        session_gap=wanted.session_gap,
        description=wanted.description,
        tracker_ids=wanted.tracker_ids,
        addresses=wanted.addresses,
    )
    source = redefine(source, changes)
    return replace(
        source,
        sessions=wanted.sessions or source.sessions,
        intervals=wanted.intervals or source.intervals,
    )


def _ready_made(mapping: NewMapping | str) -> str | None:
    """The name of a ready-made mapping, also as sources are shown; None for a whole one."""
    if isinstance(mapping, str):
        # Not the path of a file, which a name may be on the command line.
        preset(mapping)
        return mapping
    is_named = mapping == NewMapping(mapping.format) and mapping.format in PRESETS
    return mapping.format if is_named else None


def _declare(state: State, name: str, wanted: dict[str, PropertyType]) -> dict[str, Any]:
    changes = Changes(properties=_declared(wanted))
    state.lake.change_source(name, lambda source: redefine(source, changes))
    return _show(state, name)


def _declared(properties: dict[str, PropertyType]) -> tuple[str, ...]:
    return tuple(f"{key}:{kind}" for key, kind in properties.items())
