"""Asking the lake of ten literal events; see `tests/query/lakes.py`."""

from __future__ import annotations

from typing import Any

from tests.contracts.pasted import ask_twice
from tests.query.lakes import NOW

from footfall.engines.base import Engine
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.query.result import Result

DAYS = "2026-10-24..2026-10-26"
"""The three local days that hold all ten events."""


def ask(lake: LakeFolder, engine: Engine, **parts: Any) -> Result:
    """The answer over these days, for the query and for its SQL as people paste it."""
    query = Query(source="shop", **{"time_range": DAYS, **parts})
    return ask_twice(query, lake, engine, NOW)
