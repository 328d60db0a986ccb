"""Single events, page by page."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from footfall.engines.base import CancelToken
from footfall.model.filter import Filter, filter_from_dict
from footfall.model.time import TimeRange
from footfall.server.api.common import ERRORS, answer_of, decode, json_response
from footfall.server.auth import Reader
from footfall.server.state import State, WithState

router = APIRouter(prefix="/events", tags=["events"], responses=ERRORS)

_EVENT: Final = {
    "event_id": "5f2c…",
    "timestamp": "2026-11-01T11:59:58.250000Z",
    "name": "purchase",
    "actor_id": "u_812",
    "path": "/checkout",
    "properties": {"price": 59.9},
}
