"""What the page says and does when something goes wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Complaints, Served
from tests.e2e.reader import expect, open_overview

from footfall.model.time import utc_now

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUERY = "**/api/v1/query"


def refuse(route: Route) -> None:
    """Answer as a server whose engine has no memory left."""
    error = {"code": "limit_exceeded", "message": "The query ran out of memory.", "parameter": None}
    route.fulfill(status=422, json={"error": error})


def test_part_fails_alone_and_is_retried(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("422")

    def countries_fail(route: Route) -> None:
        if '"country"' in (route.request.post_data or ""):
            refuse(route)
        else:
            route.continue_()

    page.route(QUERY, countries_fail)
    open_overview(page, served)
    failed = page.locator("ff-list[card=places]")
    expect(failed.get_by_role("alert")).to_have_text("The query ran out of memory.")
    expect(page.locator(".part[data-phase=failed]")).to_have_count(1)
    page.unroute(QUERY)
    failed.get_by_role("button", name="Try again").click()
    expect(failed.locator(".row-name").nth(1)).to_be_visible()


def test_slow_part_shows_progress_and_is_cancelled(page: Page, served: Served) -> None:
    waiting: list[Route] = []

    def chart_hangs(route: Route) -> None:
        if '"granularity"' in (route.request.post_data or ""):
            waiting.append(route)
        else:
            route.continue_()

    page.route(QUERY, chart_hangs)
    page.goto(f"{served.url}/?source=shop")
    chart = page.locator("ff-chart")
    chart.get_by_role("progressbar").wait_for()
    chart.get_by_role("button", name="Cancel").click()
    expect(chart.locator(".part-status")).to_contain_text("Cancelled.")
    page.unroute(QUERY)
    chart.get_by_role("button", name="Load", exact=True).click()
    page.wait_for_selector("ff-chart[data-phase=ready] .line.now")
    assert waiting


def test_what_takes_its_time_moves_nothing(page: Page, served: Served) -> None:
    places = """() => [...document.querySelectorAll(".top, ff-strip, ff-chart")]
      .map((each) => [each.getBoundingClientRect().top, each.getBoundingClientRect().bottom])"""
    page.clock.install()
    page.clock.pause_at(utc_now() + timedelta(minutes=1))
    page.route(QUERY, lambda _: None)
    page.goto(f"{served.url}/?source=shop")
    page.locator("ff-strip .skeleton").first.wait_for()
    before = page.evaluate(places)
    page.clock.run_for(2500)
    expect(page.locator("ff-chart, ff-strip").get_by_role("progressbar")).to_have_count(2)
    assert page.evaluate(places) == before
    expect(page.locator("ff-now").get_by_role("progressbar")).to_have_count(0)
    page.unroute(QUERY)


def test_server_that_is_gone_is_said_in_words(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("ERR_FAILED")
    page.route("**/api/v1/sources", lambda route: route.abort())
    page.goto(f"{served.url}/")
    expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached")
    page.unroute("**/api/v1/sources")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("ff-strip[data-phase=ready]")
