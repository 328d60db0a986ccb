"""What the Overview page looks like: in light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import UPDATES_SCREENSHOTS, Served, window
from tests.e2e.reader import expect, settle, until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, StorageState

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENSHOTS = Path(__file__).parent / "screenshots"
README_IMAGE = Path(__file__).resolve().parents[2] / "docs" / "images" / "overview.png"
MAX_BYTES = 300_000

LOOKS = [("light", 1280, 900), ("dark", 1280, 900), ("light", 390, 844), ("dark", 390, 844)]

CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")


@pytest.mark.parametrize(("scheme", "width", "height"), LOOKS)
def test_overview_looks(
    browser: Browser, login: StorageState, served: Served, scheme: Any, width: int, height: int
) -> None:
    with window(
        browser,
        storage_state=login,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    ) as context:
        page = context.new_page()
        page.goto(f"{served.url}/?source=shop&period=30d")
        page.wait_for_selector("ff-chart[data-phase=ready] .line.now")
        settle(page)
        keep(page, scheme, width)
        assert page.evaluate(CONTRAST) == []
        stroke = "element => getComputedStyle(element).stroke"
        assert page.locator(".line.now").first.evaluate(stroke).startswith("rgb")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def keep(page: Page, scheme: str, width: int) -> None:
    """Keep pictures for whoever looks; one of them is shown in the README."""
    SCREENSHOTS.mkdir(exist_ok=True)
    name = "narrow" if width < 760 else "wide"
    page.screenshot(path=SCREENSHOTS / f"overview-{scheme}-{name}.png", full_page=True)
    if UPDATES_SCREENSHOTS and (scheme, name) == ("light", "wide"):
        README_IMAGE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=README_IMAGE)
        assert README_IMAGE.stat().st_size < MAX_BYTES


def test_theme_button_outlives_a_reload(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/?source=shop")
    background = "getComputedStyle(document.body).backgroundColor"
    # Keys are heard from the moment that the page begins to load its parts.
    page.wait_for_selector("ff-strip")
    light = page.evaluate(background)
    button = page.locator("ff-theme button")
    for theme in ("light", "dark"):
        page.keyboard.press("t")
        expect(button).to_have_attribute("aria-label", f"Theme: {theme}")
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark


def test_the_api_page_begins_with_what_it_is_about(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/docs")
    link = page.get_by_role("navigation", name="Operations").get_by_role("link").last
    # Where there is room, the list of operations stands beside it.
    expect(link).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    expect(link).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_text("All operations").click()
    link.click()
    top = "document.querySelector(':target')?.getBoundingClientRect().top ?? Infinity"
    until(page, lambda: page.evaluate(top) < 844)


@pytest.mark.parametrize(("scheme", "width", "height"), LOOKS)
@pytest.mark.parametrize("path", ["/sql?source=shop", "/docs"])
def test_other_pages_look_alike(
    browser: Browser,
    login: StorageState,
    served: Served,
    path: str,
    scheme: Any,
    width: int,
    height: int,
) -> None:
    with window(
        browser,
        storage_state=login,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
    ) as context:
        page = context.new_page()
        page.goto(f"{served.url}/?source=shop")
        style = (
            "['backgroundColor', 'fontFamily'].map(name => getComputedStyle(document.body)[name])"
        )
        overview = page.evaluate(style)
        page.goto(f"{served.url}{path}")
        page.wait_for_selector("ff-theme button")
        assert page.evaluate(style) == overview
        assert page.evaluate(CONTRAST) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("locale", "midnight"), [("en-GB", "00:00"), ("en-US", "12 AM")])
def test_one_clock_on_the_whole_page(
    browser: Browser, login: StorageState, served: Served, locale: str, midnight: str
) -> None:
    with window(browser, storage_state=login, locale=locale) as context:
        page = context.new_page()
        page.goto(f"{served.url}/?source=shop&period=yesterday")
        page.wait_for_selector("ff-chart[data-phase=ready] .line.now")
        for part in ("ff-chart", "ff-heatmap"):
            expect(page.locator(f"{part} .axis", has_text=midnight).first).to_be_attached()
