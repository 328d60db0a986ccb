"""Everything is reached from the keyboard, and a stranger is let in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Served, window
from tests.e2e.reader import expect, has, open_overview
from typer.testing import CliRunner

from footfall.cli.main import app

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_shortcuts_are_listed_and_rest_while_typing(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.keyboard.press("?")
    for label in ("Today", "Next comparison", "Add a filter"):
        expect(page.locator("dialog dl").first).to_contain_text(label)
    page.keyboard.press("w")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    # Keys are handled one after another: the first of them has had its turn.
    assert "period=" not in page.url
    page.keyboard.press("w")
    expect(page).to_have_url(has("period=7d"))


def test_tab_reaches_controls_numbers_and_lists(page: Page, served: Served) -> None:
    open_overview(page, served)
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.closest('.skip-link, ff-menu, ff-now, ff-strip,"
                " ff-chart, ff-list')?.localName ?? ''"
            )
        )
    order = [name for name in dict.fromkeys(reached) if name]
    assert order == ["a", "ff-menu", "ff-now", "ff-strip", "ff-chart", "ff-list"]


def test_stranger_is_shown_how_to_log_in_and_the_printed_link_does_it(
    browser: Browser, served: Served
) -> None:
    with window(browser) as context:
        page = context.new_page()
        response = page.goto(f"{served.url}/")
        assert response is not None
        assert response.status == 401
        assert "footfall token login" in page.locator("main").inner_text()
        # Not that which the server printed at its start: it ends after a quarter of an hour.
        command = ["token", "login", "--lake", str(served.root)]
        page.goto(CliRunner().invoke(app, command).stdout.strip())
        page.wait_for_selector("ff-strip[data-phase=ready]")
