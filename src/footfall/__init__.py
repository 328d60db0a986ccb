"""Footfall: activity analytics that stays in your house.

>>> import footfall
>>> footfall.__version__.count(".")
2
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from footfall.errors import ExposedError, FootfallError
    from footfall.library import Lake, open  # noqa: A004 - used as footfall.open
    from footfall.model.filter import And, Condition, Not, Or
    from footfall.model.query import Query
    from footfall.model.source import Source
    from footfall.model.time import TimeRange
    from footfall.query.result import Result
    from footfall.query.stream import EventStream

__version__ = "0.1.0"

__all__ = [
    "And",
    "Condition",
    "EventStream",
    "ExposedError",
    "FootfallError",
    "Lake",
    "Not",
    "Or",
    "Query",
    "Result",
    "Source",
    "TimeRange",
    "__version__",
    "open",
]

_ROOMS = {
    "And": "model.filter",
    "Condition": "model.filter",
    "EventStream": "query.stream",
    "ExposedError": "errors",
    "FootfallError": "errors",
    "Lake": "library",
    "Not": "model.filter",
    "Or": "model.filter",
    "Query": "model.query",
    "Result": "query.result",
    "Source": "model.source",
    "TimeRange": "model.time",
    "open": "library",
}


def __getattr__(name: str) -> Any:
    """Names come from their rooms when they are first used, so that importing stays light."""
    room = _ROOMS.get(name)
    if room is None:
        raise AttributeError(f"module 'footfall' has no attribute {name!r}")
    value = getattr(import_module(f"footfall.{room}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
