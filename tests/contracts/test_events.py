"""Pages of single events, the same from each engine."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from footfall.engines.base import Engine
from footfall.errors import InvalidQuery, UnknownSource
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.query.listings.events import list_events
from footfall.query.listings.listing import Listing, Page

NOW = datetime(2026, 10, 27, 12, tzinfo=UTC)

Events = Page[list[dict[str, Any]]]


def page(lake: LakeFolder, engine: Engine, source: str = "shop", **asked: Any) -> Events:
    return list_events(lake, engine, Listing(source, **asked), now=NOW)


def ids(found: Events) -> list[int]:
    return [int(event["event_id"][1:]) for event in found.rows]


def test_newest_first_and_oldest_first(engine: Engine, lake: LakeFolder):
    # in time: 0 1 2 3 (24th), 5 6 7 (25th), 8 9 4 (26th)
    assert ids(page(lake, engine, order="timestamp")) == [0, 1, 2, 3, 5, 6, 7, 8, 9, 4]
    assert ids(page(lake, engine)) == [4, 9, 8, 7, 6, 5, 3, 2, 1, 0]


@pytest.mark.parametrize("order", ["timestamp", "-timestamp"])
def test_pages_follow_each_other_without_gap_or_repetition(engine, lake, order):
    found: list[int] = []
    cursor, sizes = None, []
    while True:
        part = page(lake, engine, order=order, limit=4, cursor=cursor)
        found += ids(part)
        sizes.append(len(part.rows))
        cursor = part.cursor
        if cursor is None:
            break
    assert sizes == [4, 4, 2]
    assert found == ids(page(lake, engine, order=order))


def test_a_page_that_is_just_full_is_the_last(engine, lake):
    assert page(lake, engine, limit=10).cursor is None
    assert page(lake, engine, limit=9).cursor is not None


def test_without_a_limit_all_come_at_once(engine, lake):
    found = page(lake, engine)
    assert (len(found.rows), found.cursor, found.n_rows_read) == (10, None, 10)


def test_events_of_one_time_are_told_apart_by_id(engine, make_lake):
    same = [{"timestamp": "2026-10-27T10:00:00Z", "event_id": f"e{n}"} for n in range(5)]
    lake = make_lake((Source("web"), same))
    first = page(lake, engine, "web", limit=2)
    second = page(lake, engine, "web", limit=2, cursor=first.cursor)
    assert ids(first) + ids(second) == [4, 3, 2, 1]


def test_a_page_stays_where_it_is_while_events_are_added(engine, make_lake):
    from tests.lakes import append_events

    rows = [{"timestamp": f"2026-10-27T10:0{n}:00Z", "event_id": f"e{n}"} for n in range(4)]
    lake = make_lake((Source("web"), rows))
    first = page(lake, engine, "web", limit=2)
    append_events(lake, "web", [{"timestamp": "2026-10-27T11:00:00Z", "event_id": "e9"}])
    assert ids(page(lake, engine, "web", limit=2, cursor=first.cursor)) == [1, 0]


def test_an_event_is_shown_as_it_was_sent(engine, lake):
    event = page(lake, engine, order="timestamp", limit=2).rows[1]
    assert event["timestamp"] == datetime(2026, 10, 24, 8, 10, tzinfo=UTC)
    assert event["properties"] == {"plan": {"tier": 2}, "tags": ["a"]}
    assert event["path"] == "/cart"
    assert event["utm_source"] is None
    assert not [name for name in event if name.startswith("p_")]


def test_fields_are_those_that_were_asked_for(engine, lake):
    fields = ["properties.price", "name", "properties.plan.tier", "properties.coupon"]
    found = page(lake, engine, fields=fields, order="timestamp", limit=3).rows
    assert found == [
        {"properties.price": None, "name": "page_view", "properties.plan.tier": None,
         "properties.coupon": None},
        {"properties.price": None, "name": "page_view", "properties.plan.tier": 2,
         "properties.coupon": None},
        {"properties.price": 10.0, "name": "purchase", "properties.plan.tier": None,
         "properties.coupon": "SALE"},
    ]  # fmt: skip
    assert [list(event) for event in found] == [fields] * 3


def test_filter_and_time_range(engine, lake):
    purchases = {"field": "name", "operator": "is", "value": "purchase"}
    assert ids(page(lake, engine, filter=purchases)) == [9, 8, 7, 2]
    # The 25th in Berlin is from 22:00 UTC on the 24th to 23:00 on the 25th.
    assert ids(page(lake, engine, time_range="2026-10-25..2026-10-25")) == [7, 6, 5]
    assert ids(page(lake, engine, time_range="2026-10-27..2026-10-27")) == [4]
    assert ids(page(lake, engine, time_range="2026-10-27..2026-10-27", timezone="UTC")) == []
    paid = {"field": "properties.price", "operator": "gt", "value": 6}
    assert ids(page(lake, engine, filter=paid)) == [9, 2]


def test_only_files_of_the_range_are_read(engine, lake):
    assert page(lake, engine, time_range="2026-10-26..2026-10-26").n_rows_read < 10


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"order": "name"}, "order"),
        ({"limit": 0}, "limit"),
        ({"limit": -5}, "limit"),
        ({"limit": 10**30}, "limit"),
        ({"limit": "5"}, "limit"),
        ({"limit": True}, "limit"),
        ({"fields": ["contry"]}, "fields[0]"),
        ({"fields": ["name", "hour_of_day"]}, "fields[1]"),
        ({"fields": None}, "fields"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"cursor": "bm90IGpzb24"}, "cursor"),
        ({"filter": {"field": "contry", "value": "DE"}}, "filter.field"),
        ({"time_range": "last 7 dogs"}, "time_range"),
    ],
)
def test_what_is_wrong_is_named(engine, lake, asked, parameter):
    with pytest.raises(InvalidQuery) as caught:
        page(lake, engine, **asked)
    assert caught.value.parameter == parameter


def test_a_cursor_belongs_to_its_order(engine, lake):
    cursor = page(lake, engine, limit=1).cursor
    with pytest.raises(InvalidQuery, match="ordered by '-timestamp'"):
        page(lake, engine, order="timestamp", cursor=cursor)


def test_an_unknown_source(engine, lake):
    with pytest.raises(UnknownSource):
        page(lake, engine, "shpo")


def test_a_source_without_events_has_one_empty_page(engine, make_lake):
    found = page(make_lake((Source("blank"), [])), engine, "blank")
    assert (found.rows, found.cursor) == ([], None)
