"""The numbers of the Overview page are those of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Served
from tests.e2e.reader import (
    ask,
    asked,
    headline,
    make_key,
    number,
    open_overview,
    send,
    settle,
    until,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_strip_shows_what_the_api_answers(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=yesterday&compare=none&bots=shown")
    query = {
        "source": "shop",
        "metrics": ["events", "actors", "sessions"],
        "time_range": "yesterday",
    }
    row = ask(page, "/api/v1/query", query)["rows"][0]
    assert row["events"] > 0
    for metric in ("events", "actors", "sessions"):
        assert number(headline(page, metric)) == row[metric]


def test_bots_are_left_out_until_asked_for(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=today&metric=events")
    before = number(headline(page, "events"))
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    send(page, served, make_key(page, "shop"), {"name": "crawled", "user_agent": agent})
    crawled = page.locator("ff-recent strong", has_text="crawled")
    page.wait_for_timeout(3_000)
    assert crawled.count() == 0
    assert number(headline(page, "events")) == before
    page.keyboard.press("b")
    until(page, lambda: crawled.count() == 1)
    settle(page)
    assert number(headline(page, "events")) == before + 1
    assert page.locator(".toggle").get_attribute("aria-pressed") == "true"
    assert "bots=shown" in page.url


def test_headline_draws_itself_in_the_chart(page: Page, served: Served) -> None:
    open_overview(page, served)
    query = asked(page, lambda: page.locator("[data-metric=bounce]").click(), '"granularity"')
    settle(page)
    assert query["metrics"] == ["bounce_rate"]
    assert page.locator("ff-chart h2").inner_text() == "Bounce rate"
    assert page.locator("ff-chart .line.now").count() > 0
