"""What a reader of the Overview page does and sees."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request
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


def asked(page: Page, act: Callable[[], Any], has: str) -> dict[str, Any]:
    """The query with `has` in it that an action makes the page ask."""
    with page.expect_request(
        lambda request: request.url.endswith("/api/v1/query") and has in (request.post_data or "")
    ) as waiting:
        act()
    return posted(waiting.value)


def posted(request: Request) -> dict[str, Any]:
    """The JSON body of a request."""
    return json.loads(request.post_data or "{}")


def make_key(page: Page, source: str) -> str:
    """A new write key of a source."""
    return ask(page, f"/api/v1/sources/{source}/keys", {"label": "test"})["key"]


def send(page: Page, served: Served, key: str, event: dict[str, Any]) -> None:
    """Send one event as a program would."""
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "curl/8.5.0"}
    answer = page.request.post(f"{served.url}/v1/events", data=event, headers=headers)
    assert answer.ok, answer.text()
    assert answer.json()["stored"] == 1
