"""Queries as values: round trips, canonical forms, and errors that name the part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.errors import InvalidQuery
from footfall.model.filter import (
    And,
    Condition,
    Filter,
    Not,
    Or,
    conditions,
    filter_from_dict,
)
from footfall.model.metric import KINDS, parse_metric
from footfall.model.query import Query
from footfall.model.time import TimeRange

CONTRACT = {
    "source": "web",
    "metrics": ["events", "actors"],
    "dimensions": ["country"],
    "filter": {"field": "name", "operator": "is", "value": "page_view"},
    "time_range": "last 30 days",
    "granularity": "day",
    "timezone": "Europe/Berlin",
    "compare": "previous_period",
    "order": "-events",
    "limit": 10,
}


def test_the_json_form_round_trips() -> None:
    query = Query.from_dict(CONTRACT)
    assert query.to_dict() == CONTRACT
    assert Query.from_json(query.to_json()) == query
    assert hash(Query.from_dict(CONTRACT)) == hash(query)


def test_only_the_source_is_required() -> None:
    assert Query("web").to_dict() == {
        "source": "web",
        "metrics": ["events"],
        "time_range": "last 30 days",
    }


def test_totals_are_mentioned_only_when_they_are_not_wanted() -> None:
    assert "has_totals" not in Query("web").to_dict()
    query = Query("web", has_totals=False)
    assert query.to_dict()["has_totals"] is False
    assert Query.from_dict(query.to_dict()) == query


def test_time_ranges_round_trip() -> None:
    span = TimeRange(
        datetime(2026, 10, 25, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC), "Asia/Kathmandu"
    )
    query = Query("web", time_range=span)
    assert Query.from_json(query.to_json()) == query
    form = {"source": "web", "time_range": {"start": "2026-10-25", "end": "2026-10-26"}}
    # Both are starts of days, in a zone that only the source knows.
    again = Query.from_dict(form)
    assert again.time_range == "2026-10-25T00:00:00..2026-10-26T00:00:00"
    assert Query.from_dict(again.to_dict()) == again


@pytest.mark.parametrize(
    ("text", "canonical", "unit"),
    [
        ("events", "events", "events"),
        (" actors ", "actors", "actors"),
        ("sessions", "sessions", "sessions"),
        ("bounce_rate", "bounce_rate", "ratio"),
        ("rate(events,actors)", "rate(events, actors)", "events per actor"),
        ("rate( events , sessions )", "rate(events, sessions)", "events per session"),
        ("median( session.duration )", "median(session.duration)", "seconds"),
        ("max(session.n_events)", "max(session.n_events)", "events"),
        ("p95(properties.a b(c))", "p95(properties.a b(c))", None),
        ("distinct(actor_id)", "distinct(actor_id)", "actors"),
        ("estimate(path)", "estimate(path)", None),
    ],
)
def test_metrics(text: str, canonical: str, unit: str | None) -> None:
    metric = parse_metric(text)
    assert (metric.text, metric.unit) == (canonical, unit)
    assert parse_metric(metric.text) == metric


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("rate",)])
def test_every_kind_has_a_text(kind: str) -> None:
    bare = kind in ("events", "actors", "sessions", "bounce_rate")
    text = kind if bare else f"{kind}(properties.price)"
    assert parse_metric(text).text == text


@pytest.mark.parametrize(
    ("parts", "parameter", "suggestion"),
    [
        ({"metrics": ["events", "actrs"]}, "metrics[1]", "actors"),
        ({"metrics": ["sum"]}, "metrics[0]", "sum(properties.price)"),
        ({"metrics": ["events(path)"]}, "metrics[0]", "events"),
        ({"metrics": ["sum(pth)"]}, "metrics[0]", "path"),
        ({"metrics": ["sum(price)"]}, "metrics[0]", "properties.price"),
        ({"metrics": ["sum()"]}, "metrics[0]", None),
        ({"metrics": ["rate(event, actors)"]}, "metrics[0]", "rate(events, actors)"),
        ({"metrics": ["distinct(session.duration)"]}, "metrics[0]", "median(session.duration)"),
        ({"metrics": []}, "metrics", "events"),
        ({"metrics": [1]}, "metrics[0]", None),
        ({"metrics": {"events": 1}}, "metrics", None),
        ({"dimensions": ["country", "brwser"]}, "dimensions[1]", "browser"),
        ({"dimensions": ["properties"]}, "dimensions[0]", None),
        ({"dimensions": ["session.duration"]}, "dimensions[0]", None),
        ({"dimensions": [f"properties.{n}" for n in range(9)]}, "dimensions", None),
        ({"filter": {"field": "contry"}}, "filter.field", "country"),
        ({"filter": {"field": "country", "operator": "equals"}}, "filter.operator", None),
        (
            {"filter": {"and": [{"field": "country", "operator": "is_nt"}]}},
            "filter.and[0].operator",
            "is_not",
        ),
        ({"filter": {"not": {"or": [{}]}}}, "filter.not.or[0]", None),
        ({"filter": {"xor": []}}, "filter.xor", None),
        ({"filter": "country is DE"}, "filter", None),
        ({"filter": {"field": "country", "value": "DE", "op": "is"}}, "filter.op", None),
        ({"filter": {"field": "path", "operator": "in", "value": "x"}}, "filter.value", None),
        ({"filter": {"field": "path", "operator": "in", "value": []}}, "filter.value", None),
        ({"filter": {"field": "path", "operator": "gt", "value": True}}, "filter.value", None),
        ({"filter": {"field": "path", "operator": "between", "value": [1]}}, "filter.value", None),
        ({"filter": {"field": "path", "operator": "is_set", "value": 1}}, "filter.value", None),
        ({"filter": {"field": "path", "operator": "contains", "value": 1}}, "filter.value", None),
        ({"granularity": "dayly"}, "granularity", "day"),
        ({"timezone": "Europe/Berln"}, "timezone", "Europe/Berlin"),
        ({"compare": "previous"}, "compare", "previous_period"),
        ({"order": "-event"}, "order[0]", "events"),
        ({"order": ["events", "time"]}, "order[1]", None),
        ({"limit": 0}, "limit", None),
        ({"has_totals": 1}, "has_totals", None),
        ({"limit": True}, "limit", None),
        ({"limit": "10"}, "limit", None),
        ({"time_range": 7}, "time_range", None),
        ({"time_range": {"start": "2026-01-01", "stop": "x"}}, "time_range.stop", None),
        ({"time_range": {"start": "2026-01-01", "end": "soon"}}, "time_range.end", None),
        ({"metric": ["events"]}, "metric", "metrics"),
    ],
)
def test_errors_name_the_part(
    parts: dict[str, Any], parameter: str, suggestion: str | None
) -> None:
    with pytest.raises(InvalidQuery) as error:
        Query.from_dict({"source": "web", **parts})
    assert error.value.parameter == parameter
    assert suggestion is None or suggestion in error.value.suggestions


@pytest.mark.parametrize("text", ["{", "[]", '"web"', "{}", '{"source": 1}', "[" * 100_000])
def test_json_that_is_no_query(text: str) -> None:
    with pytest.raises(InvalidQuery):
        Query.from_json(text)


def test_a_filter_nested_too_deep_is_refused() -> None:
    form: dict[str, Any] = {"field": "path", "operator": "is_set"}
    for _ in range(500):
        form = {"not": form}
    with pytest.raises(InvalidQuery, match="nested deeper"):
        filter_from_dict(form)


def filters() -> st.SearchStrategy[Filter]:
    """Filters of any shape."""
    value = st.one_of(st.text(), st.integers(), st.booleans())
    one = st.builds(Condition, st.just("properties.x"), st.sampled_from(["is", "is_not"]), value)
    none = st.builds(Condition, st.just("path"), st.sampled_from(["is_set", "is_not_set"]))
    many = st.builds(
        Condition, st.just("country"), st.just("in"), st.lists(value, min_size=1).map(tuple)
    )
    return st.recursive(
        one | none | many,
        lambda inner: st.one_of(
            st.builds(And, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Not, inner),
        ),
        max_leaves=8,
    )


@given(filters())
def test_filters_round_trip(item: Filter) -> None:
    assert filter_from_dict(item.to_dict()) == item
    assert Query("web", filter=item).filter == item


def test_filters_combine() -> None:
    a, b = Condition("path", "is", "/"), Condition("country", "is_set")
    assert (a & b) == And((a, b))
    assert (a | ~b) == Or((a, Not(b)))
    assert [item.field for item in conditions(~(a & b))] == ["path", "country"]
