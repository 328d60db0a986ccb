"""Pages and static files: what is served, how it is kept, and what the policy allows."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.server.conftest import Running

from footfall.server.guard import Guard
from footfall.server.metrics import Metrics
from footfall.server.web import pages

WEB = Path(pages.__file__).parent
SCRIPTS = sorted((WEB / "static" / "js").glob("*.js"))
TEMPLATES = sorted((WEB / "templates").glob("*.html"))


class Client:
    """The pages behind their guard, asked without a network."""

    def get(self, path: str) -> httpx.Response:
        return asyncio.run(self._get(path))

    async def _get(self, path: str) -> httpx.Response:
        app = FastAPI()
        app.include_router(pages.router)
        transport = httpx.ASGITransport(Guard(app, None, Metrics()))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)


@pytest.fixture
def client() -> Client:
    return Client()


def test_every_file_a_page_names_is_served(client: Client) -> None:
    for path in ("/", "/sql"):
        text = client.get(path).text
        named = re.findall(r'(?:src|href)="(/static/[^"]+)"', text)
        assert len(named) >= 4
        for url in named:
            assert client.get(url).status_code == 200, url


def test_modules_import_only_what_is_there() -> None:
    for script in SCRIPTS:
        for name in re.findall(r'(?:from|import) "\./([^"]+)"', script.read_text("utf-8")):
            assert (script.parent / name).is_file(), f"{script.name} imports {name}"


def test_files_are_kept_under_their_digest_alone(client: Client) -> None:
    current = client.get(f"{pages.STATIC_URL}/js/app.js")
    assert current.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert current.headers["content-type"].startswith("text/javascript")
    digest = pages.STATIC_URL.removeprefix("/static/")
    for other in ("0123", digest[1:], digest[-1]):
        answer = client.get(f"/static/{other}/js/app.js")
        assert answer.headers["cache-control"] == "no-cache", other


@pytest.mark.parametrize("name", ["..%2fpages.py", "%2e%2e/pages.py", "js/none.js", ""])
def test_nothing_else_is_served(client: Client, name: str) -> None:
    assert client.get(f"{pages.STATIC_URL}/{name}").status_code == 404


def test_pages_carry_the_policy_and_keep_to_it(client: Client) -> None:
    for path in ("/", "/sql"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<style|<script(?![^>]*src=)|\sstyle=|\son[a-z]+=", answer.text)


def test_login_page_says_why() -> None:
    answer = pages.login_page("This link <b>was used</b>.")
    assert answer.status_code == 401
    assert "This link &lt;b&gt;was used&lt;/b&gt;." in bytes(answer.body).decode()


def test_values_never_become_markup() -> None:
    """Everything shown is text: events carry what strangers wrote."""
    for script in SCRIPTS:
        text = script.read_text("utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", text)


def test_files_hold_one_thing_each() -> None:
    for script in SCRIPTS:
        assert len(script.read_text("utf-8").splitlines()) <= 400, script.name


def test_scripts_are_well_formed() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node at hand; the browser tests load the same files")
    for script in SCRIPTS:
        subprocess.run([node, "--check", str(script)], check=True, capture_output=True)


def test_an_address_without_a_page_is_a_page_for_people(shared_server: Running) -> None:
    with shared_server.client() as client:
        page = client.get("/<nope>", headers={"Accept": "text/html,*/*;q=0.8"})
        plain = client.get("/nope", headers={"Accept": "*/*"})
    assert page.status_code == plain.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is nothing at <code>/&lt;nope&gt;</code>" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert plain.json()["error"]["code"] == "not_found"
