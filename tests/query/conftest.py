"""The engine that questions run on where its kind is not the point."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from footfall.engines.base import Engine
from footfall.engines.registry import get_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """DuckDB; the contracts are held by the others too."""
    found = get_engine("duckdb")
    yield found
    found.close()
