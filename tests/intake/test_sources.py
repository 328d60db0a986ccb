"""A source is looked up once a second, not with each request."""

from __future__ import annotations

import pytest

from footfall.errors import UnknownSource
from footfall.intake.sources import RecentSources
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source


def test_a_change_is_seen_after_a_second(lake: LakeFolder) -> None:
    now = [100.0]
    sources = RecentSources(lake, lambda: now[0])
    assert sources.get("shop").timezone == "UTC"
    lake.save_source(Source("shop", timezone="Asia/Tokyo"))
    now[0] = 101.0
    assert sources.get("shop").timezone == "UTC"
    now[0] = 101.5
    assert sources.get("shop").timezone == "Asia/Tokyo"


def test_a_source_that_is_not_there_is_looked_for_each_time(lake: LakeFolder) -> None:
    sources = RecentSources(lake, lambda: 100.0)
    with pytest.raises(UnknownSource):
        sources.get("later")
    lake.save_source(Source("later"))
    assert sources.get("later").name == "later"
