"""Engines by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footfall.engines.base import Limits
from footfall.errors import InvalidSetting, did_you_mean

if TYPE_CHECKING:
    from footfall.engines.base import Engine
    from footfall.engines.duckdb import DuckDBEngine
    from footfall.settings import QuerySettings

ENGINES: Final = ("duckdb", "clickhouse")


def get_engine(name: str, settings: QuerySettings | None = None) -> Engine:
    """A new engine of that name with the limits of the settings.

    Raises `InvalidSetting` for an unknown name, and `MissingComponent` where the package
    of the engine is not installed.
    """
    if name == "duckdb":
        return get_duckdb(settings)
    if name == "clickhouse":
        from footfall.engines.clickhouse import ClickHouseEngine

        return ClickHouseEngine(_limits(settings))
    raise InvalidSetting(
        f"Engine {name!r} is not known; there are {' and '.join(ENGINES)}."
        + did_you_mean(name, ENGINES),
        parameter="engine",
    )


def get_duckdb(settings: QuerySettings | None = None) -> DuckDBEngine:
    """A new DuckDB, whatever engine the settings name: the only one that runs free SQL."""
    from footfall.engines.duckdb import DuckDBEngine

    return DuckDBEngine(_limits(settings))


def _limits(settings: QuerySettings | None) -> Limits:
    return Limits.from_settings(settings) if settings else Limits()
