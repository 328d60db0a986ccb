"""Periods of the Overview page, and what they are compared with."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Served
from tests.e2e.reader import (
    ask,
    asked,
    expect,
    has,
    headline_of,
    make_key,
    open_overview,
    send,
    settle,
    until,
)

from footfall.model.time import utc_now

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]
QUERY = "**/api/v1/query"


def test_earlier_time_without_events_is_not_compared_with(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=12mo")
    assert page.locator("ff-strip .change").count() == 0
    assert page.locator("ff-chart .line.before").count() == 0
    query = asked(page, lambda: page.keyboard.press("a"), '"granularity"')
    assert query["compare"] is None
    settle(page)
    expect(page.locator("ff-strip .change")).to_have_count(0)
    expect(page.locator(".compare-menu")).to_be_hidden()


def test_rates_change_in_points(page: Page, served: Served) -> None:
    open_overview(page, served)
    deltas = {
        metric: page.locator(f"[data-metric={metric}] .delta").inner_text()
        for metric in ("bounce", "events")
    }
    assert re.match(r"([↑↓] )?[\d.]+ pts", deltas["bounce"])
    assert re.match(r"([↑↓] )?\d+%", deltas["events"])


def test_partial_bucket_has_no_change(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&metric=events&view=table")
    rows = page.locator("ff-chart tbody tr")
    assert rows.last.locator("td").first.inner_text().endswith("(partial)")
    changes = page.locator("ff-chart tbody td:last-child").all_inner_texts()
    assert changes[-1] == "partial"
    assert all(re.fullmatch(r"[+-]?\d+%", text) for text in changes[:-1])


def test_hours_of_several_days_carry_their_day(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&granularity=hour")
    labels = page.locator("ff-chart .axis:not([text-anchor=end][x='38'])").all_text_contents()
    days = [label for label in labels if not re.fullmatch(r"\d\d:00", label)]
    assert len(days) >= 7
    assert len(days) == len(set(days))
    assert labels[0] == days[0]


def test_numbers_show_that_they_load(page: Page, served: Served) -> None:
    open_overview(page, served)
    held: list[Route] = []
    is_held = True
    page.route(QUERY, lambda route: held.append(route) if is_held else route.continue_())
    page.keyboard.press("w")
    strip = page.locator("ff-strip")
    expect(strip).to_have_attribute("aria-busy", "true")
    opacity = "element => Number(getComputedStyle(element).opacity)"
    until(page, lambda: strip.locator(".strip").evaluate(opacity) < 0.5)
    is_held = False
    for route in held:
        route.continue_()
    expect(strip).to_have_attribute("aria-busy", "false")
    until(page, lambda: strip.locator(".strip").evaluate(opacity) == 1)


@pytest.mark.parametrize("has_filter", [False, True])
def test_keys_choose_periods(page: Page, served: Served, has_filter: bool) -> None:
    open_overview(page, served, "?source=shop" + "&filter=device,is,desktop" * has_filter)
    for key, label, granularity in (
        ("d", "Today", "hour"),
        ("e", "Yesterday", "hour"),
        ("w", "Last 7 days", "day"),
        ("y", "Last 12 months", "month"),
        ("m", "Last 30 days", "day"),
        ("r", "Last 30 minutes", "minute"),
    ):
        query = asked(page, lambda key=key: page.keyboard.press(key), '"granularity"')
        assert (query["time_range"], query["granularity"]) == (label.lower(), granularity)
        expect(page.locator(".period-menu .menu-label")).to_have_text(label)
        expect(page.locator(".pill")).to_have_count(int(has_filter))


def test_menu_shows_its_keys_and_is_walked_with_arrows(page: Page, served: Served) -> None:
    open_overview(page, served)
    button = page.locator(".period-menu .menu-button")
    button.focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(".period-menu [aria-checked=true]")).to_be_focused()
    shown = dict(
        zip(
            page.locator(".period-menu .menu-item:has(kbd) .menu-text").all_inner_texts(),
            page.locator(".period-menu kbd").all_inner_texts(),
            strict=True,
        )
    )
    assert shown["Today"] == "D"
    assert shown["Last 12 months"] == "Y"
    page.keyboard.press("ArrowUp")  # from the chosen "Last 30 days"
    page.keyboard.press("Enter")
    expect(page).to_have_url(has("period=7d"))
    expect(button).to_be_focused()


def test_comparison_goes_round_and_can_be_left_out(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=yesterday")
    expect(page.locator("ff-strip .change")).to_have_count(6)
    query = asked(page, lambda: page.keyboard.press("c"), '"granularity"')
    assert query["compare"] == "week"
    expect(page.locator(".compare-menu .menu-label")).to_have_text("vs a week earlier")
    page.locator(".compare-menu .menu-button").click()
    page.get_by_role("menuitemradio", name="No comparison").click()
    expect(page).to_have_url(has("compare=none"))
    expect(page.locator("ff-strip .change")).to_have_count(0)
    expect(page.locator("ff-chart .line.before")).to_have_count(0)


def test_running_period_is_compared_up_to_the_same_time(page: Page, served: Served) -> None:
    """Half a day against a whole one would look like a loss on any morning."""
    page.goto(f"{served.url}/login")
    ask(page, "/api/v1/sources", {"name": "noon", "timezone": zone_at_noon(now := utc_now())})
    # One event today; three yesterday by the same time, and two later on that day.
    moments = [now - timedelta(hours=hours) for hours in (1, 25, 26, 27, 22, 21)]
    event = {"name": "tick", "distinct_id": "ada"}
    key = make_key(page, "noon")
    send(page, served, key, *({**event, "timestamp": each.isoformat()} for each in moments))
    open_overview(page, served, "?source=noon&period=today")
    expect(headline_of(page, "events")).to_have_text("1")
    earlier = page.locator("[data-metric=events] .change [title]")
    expect(earlier).to_have_text("from 3")
    expect(earlier).to_have_attribute("title", "By the same time of the earlier period")


def zone_at_noon(now: datetime) -> str:
    """A time zone in which it is between 12 and 13 o'clock."""
    # Its name counts hours to the west of Greenwich.
    return f"Etc/GMT{now.hour - 12:+d}"


def test_custom_period(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.locator(".period-menu .menu-button").click()
    page.get_by_role("menuitemradio", name="Custom…").click()
    last = page.evaluate("new Date(Date.now() - 3 * 864e5).toISOString().slice(0, 10)")
    first = page.evaluate("new Date(Date.now() - 9 * 864e5).toISOString().slice(0, 10)")
    page.get_by_label("First day").fill(first)
    page.get_by_label("Last day").fill(last)
    query = asked(
        page, lambda: page.get_by_role("button", name="Show", exact=True).click(), '"granularity"'
    )
    assert query["time_range"] == f"{first}..{last}"
    expect(page).to_have_url(has(f"period=custom&from={first}&to={last}"))
