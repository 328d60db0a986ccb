"""What the Overview page looks like: in light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.e2e.conftest import UPDATES_SCREENSHOTS, Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, StorageState

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCREENSHOTS = Path(__file__).parent / "screenshots"
README_IMAGE = Path(__file__).resolve().parents[2] / "docs" / "images" / "overview.png"
MOST_BYTES = 300_000

LOOKS = [("light", 1280, 900), ("dark", 1280, 900), ("light", 390, 844), ("dark", 390, 844)]

# WCAG 2.2, contrast of text that is seen against the colour behind it.
_CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] > 230) return color;
    }
    return rgba("white");
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({ opacityProperty: true })) continue;
    if (element.closest(".visually-hidden, .skip-link, noscript, script")) continue;
    const is_svg = element instanceof SVGElement;
    const style = getComputedStyle(element);
    const row = element.closest(".row")?.querySelector(".bar");
    const back = row ? rgba(getComputedStyle(row).backgroundColor) : behind(element);
    const [a, b] = [light(rgba(is_svg ? style.fill : style.color)), light(back)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`${walker.currentNode.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(found)];
}"""


@pytest.mark.parametrize(("scheme", "width", "height"), LOOKS)
def test_overview_looks(
    browser: Browser, login: StorageState, served: Served, scheme: Any, width: int, height: int
) -> None:
    context = browser.new_context(
        storage_state=login,
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{served.url}/?source=shop&period=30d")
    page.wait_for_selector("ff-chart[data-phase=ready] .line.now")
    page.wait_for_function("!document.querySelector('.part[data-phase=loading]')")
    keep(page, scheme, width)
    assert page.evaluate(_CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def keep(page: Page, scheme: str, width: int) -> None:
    """Keep pictures for whoever looks; one of them is shown in the README."""
    SCREENSHOTS.mkdir(exist_ok=True)
    name = "narrow" if width < 760 else "wide"
    page.screenshot(path=SCREENSHOTS / f"overview-{scheme}-{name}.png", full_page=True)
    if UPDATES_SCREENSHOTS and (scheme, name) == ("light", "wide"):
        README_IMAGE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=README_IMAGE)
        assert README_IMAGE.stat().st_size < MOST_BYTES


def test_theme_button_outlives_a_reload(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/?source=shop")
    background = "getComputedStyle(document.body).backgroundColor"
    page.wait_for_selector("ff-theme button")
    light = page.evaluate(background)
    page.keyboard.press("t")  # light
    page.keyboard.press("t")  # dark
    dark = page.evaluate(background)
    assert dark != light
    page.reload()
    assert page.evaluate(background) == dark
