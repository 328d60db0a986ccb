"""What stands at the head of each page: the way to the others, and the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Complaints, Served, window
from tests.e2e.reader import expect, open_overview

from footfall.model.time import utc_now
from footfall.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PAGES = {"Overview": "/", "SQL": "/sql", "Ledger": "/ledger", "API": "/docs"}


@pytest.mark.parametrize("width", [1200, 390])
def test_each_page_leads_to_the_others(page: Page, served: Served, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    open_overview(page, served)
    for label in ("SQL", "Ledger", "API", "Overview"):
        places = page.get_by_role("navigation", name="Pages")
        assert places.get_by_role("link").all_inner_texts() == list(PAGES)
        places.get_by_role("link", name=label).click()
        page.wait_for_url(lambda url, path=PAGES[label]: url.partition("?")[0].endswith(path))
        expect(places.locator("[aria-current=page]")).to_have_text(label)
        expect(page.get_by_role("button", name="Log out")).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_controls_stay_in_sight_on_the_way_down(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.locator("ff-heatmap").scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Period: ")).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("navigation", name="Pages")).not_to_be_in_viewport()


@pytest.mark.parametrize("path", ["/?source=shop", "/docs"])
def test_logging_out_ends_the_session_of_this_browser(
    browser: Browser, served: Served, complaints: Complaints, path: str
) -> None:
    with Workspace(served.root, utc_now) as workspace:
        key = workspace.logins.create()
    with window(browser) as context:
        page, left_open = context.new_page(), context.new_page()
        page.on("console", complaints.hear)
        page.goto(f"{served.url}/login?key={key}")
        left_open.goto(f"{served.url}/sql")
        page.goto(f"{served.url}{path}")
        # What a page asks in the moment before it leaves is refused already.
        complaints.allowed.append(r"status of 401")
        page.get_by_role("button", name="Log out").click()
        expect(page).to_have_url(f"{served.url}/login")
        assert context.cookies() == []
        assert complaints.unexpected() == []
        answer = page.goto(f"{served.url}/")
        assert answer is not None
        assert answer.status == 401
        # A page that was left open leads to the same place, not to an error.
        left_open.get_by_role("button", name="Log out").click()
        expect(left_open.get_by_role("heading", level=1)).to_have_text("Log in")
