"""A served demo lake and a real browser that is logged in to it."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.conftest import component_missing
from tests.waiting import PATIENCE

from footfall.demo.lake import make_demo
from footfall.demo.recipe import Recipe
from footfall.model.source import Source
from footfall.model.time import utc_now
from footfall.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, StorageState

UPDATES_SCREENSHOTS = os.environ.get("FOOTFALL_UPDATE_SCREENSHOTS") == "1"
# Few events are enough to test with; a picture for readers should look lived in.
N_EVENTS = 120_000 if UPDATES_SCREENSHOTS else 6_000

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

_LOGIN = re.compile(r"(https?://\S+)/login\?key=\S+")


@dataclass
class Served:
    """A running server and its lake."""

    root: Path
    url: str


@dataclass
class Complaints:
    """What the browser had to say against a page: errors, refused resources, failed requests.

    `allowed` lists patterns of what a test provokes on purpose.
    """

    found: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Note an error or a warning on the console; CSP violations come this way too."""
        if message.type in ("error", "warning"):
            self.found.append(f"{message.type}: {message.text}")

    def unexpected(self) -> list[str]:
        """Complaints that no pattern allows."""
        return [
            text
            for text in self.found
            if not any(re.search(pattern, text) for pattern in self.allowed)
        ]


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo lake of a fixed seed that ends now, and an empty source beside it, served."""
    root = tmp_path_factory.mktemp("e2e") / "lake"
    demo = make_demo(root, Recipe(n_events=N_EVENTS))
    demo.lake.save_source(Source("blank", description="nothing yet"))
    with serving(root) as server:
        yield server


@contextmanager
def serving(root: Path) -> Generator[Served]:
    """`footfall serve` in a process of its own for as long as the block lasts."""
    command = [sys.executable, "-m", "footfall.cli.main", "serve", "--lake", str(root)]
    log = root / "serve.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [*command, "--port", "0", "--login"], stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            yield _announced(process, root, log)
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def _announced(process: subprocess.Popen[str], root: Path, log: Path) -> Served:
    assert process.stdout is not None
    for line in process.stdout:
        found = _LOGIN.search(line)
        if found:
            return Served(root, found[1])
    raise AssertionError(f"footfall serve ended: {log.read_text()[-4000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright.

    Not for the whole session: Playwright keeps an event loop running in this thread, in which
    no other test could run its own.
    """
    with launched() as browser:
        yield browser


@contextmanager
def launched(*flags: str, **options: Any) -> Generator[Browser]:
    """Chromium with these flags and options of Playwright, for as long as the block lasts."""
    path = shutil.which("chromium")
    if path is None:
        component_missing("no chromium on the PATH: Debian's package is called chromium")
    playwright = _playwright()
    playwright.expect.set_options(timeout=PATIENCE * 1000)
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=[*FLAGS, *flags], **options)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, **options: Any) -> Generator[BrowserContext]:
    """A fresh window with these options of Playwright, whose pages are waited for patiently."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE * 1000)
    try:
        yield context
    finally:
        context.close()


@pytest.fixture(scope="module")
def login(browser: Browser, served: Served) -> StorageState:
    """The cookie that a one-time login link gives."""
    with Workspace(served.root, utc_now) as workspace:
        key = workspace.logins.create()
    with window(browser) as context:
        context.new_page().goto(f"{served.url}/login?key={key}")
        return context.storage_state()


@pytest.fixture
def context(browser: Browser, login: StorageState) -> Iterator[BrowserContext]:
    """A fresh window of a logged-in reader in London at a desk."""
    with window(browser, **_desk(login)) as context:
        yield context


@pytest.fixture
def complaints() -> Complaints:
    """What the browser complained of; a test may allow what it provokes."""
    return Complaints()


@pytest.fixture
def page(context: BrowserContext, complaints: Complaints) -> Iterator[Page]:
    """A page that must end without errors and without anything refused by the policy."""
    page = context.new_page()
    page.on("console", complaints.hear)
    page.on("pageerror", lambda error: complaints.found.append(f"exception: {error}"))
    yield page
    page.close()
    assert complaints.unexpected() == []


def _desk(login: StorageState) -> dict[str, Any]:
    return {
        "storage_state": login,
        "viewport": {"width": 1280, "height": 900},
        "color_scheme": "light",
        "locale": "en-GB",
        "timezone_id": "Europe/London",
        "accept_downloads": True,
    }


def _playwright() -> Any:
    try:
        return importlib.import_module("playwright.sync_api")
    except ImportError:
        return component_missing("the package playwright is not installed")
