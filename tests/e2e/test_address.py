"""The address of the Overview page is its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Served
from tests.e2e.reader import expect, has, headline, open_overview, settle, until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.mark.parametrize("search", ["", "?source=shop&period=7d", "?source=nope"])
def test_first_load_asks_each_question_once(page: Page, served: Served, search: str) -> None:
    questions: list[tuple[str, str | None]] = []
    lost: list[str] = []

    def note(request: Request) -> None:
        if "/api/" in request.url:
            questions.append((request.url, request.post_data))

    page.on("request", note)
    page.on("requestfailed", lambda request: lost.append(request.url))
    # Nothing new is told and no half minute passes, after which it would rightly ask again.
    page.route("**/api/v1/live*", lambda _: None)
    page.add_init_script("window.setInterval = () => 0")
    page.goto(f"{served.url}/{search}")
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
    until(page, lambda: any("/api/v1/live" in url for url, _ in questions))
    assert lost == []
    assert len(questions) > 8
    assert len(questions) == len(set(questions))


def test_what_an_address_cannot_show_is_said(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=nope&period=foo&metric=joy&filter=country")
    chosen = page.locator("ff-controls .menu-label").first.inner_text()
    assert page.locator("ff-notices p").all_inner_texts() == [
        f"There is no source “nope”; showing {chosen}.",
        "There is no period “foo”; showing Last 30 days.",
        "There is no number “joy”; showing Actors.",
        "The filter “country” is left out; it is written field,operator,value,"
        " such as country,is,DE.",
    ]
    page.keyboard.press("w")
    expect(page).to_have_url(f"{served.url}/?source={chosen}&period=7d")
    expect(page.locator("ff-notices p")).to_have_count(0)


def test_url_restores_the_page(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.keyboard.press("w")
    expect(page).to_have_url(has("period=7d"))
    page.locator("[data-metric=sessions]").click()
    page.get_by_role("tab", name="Devices").click()
    expect(page).to_have_url(has("metric=sessions", "tab=technology:"))
    # The rows of the list before would do what they say.
    settle(page)
    page.locator("ff-list[card=technology] .row-name").first.click()
    page.get_by_role("button", name="As a table").first.click()
    expect(page).to_have_url(has("view=table", "filter=device,is,"))
    settle(page)
    before = (page.url, headline(page, "sessions"), page.locator(".pill").inner_text())
    page.reload()
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
    assert (page.url, headline(page, "sessions"), page.locator(".pill").inner_text()) == before
    expect(page.get_by_role("tab", name="Devices", selected=True)).to_be_visible()
    expect(page.locator("ff-chart table")).to_have_count(1)


def test_back_undoes_a_filter(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.locator("ff-list[card=places] .row-name").first.click()
    expect(page.locator(".pill")).to_have_count(1)
    page.go_back()
    expect(page.locator(".pill")).to_have_count(0)
