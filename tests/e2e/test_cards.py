"""What the cards of lists say where there is little: no values, no more rows, nothing left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Served
from tests.e2e.reader import are_moved, deliver, expect, open_overview
from tests.waiting import wait_until

from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.model.time import utc_now
from footfall.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

PAGE = {"name": "page_view", "url": "https://site.example/a"}
ASSET = {"name": "asset", "url": "https://site.example/a.css"}


@pytest.fixture(scope="module")
def sources(served: Served) -> None:
    """A program's source without pages, and those of a site with and without assets."""
    send_to(served, "program", [{"name": "signed_up"}, {"name": "paid"}])
    send_to(served, "site", [PAGE])
    send_to(served, "logged", [PAGE, ASSET])
    # Their cards would else be drawn in the midst of a test, one after the other.
    wait_until(lambda: are_moved(served))


def send_to(served: Served, name: str, events: list[dict[str, str]]) -> None:
    LakeFolder.open(served.root).save_source(Source(name))
    with Workspace(served.root, utc_now) as workspace:
        key = workspace.keys.create(name, "test").secret
    assert deliver(served, key, *events) == len(events)


def card(page: Page, name: str) -> Locator:
    return page.locator(f"ff-list[card={name}]")


@pytest.mark.usefixtures("sources")
def test_a_card_without_values_says_so_in_one_line(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=program&bots=shown")
    for name in ("content", "origins", "places", "technology"):
        expect(card(page, name).locator(".part-body")).to_have_text("No values.")
    events = card(page, "events")
    assert sorted(events.locator(".row-text").all_inner_texts()) == ["paid", "signed_up"]
    # Both are there: there is nothing more to be shown.
    expect(events.locator(".card-foot")).to_have_count(0)


@pytest.mark.usefixtures("sources")
@pytest.mark.parametrize(("source", "notes"), [("site", []), ("logged", ["assets left out"])])
def test_what_is_left_out_is_said_where_it_is_there(
    page: Page, served: Served, source: str, notes: list[str]
) -> None:
    open_overview(page, served, f"?source={source}&bots=shown")
    pages = card(page, "content")
    expect(pages.locator(".row-text")).to_have_text(["/a"])
    assert pages.locator(".card-foot").all_inner_texts() == notes


def test_all_are_shown_where_there_are_more(page: Page, served: Served) -> None:
    open_overview(page, served)
    for part in page.locator("ff-list").all():
        shown = part.locator(".row").count()
        offered = part.get_by_role("button", name="Show all")
        if not offered.count():
            assert shown <= 8
            continue
        offered.click()
        rows = page.locator("dialog.wide tbody tr")
        expect(rows.nth(shown)).to_be_attached()
        page.keyboard.press("Escape")
        expect(page.locator("dialog.wide")).to_have_count(0)
    # Moves within the shop outnumber those who come to it.
    expect(card(page, "origins").locator(".card-foot")).to_have_text(
        "moves within the source left out"
    )


def test_what_stands_below_the_rows_follows_them(page: Page, served: Served) -> None:
    open_overview(page, served)
    origins = card(page, "origins")
    assert origins.locator(".row").count() < 8
    below = "card => card.querySelector('.card-foot').getBoundingClientRect().top"
    end = "card => card.querySelector('.rows').lastChild.getBoundingClientRect().bottom"
    assert origins.evaluate(below) - origins.evaluate(end) < 10
