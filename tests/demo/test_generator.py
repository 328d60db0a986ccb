"""The demo's events: same seed same events, and the shapes that people should see in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from footfall.demo.catalog import CATEGORIES
from footfall.demo.generator import Generator
from footfall.demo.recipe import CAMPAIGN, DEMO_SOURCE, Recipe
from footfall.errors import InvalidInput
from footfall.intake.enrich import enrich
from footfall.lake.schema import arrow_schema

NOW = datetime(2026, 11, 22, 10, 17, 5, tzinfo=UTC)
RECIPE = Recipe(n_events=120_000, now=NOW)
DERIVED = (
    "host", "path", "referrer_host", "channel", "utm_source", "utm_medium", "utm_campaign",
    "browser", "browser_version", "os", "device", "is_bot", "actor_id",
)  # fmt: skip


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return pa.concat_tables(Generator(RECIPE).batches())


@pytest.fixture(scope="module")
def frame(table: pa.Table) -> pd.DataFrame:
    columns = ["timestamp", "name", "actor_id", "country", "device", "is_bot", "channel"]
    frame = table.select(columns).to_pandas()
    frame["local"] = frame["timestamp"].dt.tz_convert("Europe/Berlin")
    return frame


@pytest.fixture(scope="module")
def sessions(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per session of a person, by gaps of more than 30 minutes."""
    people = frame[~frame["is_bot"]].sort_values(["actor_id", "timestamp"])
    pause = people.groupby("actor_id")["timestamp"].diff()
    people = people.assign(session=(pause.isna() | (pause > timedelta(minutes=30))).cumsum())
    found = people.groupby("session").agg(
        n=("name", "size"), device=("device", "first"), channel=("channel", "first")
    )
    for name in ("view_item", "add_to_cart", "begin_checkout", "purchase"):
        found[name] = (people["name"] == name).groupby(people["session"]).any()
    return found


def test_batches_have_the_schema_of_the_source(table: pa.Table) -> None:
    assert table.schema == arrow_schema(DEMO_SOURCE)
    for field in table.schema:
        if not field.nullable:
            assert table[field.name].null_count == 0, field.name


def test_same_seed_gives_same_events() -> None:
    recipe = Recipe(n_events=5_000, n_days=20, now=NOW)
    first, second = (pa.concat_tables(Generator(recipe).batches()) for _ in range(2))
    assert first.equals(second)


@pytest.mark.parametrize(
    "other",
    [
        Recipe(n_events=5_000, n_days=20, now=NOW, seed=8),
        Recipe(n_events=5_000, n_days=20, now=NOW + timedelta(hours=1)),
    ],
    ids=["seed", "now"],
)
def test_another_recipe_gives_other_events(other: Recipe) -> None:
    recipe = Recipe(n_events=5_000, n_days=20, now=NOW)
    first, second = (pa.concat_tables(Generator(r).batches()) for r in (recipe, other))
    assert not set(first["event_id"].to_pylist()) & set(second["event_id"].to_pylist())


def test_size_range_and_identity(table: pa.Table) -> None:
    assert 0.96 * RECIPE.n_events < table.num_rows < 1.04 * RECIPE.n_events
    assert pc.count_distinct(table["event_id"]).as_py() == table.num_rows
    times = table["timestamp"]
    assert pc.min(times).as_py() >= RECIPE.start
    assert NOW - timedelta(minutes=10) < pc.max(times).as_py() < NOW
    assert pc.all(pc.greater_equal(table["received_at"], times)).as_py()
    assert pc.max(table["received_at"]).as_py() <= NOW


@pytest.mark.parametrize("n_batch", [3_000, 20_000, 10**9])
def test_batch_size_does_not_change_the_sessions(n_batch: int) -> None:
    recipe = Recipe(n_events=20_000, n_days=30, now=NOW)
    spans = Generator(recipe).spans(n_batch)
    assert [plan for span in spans for plan in span] == Generator(recipe).plans
    assert len(spans) == {3_000: 7, 20_000: 1, 10**9: 1}[n_batch]


def test_derived_columns_are_those_that_intake_derives(table: pa.Table) -> None:
    sent = table.drop_columns(list(DERIVED))
    derived = enrich(sent, DEMO_SOURCE)
    for name in DERIVED:
        assert derived[name].combine_chunks().equals(table[name].combine_chunks()), name


def test_days_grow_and_follow_the_week(frame: pd.DataFrame) -> None:
    per_day = frame.groupby(frame["local"].dt.date).size().iloc[1:-1]
    weekday = pd.to_datetime(per_day.index.to_series()).dt.day_of_week
    assert per_day[weekday < 4].mean() > 1.15 * per_day[weekday == 5].mean()
    assert per_day.iloc[-21:].mean() > 1.1 * per_day.iloc[:21].mean()


def test_evenings_are_busy_where_the_visitor_lives(frame: pd.DataFrame) -> None:
    people = frame[~frame["is_bot"]]
    for country, zone in {"DE": "Europe/Berlin", "US": "America/New_York"}.items():
        hours = people.loc[people["country"] == country, "timestamp"].dt.tz_convert(zone).dt.hour
        per_hour = np.bincount(hours, minlength=24)
        assert per_hour[19:22].min() > 5 * per_hour[2:5].max(), country


def test_few_actors_do_much(frame: pd.DataFrame) -> None:
    people = frame[~frame["is_bot"]]
    per_actor = people["actor_id"].value_counts().to_numpy()
    assert np.median(per_actor) <= 8
    assert per_actor[: len(per_actor) // 100].sum() > 0.08 * len(people)


def test_funnel_narrows_and_desktops_buy_most(sessions: pd.DataFrame) -> None:
    rates = sessions[["view_item", "add_to_cart", "begin_checkout", "purchase"]].mean()
    assert rates.is_monotonic_decreasing
    assert 0.01 < rates["purchase"] < 0.08
    buys = sessions.groupby("device")["purchase"].mean()
    assert buys["desktop"] > 1.5 * buys["mobile"]
    by_channel = sessions.groupby("channel")["purchase"].mean()
    assert by_channel["email"] > 1.5 * by_channel["social"]


def test_pauses_within_a_walk_never_end_the_session() -> None:
    recipe = Recipe(n_events=20_000, n_days=30, now=NOW)
    generator = Generator(recipe)
    visits = _all_visits(generator)
    steps = generator.steps(visits, recipe.random(0))
    order = np.lexsort((steps.time, steps.visit))
    visit, time = steps.visit[order], steps.time[order]
    pauses = np.diff(time)[np.diff(visit) == 0]
    assert len(np.unique(visit)) == len(visits)
    assert pauses.min() > 0
    assert pauses.max() <= 25 * 60 * 1_000_000


def test_incident_shows(frame: pd.DataFrame) -> None:
    start, end = RECIPE.incident
    assert end - start == timedelta(hours=5)
    during = frame[(frame["timestamp"] >= start) & (frame["timestamp"] < end)]
    week = [timedelta(days=n) for n in (-2, -1, 1, 2, 3)]
    like = [frame[(frame["timestamp"] >= start + d) & (frame["timestamp"] < end + d)] for d in week]
    errors = [(part["name"] == "error").sum() for part in like]
    purchases = [(part["name"] == "purchase").sum() for part in like]
    assert (during["name"] == "error").sum() > 4 * np.mean(errors)
    assert (during["name"] == "purchase").sum() < 0.4 * np.mean(purchases)


def test_launch_makes_a_peak(table: pa.Table, frame: pd.DataFrame) -> None:
    per_day = frame.groupby(frame["local"].dt.date)["actor_id"].nunique()
    assert per_day.idxmax() == RECIPE.launch
    marked = table.filter(pc.equal(table["utm_campaign"], CAMPAIGN))
    assert marked.num_rows > 100
    local = pc.min(marked["timestamp"]).as_py().astimezone(ZoneInfo("America/New_York"))
    assert abs(local.date() - RECIPE.launch) <= timedelta(days=1)
    landings = set(marked.filter(pc.equal(marked["name"], "view_item"))["path"].to_pylist())
    kits = {path for path in landings if path.endswith("-kits")}
    assert len(kits) > 0.9 * len(landings)
    assert "kits" in CATEGORIES


def test_bots_only_look(table: pa.Table) -> None:
    bots = table.filter(table["is_bot"])
    assert 0.02 < bots.num_rows / table.num_rows < 0.2
    assert set(bots["device"].to_pylist()) == {"bot"}
    assert set(bots["name"].to_pylist()) <= {"page_view", "view_item", "error"}


def test_properties_are_json_and_declared_ones_stay_out(table: pa.Table) -> None:
    kinds: dict[str, set[str]] = {}
    sample = table.slice(0, 20_000).select(["name", "properties"]).to_pylist()
    for row in sample:
        found = json.loads(row["properties"]) if row["properties"] else {}
        kinds.setdefault(row["name"], set()).update(found)
    assert kinds["search"] == {"query", "n_results"}
    assert {"product", "category", "price", "ttfb_ms", "viewport"} == kinds["view_item"]
    assert {"order", "payment", "coupon", "experiment"} == kinds["purchase"]
    declared = set(DEMO_SOURCE.properties)
    assert not any(keys & declared for keys in kinds.values())


def test_revenue_belongs_to_purchases(table: pa.Table) -> None:
    paid = pc.is_valid(table["p_value"])
    assert paid.equals(pc.equal(table["name"], "purchase"))
    assert paid.equals(pc.is_valid(table["p_currency"]))
    purchases = table.filter(paid)
    assert pc.min(purchases["p_value"]).as_py() >= 2
    assert pc.min(purchases["p_items"]).as_py() >= 1
    by_country = dict(
        zip(purchases["country"].to_pylist(), purchases["p_currency"].to_pylist(), strict=True)
    )
    assert {by_country["DE"], by_country["US"], by_country["GB"]} == {"EUR", "USD", "GBP"}


@pytest.mark.parametrize(("name", "value"), [("n_events", 10), ("n_days", 2)])
def test_too_little_is_refused(name: str, value: int) -> None:
    with pytest.raises(InvalidInput, match="ask for"):
        Recipe(**{name: value})


def _all_visits(generator: Generator):
    from footfall.demo.people import join_visits, visits_of

    return join_visits(
        [
            visits_of(generator.recipe, generator.people, plan, is_last=False)
            for plan in generator.plans
        ]
    )
