"""The pages by which sessions begin and end, on the Overview page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import Served
from tests.e2e.reader import ask, asked, expect, has, number, open_overview, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

DAY = "?source=shop&period=30d&compare=none&bots=shown&metric=sessions"


def expected(page: Page, field: str) -> list[dict[str, Any]]:
    query = {
        "source": "shop",
        "metrics": ["sessions"],
        "dimensions": [field],
        "time_range": "last 30 days",
        "order": "-sessions",
        "limit": 8,
    }
    rows = ask(page, "/api/v1/query", query)["rows"]
    return [row for row in rows if not row.get("is_other")]


@pytest.mark.parametrize(
    ("tab", "field"),
    [("Entry pages", "session.entry_page"), ("Exit pages", "session.exit_page")],
)
def test_lists_of_entry_and_exit_pages(page: Page, served: Served, tab: str, field: str) -> None:
    open_overview(page, served, DAY)
    card = page.locator("ff-list[card=content]")
    card.get_by_role("tab", name=tab).click()
    # The address keeps the tab.
    expect(page).to_have_url(has(f"tab=content:{field}"))
    settle(page)
    rows = expected(page, field)
    assert len(rows) > 3
    assert rows[0]["sessions"] > 1
    shown = zip(
        card.locator(".row-text").all_inner_texts(),
        card.locator("button.row-number").all_inner_texts(),
        strict=True,
    )
    found = [(text, number(count)) for text, count in shown]
    assert found == [(row[field] or "(none)", row["sessions"]) for row in rows]


def test_sessions_are_counted_where_actors_are_chosen(page: Page, served: Served) -> None:
    open_overview(page, served, DAY.replace("metric=sessions", "metric=actors"))
    card = page.locator("ff-list[card=content]")
    tab = card.get_by_role("tab", name="Entry pages")
    query = asked(page, tab.click, "session.entry_page")
    assert query["metrics"] == ["sessions"]
    expect(card.locator(".rows-head")).to_contain_text("Sessions")


def test_a_row_filters_by_the_page(page: Page, served: Served) -> None:
    open_overview(page, served, DAY + "&tab=content:session.entry_page")
    row = page.locator("ff-list[card=content] .row-name").first
    name = row.inner_text()
    row.click()
    expect(page.locator(".pill")).to_have_text(f"Page is {name}")


def test_the_whole_list_is_searched(page: Page, served: Served) -> None:
    open_overview(page, served, DAY + "&tab=content:session.entry_page")
    page.locator("ff-list[card=content]").get_by_role("button", name="Show all").click()
    dialog = page.locator("dialog")
    cells = dialog.locator("tbody .row-text")
    expect(cells.nth(3)).to_be_visible()
    everything = cells.all_inner_texts()
    part = [text for text in everything if text.startswith("/")][-1].strip("/").split("/")[0]
    dialog.get_by_role("searchbox").fill(part)
    found = [text for text in everything if part in text]
    assert 0 < len(found) < len(everything)
    expect(cells).to_have_text(found)
    heads = dialog.locator("thead").inner_text()
    assert "Sessions" in heads
    assert "Actors" not in heads
