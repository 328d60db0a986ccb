"""The Overview inside a page of a Django project on another origin, in a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import pytest
from benchmarks.servers import free_port
from tests.e2e.conftest import FLAGS, Served, window
from tests.e2e.reader import expect, has, headline, headline_of, number, settle, until
from tests.waiting import PATIENCE, wait_until

import footfall
from footfall.lake.folder import LakeFolder
from footfall.model.query import Query
from footfall.workspace.workspace import Workspace
from footfall_client.embed import address, frame, sign

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Frame, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PROJECT = Path(__file__).parents[1] / "clients" / "python"
MOBILE = {"field": "device", "operator": "is", "value": "mobile"}
PERSON = {"username": "ada", "password": "only for tests"}


PREPARE = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", run_syncdb=True, verbosity=0)
call_command("createsuperuser", interactive=False, verbosity=0)
"""


@dataclass
class Host:
    """A Django project at `url`; it embeds the shop's mobile visitors for its staff."""

    url: str
    secret: str


@pytest.fixture(scope="module")
def secret(served: Served) -> str:
    key = LakeFolder.open(served.root).secret
    with Workspace(served.root) as workspace:
        return workspace.embeds.create("shop", "project", key).secret


@pytest.fixture(scope="module")
def host(served: Served, secret: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("project")
    given = {
        **os.environ, "PYTHONPATH": str(PROJECT), "DJANGO_SETTINGS_MODULE": "project.settings",
        "PROJECT_DATABASE": str(folder / "project.db"), "FOOTFALL_URL": served.url,
        "FOOTFALL_SOURCE": "shop", "FOOTFALL_EMBED": secret, "FOOTFALL_FILTER": json.dumps(MOBILE),
        "DJANGO_SUPERUSER_USERNAME": PERSON["username"], "DJANGO_SUPERUSER_EMAIL": "a@b.example",
        "DJANGO_SUPERUSER_PASSWORD": PERSON["password"],
    }  # fmt: skip
    subprocess.run([sys.executable, "-c", PREPARE], env=given, check=True, capture_output=True)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "project.asgi:application", "--lifespan", "off"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port)], env=given, stdout=log, stderr=log
        )
        try:
            url = f"http://localhost:{port}/health"
            wait_until(lambda: process.poll() is not None or _answers(url))
            assert process.poll() is None, (folder / "log").read_text()[-2000:]
            # Another name than the server's, so that it is another site, not only another origin.
            yield Host(f"http://localhost:{port}", secret)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=PATIENCE) as answer:
            answer.read()
    except OSError:
        return False
    return True


@pytest.fixture
def stranger(browser: Browser) -> Iterator[BrowserContext]:
    """A window of somebody who never logged in to Footfall."""
    viewport = {"width": 1200, "height": 950}
    with window(browser, viewport=viewport, locale="en-GB") as context:
        yield context


@contextmanager
def page_with(body: Callable[[str], str]) -> Generator[str]:
    """Address of a page on an origin of its own, with the body made for that origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        origin = f"http://localhost:{server.server_port}"
        page = f"<!doctype html><title>Host</title>{body(origin)}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield origin
        finally:
            server.shutdown()
            thread.join()


def shown_in(page: Page) -> Frame:
    """The frame in the page, with every part settled."""
    page.wait_for_selector("iframe")
    until(page, lambda: len(page.frames) == 2 and "/embed/" in page.frames[1].url)
    inside = page.frames[1]
    inside.wait_for_selector("ff-strip[data-phase=ready]")
    settle(inside)
    return inside


def events_in(served: Served, **asked: Any) -> int:
    """What the library counts; bots are hidden on the page."""
    people = {"field": "is_bot", "operator": "is", "value": False}
    conditions = [people, *asked.pop("filters", [])]
    lake = footfall.open(served.root)
    found = lake.query(Query("shop", filter={"and": conditions}, **asked))  # type: ignore[arg-type]
    return int(found.rows[0]["events"])


def test_staff_of_another_application_see_their_numbers(
    stranger: BrowserContext, served: Served, host: Host
) -> None:
    page = stranger.new_page()
    said: list[str] = []
    # The host has no icon, which is its own affair.
    page.on("console", lambda m: said.append(m.text) if served.url in m.location["url"] else None)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    assert page.goto(f"{host.url}/analytics/").status == 403  # type: ignore[union-attr]
    page.goto(f"{host.url}/login/?next=/analytics/")
    page.fill("[name=username]", PERSON["username"])
    page.fill("[name=password]", PERSON["password"])
    with page.expect_navigation(wait_until="commit"):
        page.evaluate("document.querySelector('form').submit()")
    inside = shown_in(page)
    seen = number(headline(inside, "events"))
    whole = events_in(served, time_range="last 30 days")
    mobile = events_in(served, time_range="last 30 days", filters=[MOBILE])
    assert seen == mobile
    assert 0 < mobile < whole
    expect(inside.locator(".pill.fixed")).to_have_text("Device is Mobile")
    assert inside.locator(".pill-remove").count() == 0
    _has_nothing_of_the_rest(inside)
    assert said == []
    assert not [url for url in asked if re.search(r"/api/.*token=", url)]
    assert {url.partition("?")[0].rpartition("/")[2] for url in asked if "/api/" in url} == {
        "query", "sources", "live",
    }  # fmt: skip
    assert [cookie for cookie in stranger.cookies() if "footfall" in str(cookie)] == []


def _has_nothing_of_the_rest(inside: Frame) -> None:
    links = inside.eval_on_selector_all("a", "links => links.map(a => a.getAttribute('href'))")
    assert links == ["#main"]
    assert inside.locator("ff-recent, .headline-open, ff-theme, .brand").count() == 0
    assert inside.get_by_role("button", name=re.compile("Source")).count() == 0
    inside.locator(".plot-area").click()
    inside.locator(".heat-area rect").first.click(force=True)
    assert inside.locator("dialog").count() == 0
    inside.get_by_role("button", name="Filter", exact=False).first.click()
    fields = inside.locator("dialog select[name=field] option")
    fields.first.wait_for(state="attached")
    offered = fields.evaluate_all("options => options.map(o => o.value)")
    assert "country" in offered
    assert not {"actor_id", "distinct_id", "url", "user_agent", "properties."} & set(offered)
    inside.locator("dialog").get_by_role("button", name="Cancel").click()


def test_periods_and_filters_narrow_it_inside(
    stranger: BrowserContext, served: Served, secret: str
) -> None:
    def framed(origin: str) -> str:
        token = sign(secret, "shop", filter=MOBILE, period="7d", theme="dark", origins=[origin])
        return frame(served.url, token, height=900)

    with page_with(framed) as origin:
        page = stranger.new_page()
        page.goto(origin)
        inside = shown_in(page)
        week = events_in(served, time_range="last 7 days", filters=[MOBILE])
        assert number(headline(inside, "events")) == week
        assert inside.evaluate("document.documentElement.dataset.theme") == "dark"
        inside.locator(".period-menu .menu-button").click()
        inside.get_by_role("menuitemradio", name="Last 30 days").click()
        month = events_in(served, time_range="last 30 days", filters=[MOBILE])
        expect(headline_of(inside, "events")).to_have_text(f"{month:,}")
        settle(inside)
        inside.locator("ff-list[card=places] .row-name").first.click()
        expect(inside.locator(".pill")).to_have_count(2)
        until(page, lambda: number(headline(inside, "events")) < month)
        # Going back is the host's: the frame put nothing into its history.
        assert page.evaluate("history.length") <= 2
        with page.expect_download() as saved:
            inside.locator("ff-chart .icon-menu button").first.click()
            inside.get_by_role("menuitem", name="Numbers as CSV").click()
        text = Path(saved.value.path()).read_text("utf-8")
        assert text.splitlines()[0].startswith("start,end,is_partial,actors")


def test_its_address_changed_shows_nothing_more(
    stranger: BrowserContext, served: Served, secret: str
) -> None:
    token = sign(secret, "shop", filter=MOBILE)
    page = stranger.new_page()
    page.goto(f"{address(served.url, token)}&source=blank&filter=device,is,desktop&bots=shown")
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
    assert number(headline(page, "events")) == 0  # mobile and desktop at once: nobody
    expect(page.locator("ff-notices")).to_contain_text("There is no source “blank”; showing shop")
    assert page.goto(f"{served.url}/?source=shop").status == 401  # type: ignore[union-attr]
    assert page.goto(address(served.url, token[:-2])).status == 401  # type: ignore[union-attr]


def test_no_other_origin_frames_it(stranger: BrowserContext, served: Served, secret: str) -> None:
    for origins in (["https://intranet.example"], []):
        token = sign(secret, "shop", origins=origins)
        with page_with(lambda _, token=token: frame(served.url, token)) as origin:
            page = stranger.new_page()
            said: list[str] = []
            page.on("console", lambda m, said=said: said.append(m.text))
            page.goto(origin)
            until(page, lambda said=said: any("frame-ancestors" in text for text in said))
            assert page.frames[1].locator("ff-controls").count() == 0
            page.close()


def test_when_it_ends_the_page_says_so_and_asks_no_more(
    stranger: BrowserContext, served: Served
) -> None:
    key = LakeFolder.open(served.root).secret
    with Workspace(served.root) as workspace:
        issued = workspace.embeds.create("shop", "short", key)
        page = stranger.new_page()
        page.goto(address(served.url, sign(issued.secret, "shop")))
        page.wait_for_selector("ff-strip[data-phase=ready]")
        settle(page)
        before = headline(page, "events")
        workspace.embeds.revoke(issued.info.prefix)
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if "/api/" in request.url else None
    )
    page.keyboard.press("t")
    page.evaluate("document.dispatchEvent(new CustomEvent('ff:pulse'))")
    expect(page.locator("ff-notices [role=alert]")).to_contain_text("has been closed")
    # A pulse refreshes quietly: the numbers that were there stay.
    assert headline(page, "events") == before
    page.wait_for_timeout(1500)
    asked.clear()
    page.evaluate("document.dispatchEvent(new CustomEvent('ff:pulse'))")
    page.keyboard.press("w")
    expect(page).to_have_url(has("period=7d"))
    page.wait_for_timeout(2500)
    assert asked == []
    assert "Log in" not in page.locator("body").inner_text()


def test_blocked_cookies_do_not_matter(browser: Browser, served: Served, secret: str) -> None:
    strict = browser.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=[*FLAGS, "--test-third-party-cookie-phaseout"],
    )

    def framed(origin: str) -> str:
        return frame(served.url, sign(secret, "shop", origins=[origin]))

    with page_with(framed) as origin, window(strict, locale="en-GB") as context:
        page = context.new_page()
        page.goto(origin)
        assert number(headline(shown_in(page), "events")) > 0
    strict.close()
