"""Requests as adapters see them, written short."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks.tracker_bodies.sample import Sample

from footfall.capture.protocols.adapter import Adapter, Call, Reading
from footfall.capture.protocols.registry import RouteTable, adapters

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


def call(target: str, body: Any = b"", method: str = "POST", **headers: str) -> Call:
    """A request to a path with its query; `body` is bytes, or written as JSON."""
    parts = urlsplit(target)
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Call(method, parts.path, query, named, content, NOW)


def sent(sample: Sample) -> Call:
    """A sample as the request that it is."""
    request = call(sample.address(), sample.content(), sample.method)
    return replace(request, headers=sample.headers)


def adapter_of(request: Call) -> Adapter:
    """The adapter that the server would choose."""
    found = RouteTable(adapters()).find(request)
    assert found is not None, request.path
    return found


def read(request: Call) -> Reading:
    """What that adapter reads in the request."""
    return adapter_of(request).read(request)


def events(request: Call) -> list[dict[str, Any]]:
    """The events in it."""
    return [sent.event for sent in read(request).sent]
