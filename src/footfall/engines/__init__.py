"""Engines: the only room that knows DuckDB and ClickHouse."""

from __future__ import annotations

from footfall.engines.base import CancelToken, Engine, EngineResult, Limits
from footfall.engines.registry import ENGINES, get_engine

__all__ = ["ENGINES", "CancelToken", "Engine", "EngineResult", "Limits", "get_engine"]
