"""The address of the Overview page is its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Served
from tests.e2e.reader import headline, open_overview, settle

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
    page.goto(f"{served.url}/{search}")
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
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
    settle(page)
    assert page.locator("ff-notices p").count() == 0
    assert page.url.endswith(f"?source={chosen}&period=7d")


def test_url_restores_the_page(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.keyboard.press("w")
    page.locator("[data-metric=sessions]").click()
    page.get_by_role("tab", name="Devices").click()
    page.locator("ff-list[card=technology] .row-name").first.click()
    page.get_by_role("button", name="As a table").first.click()
    settle(page)
    before = (page.url, headline(page, "sessions"), page.locator(".pill").inner_text())
    page.reload()
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
    assert (page.url, headline(page, "sessions"), page.locator(".pill").inner_text()) == before
    assert page.get_by_role("tab", name="Devices").get_attribute("aria-selected") == "true"
    assert page.locator("ff-chart table").count() == 1


def test_back_undoes_a_filter(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.locator("ff-list[card=places] .row-name").first.click()
    settle(page)
    assert page.locator(".pill").count() == 1
    page.go_back()
    settle(page)
    assert page.locator(".pill").count() == 0
