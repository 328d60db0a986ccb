"""Every contract is held by each engine, over the same small lake."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import component_missing
from tests.lakes import make_lake as make_lake_in
from tests.query.lakes import literal_lake

from footfall.engines.base import Engine
from footfall.engines.registry import ENGINES, get_engine
from footfall.errors import MissingComponent
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source

SHOP = Source("shop", timezone="Europe/Berlin", properties={"price": "float", "plan.tier": "int"})

# Three actors on the three days around the change to winter time (2026-10-25 03:00, Berlin).
# Times are UTC; a pause of more than 30 minutes ends a session.
SHOP_EVENTS: list[dict[str, Any]] = [
    # anna: two sessions on the 24th, one on the 26th
    {"timestamp": "2026-10-24T08:00:00Z", "country": "DE", "path": "/"},
    {"timestamp": "2026-10-24T08:10:00Z", "country": "DE", "path": "/cart",
     "properties": {"plan": {"tier": 2}, "tags": ["a"]}},
    {"timestamp": "2026-10-24T08:15:00Z", "country": "DE", "name": "purchase",
     "properties": {"price": 10.0, "coupon": "SALE"}},
    {"timestamp": "2026-10-24T12:00:00Z", "country": "DE", "path": "/"},
    {"timestamp": "2026-10-26T23:30:00Z", "country": "AT", "path": "/"},
    # bert: over the change, 00:30 UTC is 02:30 summer time and 01:30 UTC 02:30 winter time
    {"timestamp": "2026-10-25T00:30:00Z", "distinct_id": "bert", "country": "FR", "path": "/"},
    {"timestamp": "2026-10-25T00:50:00Z", "distinct_id": "bert", "country": "FR", "path": "/cart"},
    {"timestamp": "2026-10-25T01:30:00Z", "distinct_id": "bert", "country": "FR",
     "name": "purchase", "properties": {"price": 5.5}},
    # cleo: no country, a price that is no number, and a robot's visit
    {"timestamp": "2026-10-26T09:00:00Z", "distinct_id": "cleo", "name": "purchase",
     "properties": {"price": "dear", "coupon": None}},
    {"timestamp": "2026-10-26T09:20:00Z", "distinct_id": "cleo", "is_bot": True,
     "name": "purchase", "properties": {"price": 7, "coupon": 5}},
]  # fmt: skip


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """Each engine in turn."""
    try:
        found = get_engine(request.param)
    except MissingComponent as error:
        if sys.platform == "win32":
            pytest.skip("chdb has no wheel for Windows")
        component_missing(error.message)
        raise
    yield found
    found.close()


@pytest.fixture(scope="session")
def shop() -> Source:
    """The source of the small lake."""
    return SHOP


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    """A lake with the source `shop` and the ten events above."""
    return make_lake_in(tmp_path_factory.mktemp("contracts") / "lake", (SHOP, SHOP_EVENTS))


@pytest.fixture(scope="session")
def shop_lake(tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    """The lake of the ten events in `tests/query/lakes.py`, with the source `shop`."""
    return literal_lake(tmp_path_factory.mktemp("literal") / "lake")


@pytest.fixture
def make_lake(tmp_path: Path) -> Callable[..., LakeFolder]:
    """Makes a lake of pairs of a source and its literal events, in a new folder."""

    def make(*events: tuple[Source, list[dict[str, Any]]]) -> LakeFolder:
        return make_lake_in(tmp_path / f"lake{len(list(tmp_path.iterdir()))}", *events)

    return make
