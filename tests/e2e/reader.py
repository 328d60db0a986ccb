"""What a reader of the Overview page does and sees."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.e2e.conftest import Served

# The page promises three seconds; a loaded machine is given some more.
LIVE_SECONDS: Final = 15.0

_IS_SETTLED: Final = """() => {
  const parts = [...document.querySelectorAll(".part[data-phase]")];
  return parts.length > 5 && parts.every((part) => part.dataset.phase !== "loading");
}"""


def open_overview(page: Page, served: Served, search: str = "?source=shop") -> None:
    """The page with every part settled."""
    page.goto(f"{served.url}/{search}")
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)


def settle(page: Page) -> None:
    """Wait until no part is loading."""
    until(page, lambda: page.evaluate(_IS_SETTLED))


def until(page: Page, check: Callable[[], Any], seconds: float = LIVE_SECONDS) -> None:
    """Poll until `check` holds; an assertion error once the time is up.

    Playwright's own waiting evaluates text, which the page's policy rightly refuses.
    """
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, f"it did not come true within {seconds} s"
        page.wait_for_timeout(50)


def headline(page: Page, metric: str) -> str:
    """What the strip shows for a number."""
    return page.locator(f"[data-metric={metric}] .headline-value").inner_text()


def number(text: str) -> int:
    """A whole number as the page writes it."""
    return int(text.replace(",", ""))


def ask(page: Page, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """What the API answers to the page itself; a cookie is worth nothing elsewhere."""
    return page.evaluate(
        """async ([path, body]) => (await fetch(path, {
             method: "POST", body: JSON.stringify(body),
             headers: { "Content-Type": "application/json" },
           })).json()""",
        [path, body],
    )
