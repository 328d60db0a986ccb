"""Engines by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footfall.engines.base import Limits
from footfall.errors import InvalidSetting, did_you_mean

if TYPE_CHECKING:
    from footfall.engines.base import Engine
    from footfall.settings import QuerySettings

ENGINES: Final = ("duckdb", "clickhouse")


def get_engine(name: str, settings: QuerySettings | None = None) -> Engine:
    """A new engine of that name with the limits of the settings.

    Raises `InvalidSetting` for an unknown name, and `MissingComponent` where the package
    of the engine is not installed.
    """
    limits = Limits.from_settings(settings) if settings else Limits()
    if name == "duckdb":
        from footfall.engines.duckdb import DuckDBEngine

        return DuckDBEngine(limits)
    if name == "clickhouse":
        from footfall.engines.clickhouse import ClickHouseEngine

        return ClickHouseEngine(limits)
    raise InvalidSetting(
        f"Engine {name!r} is not known; there are {' and '.join(ENGINES)}."
        + did_you_mean(name, ENGINES),
        parameter="engine",
    )
