"""Other people's JavaScript clients, in a real browser and in Node, and where they send."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.clients.javascript.packages import HERE, installed
from tests.clients.trackers.conftest import Inbox, inbox, silent_server, tracker_server
from tests.e2e.conftest import Complaints, launched, window
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Request

__all__ = ["inbox", "silent_server", "tracker_server"]

AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/150.0.0.0 Safari/537.36"
)
# Some clients send nothing for a browser that says it is driven by a program.
FLAGS = [f"--user-agent={AGENT}", "--disable-blink-features=AutomationControlled"]
PAGE = """<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Shop</title>
<link rel="icon" href="data:,"><script src="/{name}.js"></script></head><body></body></html>"""
HASTE = """{{ const slowly = setTimeout;
globalThis.setTimeout = (run, wait, ...more) => slowly(run, wait / {0}, ...more); }}"""
REFUSED = "the server responded with a status of"
"""What Chromium itself says on the console of an answer that is no success."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests here, so that they can be run, or left out, by themselves."""
    for item in items:
        if HERE in item.path.parents:
            for mark in ("npm", "browser", "slow"):
                item.add_marker(mark)


@pytest.fixture(scope="session")
def packages() -> Path:
    """Folder that the clients are installed in."""
    return installed()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as people have it."""
    with launched(*FLAGS) as browser:
        yield browser


class _Handler(BaseHTTPRequestHandler):
    """Pages below `/NAME/`, which load the client of that name, and the clients."""

    protocol_version = "HTTP/1.1"

    def __init__(self, bundles: Path, *given: Any) -> None:
        self.bundles = bundles
        super().__init__(*given)

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].split("/")[1]
        script = self.bundles / name
        is_script = script.suffix == ".js" and script.is_file()
        body = script.read_bytes() if is_script else PAGE.format(name=name).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def site(packages: Path) -> Iterator[str]:
    """Address of the pages: on `localhost`, while the server goes by its number."""
    handler = partial(_Handler, packages / "bundles")
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


class Visitor:
    """Somebody with a browser window of their own, in whose console nothing may go wrong."""

    def __init__(self, site: str, context: BrowserContext, inbox: Inbox) -> None:
        self.site = site
        self.context = context
        self.inbox = inbox
        self.complaints = Complaints()
        self._awaited: set[Request] = set()
        context.on("request", self._note)
        context.on("requestfinished", self._forget)
        context.on("requestfailed", self._forget)
        self.page = context.new_page()
        self.page.on("console", self.complaints.hear)
        self.page.on("pageerror", lambda error: self.complaints.found.append(f"exception: {error}"))

    def _note(self, request: Request) -> None:
        # Of a beacon nobody hears again.
        if request.resource_type != "ping":
            self._awaited.add(request)

    def _forget(self, request: Request) -> None:
        self._awaited.discard(request)

    def open(self, name: str, script: str = "", *, url: str = "") -> Page:
        """A page with the client of that name, which then runs the script.

        The script is the body of a function of `url` (that of the inbox if none is given),
        `id` and `client`; what it awaits is awaited here.
        """
        self.page.clock.install()
        self.page.goto(f"{self.site}/{name}/a?utm_source=mail")
        self.page.evaluate(
            f"async ([url, id]) => {{ {script} }}", [url or self.inbox.url, self.inbox.id]
        )
        return self.page

    def run(self, script: str) -> Any:
        """What an expression in the page comes to."""
        return self.page.evaluate(script)

    def leave(self) -> None:
        """Go to another site."""
        self.page.goto("about:blank")
        self._awaited.clear()

    def until(self, is_so: Callable[[], bool], *, step: int = 200) -> None:
        """Wait while the page's clock runs by so many milliseconds a look, and then once more.

        Clients wait for company before they send, and longer before they send again; and
        more may come than should.
        """
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, "did not happen in time"
            self._let_go_by(step)
        self._let_go_by(10 * step)
        self.page.wait_for_timeout(100)

    def wait(self) -> None:
        """Let a minute go by on the page's clock: time enough to send again."""
        for _ in range(12):
            self._let_go_by(5000)

    def _let_go_by(self, milliseconds: int) -> None:
        """Put the page's clock on, unless an answer is awaited, for which clients wait so long."""
        if not self._awaited:
            self.page.clock.fast_forward(milliseconds)
        self.page.wait_for_timeout(20)

    def sent(
        self, protocol: str, stored: int, duplicates: int = 0, *, step: int = 200
    ) -> dict[str, dict[str, Any]]:
        """The events by name, once so many have come, and no others; see `until`."""
        wanted = (stored, duplicates, 0)
        self.until(lambda: sum(self.inbox.counts(protocol)) >= sum(wanted), step=step)
        assert self.inbox.counts(protocol) == wanted
        return by_name(self.inbox.events(stored))

    @property
    def url(self) -> str:
        """Address of the page."""
        return self.page.url


@pytest.fixture
def visitor(browser: Browser, site: str, inbox: Inbox) -> Iterator[Visitor]:
    with window(browser, viewport={"width": 1000, "height": 700}, locale="de-AT") as context:
        found = Visitor(site, context, inbox)
        yield found
    assert found.complaints.unexpected() == []


class Node:
    """Runs a module among the installed packages."""

    def __init__(self, packages: Path, inbox: Inbox) -> None:
        self._packages = packages
        self._inbox = inbox

    def run(self, script: str, *, url: str = "", key: str = "", faster: int = 1) -> str:
        """What it prints, errors too, once it has ended by itself without failing.

        The module knows `url` and `key`, those of the inbox if none are given. Its timers
        run so many times faster, those too after which it gives up a request.
        """
        known = {"url": url or self._inbox.url, "key": key or self._inbox.key}
        head = "".join(f"const {name} = {json.dumps(value)};" for name, value in known.items())
        done = subprocess.run(
            [str(shutil.which("node")), "--input-type=module", "--eval",
             head + HASTE.format(faster) + script],
            cwd=self._packages,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout.strip()


@pytest.fixture
def node(packages: Path, inbox: Inbox) -> Node:
    return Node(packages, inbox)


def by_name(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Events by their name, which none shares with another."""
    found = {event["name"]: event for event in events}
    assert len(found) == len(events)
    return found
