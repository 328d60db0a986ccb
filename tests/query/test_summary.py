from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.lakes import make_lake

from footfall.errors import UnknownSource
from footfall.model.source import Source
from footfall.query.summary import columns_of, summarize

EVENTS = [{"timestamp": "2026-11-01T10:00:00Z"}, {"timestamp": "2026-11-02T11:30:00Z"}]


def test_size_and_span_of_a_table(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake", (Source("web"), EVENTS), (Source("empty"), []))
    summary = summarize(lake, "web")
    assert (summary.n_events, summary.first, summary.last) == (
        2,
        datetime(2026, 11, 1, 10, tzinfo=UTC),
        datetime(2026, 11, 2, 11, 30, tzinfo=UTC),
    )
    assert summary.n_bytes > 0
    empty = summarize(lake, "empty")
    assert (empty.n_events, empty.first, empty.to_dict()["last"]) == (0, None, None)
    with pytest.raises(UnknownSource):
        summarize(lake, "shop")


def test_columns_are_canonical_ones_then_declared_properties() -> None:
    names = [each["name"] for each in columns_of(Source("web", properties={"price": "float"}))]
    assert names[0] == "event_id"
    assert names[-1] == "properties.price"
    assert "properties" not in names


def test_columns_tell_their_names_in_sql() -> None:
    keys = ("price", "name", "p_name", "plan.tier", "order", "Größe")
    columns = columns_of(Source("web", properties=dict.fromkeys(keys, "text")))
    assert [each["sql"] for each in columns[-6:]] == [
        *("price", "p_name", "p_p_name", '"plan.tier"', '"order"', '"Größe"'),
    ]
    assert columns[0]["sql"] == "event_id"
