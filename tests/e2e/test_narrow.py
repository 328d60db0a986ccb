"""What a narrow window shows of tables and tabs: all of it, without a way sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Complaints, Served
from tests.e2e.reader import deliver, expect, open_overview

from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.model.time import utc_now
from footfall.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

HEIGHT = "element => element.getBoundingClientRect().height"
LABELS = ["Source", "Protocol", "Received", "Stored", "Duplicates", "Rejected", "Odd values"]


@pytest.fixture(scope="module")
def source(served: Served) -> str:
    """A source with an event and a reject."""
    LakeFolder.open(served.root).save_source(Source("stacked"))
    with Workspace(served.root, utc_now) as workspace:
        key = workspace.keys.create("stacked", "test").secret
    assert deliver(served, key, {"name": "a"}, {"nam": "b"}) == 1
    return "stacked"


def edges(shown: Locator) -> list[list[float]]:
    """Left and right of each of these."""
    return shown.evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).map(r => [r.left, r.right])"
    )


def test_rows_of_the_ledger_are_cards(page: Page, served: Served, source: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{served.url}/ledger?source={source}")
    for name, first in (("Counts", LABELS), ("Rejects", ["Received", "Source", "Protocol"])):
        shown = page.get_by_role("table", name=name)
        shown.wait_for()
        heads = shown.locator("th .sort").evaluate_all("all => all.map(e => e.firstChild.data)")
        assert heads[: len(first)] == first
        cells = shown.get_by_role("cell")
        expect(cells).to_have_count(len(heads))
        said = "all => all.map(e => getComputedStyle(e, '::before').content.slice(1, -1))"
        assert cells.evaluate_all(said) == heads
        assert all(0 <= left < right <= 390 for left, right in edges(cells))
        assert len({left for left, _ in edges(cells)}) == 1
    page.get_by_role("button", name="Rejected").click()
    expect(page.get_by_role("columnheader", name="Rejected")).to_have_attribute(
        "aria-sort", "descending"
    )
    page.set_viewport_size({"width": 1200, "height": 844})
    assert len({left for left, _ in edges(page.get_by_role("cell"))}) > 8


def test_odd_values_are_explained(page: Page, served: Served, source: str) -> None:
    page.goto(f"{served.url}/ledger?source={source}")
    heading = page.get_by_role("button", name="Odd values")
    assert "not of the type" in (heading.get_attribute("title") or "")


def test_tabs_of_cards_are_all_seen(page: Page, served: Served) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_overview(page, served)
    tabs = page.get_by_role("tab")
    assert tabs.count() >= 12
    for card in page.locator("ff-list").all():
        (_, end) = edges(card.locator(".card-head"))[0]
        more = edges(card.locator(".more-menu"))
        limit = more[0][0] if more else end
        assert all(right <= limit for _, right in edges(card.get_by_role("tab")))
    cut = "all => all.filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    assert page.locator(".tabs, .tab").evaluate_all(cut) == []


@pytest.mark.parametrize("width", [1200, 390])
def test_help_below_an_error_of_sql_goes_on_in_the_next_line(
    page: Page, served: Served, complaints: Complaints, width: int
) -> None:
    complaints.allowed.append("400")
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{served.url}/sql?sql=SELECT nam FROM shop")
    told = page.locator(".part-status pre")
    expect(told).to_contain_text("footfall source set shop --property nam:text")
    assert told.evaluate("pre => pre.scrollWidth <= pre.clientWidth")


def test_a_caret_stays_below_its_word(page: Page, served: Served, complaints: Complaints) -> None:
    complaints.allowed.append("400")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(
        f"{served.url}/sql?sql=SELECT name, path, FROM shop WHEREVER it may be, or not at all"
    )
    pointed = page.locator(".part-status pre .pointed")
    expect(pointed).to_have_count(2)
    line, caret = pointed.all()
    assert line.inner_text().startswith("LINE 1")
    assert set(caret.inner_text().strip()) == {"^"}
    # Neither goes on in a next line: both are as high as one.
    assert line.evaluate(HEIGHT) == caret.evaluate(HEIGHT)


def test_a_card_that_cannot_be_counted_has_its_title(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("400")
    page.goto(f"{served.url}/?source=shop&filter=bogus,is,x")
    expect(page.get_by_role("heading", name="Actors by weekday and hour")).to_be_visible()
    page.locator("ff-heatmap").get_by_text("Not counted.").wait_for()
