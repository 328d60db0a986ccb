"""Pages on an origin of their own, measured by a real browser for a real server."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from tests.e2e.conftest import Complaints, launched, window
from tests.server.conftest import Running, make_lake, quiet, run
from tests.waiting import PATIENCE

from footfall.query.listings.events import list_events
from footfall.query.listings.listing import Listing

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

__all__ = ["quiet"]

PAGES = Path(__file__).parent / "pages"
TYPES = {".html": "text/html; charset=utf-8", ".wav": "audio/wav", ".mjs": "text/javascript"}
# Of what stands in the file beside its fixture, only the name and the attributes differ.
TAG = '<script {how} src="{server}/footfall.js" data-key="{key}" {attributes}></script>'
STUB = (
    "<script>window.footfall = window.footfall || function () "
    "{ (footfall.q = footfall.q || []).push(arguments) }</script>"
)

T = TypeVar("T")


@dataclass
class Site:
    """The measured site; each visit sees its pages below a path of its own.

    In a page, `$tracker` stands for the script's tag, `$stub` for the early queue, `$server`
    and `$key` for where events go.
    """

    server: Running
    key: str
    url: str = ""
    tags: dict[str, str] = field(default_factory=dict[str, str])
    policies: dict[str, str] = field(default_factory=dict[str, str])
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def answer(self, path: str) -> tuple[bytes, dict[str, str]] | None:
        """Body and headers of a path such as `/visit-1/plain.html`."""
        _, mark, *_, name = path.partition("?")[0].split("/")
        if name in self.files:
            return self.files[name], {"Content-Type": TYPES[Path(name).suffix]}
        if not (PAGES / name).is_file():
            return None
        text = (PAGES / name).read_text("utf-8").replace("$tracker", self.tags.get(mark, ""))
        text = text.replace("$stub", STUB).replace("$server", self.server.url)
        headers = {"Content-Type": TYPES[Path(name).suffix]}
        if mark in self.policies:
            headers["Content-Security-Policy"] = self.policies[mark]
        return text.replace("$key", self.key).encode(), headers

    def tag(self, how: str = "defer", **attributes: str) -> str:
        """The tag of the script with these `data-` attributes."""
        given = " ".join(
            f'data-{name.replace("_", "-")}="{value}"' for name, value in attributes.items()
        )
        return TAG.format(how=how, server=self.server.url, key=self.key, attributes=given)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, site: Site, *given: Any) -> None:
        self.site = site
        super().__init__(*given)

    def do_GET(self) -> None:
        found = self.site.answer(self.path)
        body, headers = found or (b"", {})
        status = 200 if found else 404
        start, _, end = self.headers.get("Range", "").removeprefix("bytes=").partition("-")
        if start:
            # Players ask for parts, and cannot seek where they get everything instead.
            headers = {
                **headers,
                "Content-Range": f"bytes {start}-{end or len(body) - 1}/{len(body)}",
            }
            status, body = 206, body[int(start) : int(end or len(body)) + 1]
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of an empty lake for all visits of a module."""
    lake = make_lake(tmp_path_factory.mktemp("tracked") / "lake")
    hasty = replace(lake.settings.intake, move_every="50ms")
    lake.settings = replace(lake.settings, intake=hasty)
    with run(lake) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as people have it: Playwright's own would not keep pages to go back to."""
    with launched(ignore_default_args=["--disable-back-forward-cache"]) as browser:
        yield browser


@pytest.fixture(scope="module")
def site(server: Running) -> Iterator[Site]:
    """The measured pages, on `localhost` while the server goes by its number."""
    with serving_pages(server) as site:
        yield site


class serving_pages:  # noqa: N801 - used like a function
    """The pages served for as long as the block lasts."""

    def __init__(self, server: Running) -> None:
        key = server.app.state.workspace.keys.create("web", "pages").secret
        self._site = Site(server, key)
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self._site))
        self._http.daemon_threads = True
        self._site.url = f"http://localhost:{self._http.server_port}"

    def __enter__(self) -> Site:
        threading.Thread(target=self._http.serve_forever, args=(0.05,)).start()
        return self._site

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()


_numbers = count(1)


@dataclass
class Visit:
    """A visitor's browser window on the site, and what the server knows of it."""

    site: Site
    context: BrowserContext
    complaints: Complaints
    mark: str = field(default_factory=lambda: f"visit-{next(_numbers)}")

    def open(self, name: str = "plain.html", *, how: str = "defer", **attributes: str) -> Page:
        """A new tab with that page, whose script has these `data-` attributes."""
        self.site.tags[self.mark] = self.site.tag(how, **attributes)
        page = self.tab()
        page.goto(self.url(name))
        return page

    def tab(self) -> Page:
        """A new tab whose complaints are heard."""
        page = self.context.new_page()
        page.on("console", self.complaints.hear)
        page.on("pageerror", lambda error: self.complaints.found.append(f"exception: {error}"))
        return page

    def url(self, name: str) -> str:
        """Address of one of the visit's pages."""
        return f"{self.site.url}/{self.mark}/{name}"

    def events(self) -> list[dict[str, Any]]:
        """Everything stored of this visit, in the order of time."""
        state = self.site.server.app.state
        own = {"field": "url", "operator": "contains", "value": f"/{self.mark}/"}
        asked = Listing("web", filter=own, order="timestamp")
        return list_events(state.lake, state.engine, asked, now=state.clock()).rows

    def hasten(self) -> None:
        """Make timers of this visitor's pages ten times as fast."""
        self.context.add_init_script(
            "const slowly = setTimeout; window.setTimeout = (run, wait) => slowly(run, wait / 10)"
        )

    def heard(self, **expected: int) -> list[dict[str, Any]]:
        """The events once there are as many of each name as expected, and no others.

        Looks again after a moment: what comes too often may come later.
        """
        soon(self._names, Counter(expected))
        time.sleep(0.2)
        assert self._names() == Counter(expected)
        return self.events()

    def one(self, name: str, **others: int) -> dict[str, Any]:
        """The only event of that name, once it and as many others as expected are there."""
        events = self.heard(**{name: 1}, **others)
        return next(event for event in events if event["name"] == name)

    def _names(self) -> Counter[str]:
        return Counter(event["name"] for event in self.events())


def draw(page: Page, script: str = "") -> None:
    """Run a script in the page, and return once what it changed was drawn."""
    frame = "new Promise(done => requestAnimationFrame(done))"
    page.evaluate(f"async () => {{ {script}; await {frame}; await {frame} }}")


def measured(page: Page, kind: str, act: Callable[[], object] = lambda: None) -> None:
    """Act, and return once the browser has told whoever asked of something of that kind."""
    # The observer is held by the page: one that nobody holds may be let go of unheard.
    page.evaluate(
        """type => {
          window.watched ??= {};
          const observer = new PerformanceObserver(() => { watched[type] = observer; });
          observer.observe({ type, buffered: true, durationThreshold: 16 });
          (window.watching ??= []).push(observer);
        }""",
        kind,
    )
    act()
    assert soon(lambda: page.evaluate("type => type in watched", kind), True)


def soon(look: Callable[[], T], wanted: T, seconds: float = PATIENCE) -> T:
    """What is seen as soon as it is what is wanted, or at the end of the time."""
    end = time.monotonic() + seconds
    while (found := look()) != wanted and time.monotonic() < end:
        time.sleep(0.05)
    return found


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Visit]:
    """A fresh visitor, with whom nothing may go wrong on the console."""
    complaints = Complaints()
    with window(browser, viewport={"width": 1000, "height": 700}, locale="de-AT") as context:
        yield Visit(site, context, complaints)
    assert complaints.unexpected() == []
