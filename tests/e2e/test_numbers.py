"""The numbers of the Overview page are those of the API."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Served
from tests.e2e.reader import (
    ask,
    asked,
    expect,
    has,
    headline,
    headline_of,
    make_key,
    number,
    open_overview,
    send,
)

from footfall.model.time import utc_now

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_strip_shows_what_the_api_answers(page: Page, served: Served) -> None:
    day = (utc_now() - timedelta(days=3)).date()
    span = f"period=custom&from={day}&to={day}"
    open_overview(page, served, f"?source=shop&{span}&compare=none&bots=shown")
    query = {
        "source": "shop",
        "metrics": ["events", "actors", "sessions"],
        "time_range": f"{day}..{day}",
    }
    row = ask(page, "/api/v1/query", query)["rows"][0]
    assert row["events"] > 0
    for metric in ("events", "actors", "sessions"):
        assert number(headline(page, metric)) == row[metric]


def test_bots_are_left_out_until_asked_for(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=all&metric=events")
    before = number(headline(page, "events"))
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    send(page, served, make_key(page, "shop"), {"name": "crawled", "user_agent": agent})
    crawled = page.locator("ff-recent strong", has_text="crawled")
    page.wait_for_timeout(3_000)
    assert crawled.count() == 0
    assert number(headline(page, "events")) == before
    page.keyboard.press("b")
    expect(page).to_have_url(has("bots=shown"))
    expect(page.locator(".toggle")).to_have_attribute("aria-pressed", "true")
    expect(crawled).to_have_count(1)
    everything = {"source": "shop", "metrics": ["events"], "time_range": "all"}
    n_events = ask(page, "/api/v1/query", everything)["rows"][0]["events"]
    assert n_events > before
    expect(headline_of(page, "events")).to_have_text(f"{n_events:,}")


def test_headline_draws_itself_in_the_chart(page: Page, served: Served) -> None:
    open_overview(page, served)
    query = asked(page, lambda: page.locator("[data-metric=bounce]").click(), '"granularity"')
    assert query["metrics"] == ["bounce_rate"]
    expect(page.locator("ff-chart h2")).to_have_text("Bounce rate")
    page.wait_for_selector("ff-chart[data-phase=ready] .line.now")
