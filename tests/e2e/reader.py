"""What a reader of the Overview page does and sees."""

from __future__ import annotations

import importlib
import json
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, overload

import httpx
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Frame, Locator, Page, Request
    from playwright.sync_api._generated import LocatorAssertions, PageAssertions
    from tests.e2e.conftest import Served

_MOVED: Final = "\nfootfall_journal_backlog_bytes 0.0\n"

_IS_SETTLED: Final = """() => {
  const parts = [...document.querySelectorAll(".part[data-phase]")];
  return parts.length > 5 && parts.every((part) => part.dataset.phase !== "loading");
}"""


def open_overview(page: Page, served: Served, search: str = "?source=shop") -> None:
    """The page with every part settled."""
    page.goto(f"{served.url}/{search}")
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)


def settle(page: Page | Frame) -> None:
    """Wait until no part is loading.

    Says nothing of an action that the page has not heard of yet: `expect` what it shows at
    once, such as the address, before.
    """
    until(page, lambda: page.evaluate(_IS_SETTLED))


@overload
def expect(shown: Page) -> PageAssertions: ...
@overload
def expect(shown: Locator) -> LocatorAssertions: ...
def expect(shown: Page | Locator) -> PageAssertions | LocatorAssertions:
    """Playwright's assertions, which wait until they hold; a page may take its time."""
    return importlib.import_module("playwright.sync_api").expect(shown)


def until(page: Page | Frame, check: Callable[[], Any], seconds: float = PATIENCE) -> None:
    """Poll until `check` holds, for what `expect` cannot say; fail once the time is up.

    Playwright's `wait_for_function` evaluates text, which the page's policy rightly refuses.
    """
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, f"it did not come true within {seconds} s"
        page.wait_for_timeout(50)


def has(*parts: str) -> re.Pattern[str]:
    """An address with all these parts in it, in this order."""
    return re.compile(".*".join(re.escape(part) for part in parts))


def headline_of(page: Page | Frame, metric: str) -> Locator:
    """Where the strip shows a number."""
    return page.locator(f"[data-metric={metric}] .headline-value")


def headline(page: Page | Frame, metric: str) -> str:
    """What the strip shows for a number now."""
    return headline_of(page, metric).inner_text()


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


def send(page: Page, served: Served, key: str, *events: dict[str, Any]) -> None:
    """Send events as a program would, and return once they can be asked for.

    They are acknowledged before, and would come in the midst of whatever is done next.
    """
    assert deliver(served, key, *events) == len(events)
    until(page, lambda: are_moved(served))


def deliver(served: Served, key: str, *events: dict[str, Any]) -> int:
    """How many of these events are stored; they cannot be asked for yet."""
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "curl/8.5.0"}
    answer = httpx.post(
        f"{served.url}/v1/events", json=list(events), headers=headers, timeout=PATIENCE
    )
    assert answer.is_success, answer.text
    return answer.json()["stored"]


def are_moved(served: Served) -> bool:
    """Whether all that is stored can be asked for."""
    return _MOVED in httpx.get(f"{served.url}/metrics", timeout=PATIENCE).text
