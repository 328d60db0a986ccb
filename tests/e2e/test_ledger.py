"""The page that tells what became of everything received."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
import pytest
from tests.e2e.reader import expect, has

from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.model.time import utc_now
from footfall.workspace.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.e2e.conftest import Served

pytestmark = pytest.mark.browser

BODY = [{"name": "a", "event_id": "1"}, {"name": "a", "event_id": "1"}, {"nam": "b"}]


@pytest.fixture(scope="module")
def source(served: Served) -> str:
    """A source with an event, its repetition, a reject of its own, and a tracker's."""
    with Workspace(served.root, utc_now) as workspace:
        LakeFolder.open(served.root).save_source(
            Source("counted", tracker_ids=("counted.example",))
        )
        key = workspace.keys.create("counted", "test").secret
    with httpx.Client(base_url=served.url, timeout=60) as client:
        sent = client.post("/v1/events", json=BODY, headers={"Authorization": f"Bearer {key}"})
        assert sent.json()["stored"] == 1
        page = {"n": "pageview", "u": "https://counted.example/", "d": "counted.example"}
        assert client.post("/api/event", json=page).status_code == 202
    return "counted"


def cells(page: Page, part: str) -> list[list[str]]:
    rows = page.locator(f"{part} tbody tr")
    # All at once: they may be drawn anew between one question and the next.
    return rows.evaluate_all("rows => rows.map(row => [...row.cells].map(cell => cell.innerText))")


def test_counts_by_protocol_and_hour_add_up(served: Served, source: str, page: Page) -> None:
    page.goto(f"{served.url}/ledger?source={source}")
    page.get_by_text("4 received, 1 rejected").wait_for()
    assert cells(page, "ff-ledger-counts") == [
        [source, "http", "3", "1", "1", "1", "0", "yes"],
        [source, "plausible", "1", "1", "0", "0", "0", "yes"],
    ]
    page.get_by_label("Counted by").select_option("hour")
    page.get_by_text("Hour (UTC)").wait_for()
    expect(page).to_have_url(has("by=hour"))
    # Two rows where an hour ended between the requests.
    rows = [row[2:] for row in cells(page, "ff-ledger-counts")]
    assert [sum(map(int, column)) for column in list(zip(*rows, strict=True))[:5]] == [
        4, 2, 1, 1, 0,
    ]  # fmt: skip
    assert {row[5] for row in rows} == {"yes"}
    page.go_back()
    page.get_by_role("button", name="Protocol").first.wait_for()


def test_rejects_can_be_opened_taken_along_and_replayed(
    served: Served, source: str, page: Page
) -> None:
    page.goto(f"{served.url}/ledger?source={source}")
    page.get_by_role("button", name="missing_name 1").click()
    expect(page.locator("ff-ledger-rejects tbody tr")).to_have_count(1)
    (row,) = cells(page, "ff-ledger-rejects")
    assert row[3] == "http:2"
    assert row[5] == '{"nam":"b"}'
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    (line,) = download.value.path().read_text().splitlines()
    assert json.loads(line)["raw"] == '{"nam":"b"}'
    lake = LakeFolder.open(served.root)
    lake.change_source(source, lambda known: known.declare(nam="text"))
    page.get_by_role("button", name="Replay").click()
    page.get_by_text("1 read: 0 stored, 0 duplicates, 1 are rejects still.").first.wait_for()


def test_an_empty_ledger_says_so(served: Served, page: Page) -> None:
    LakeFolder.open(served.root).save_source(Source("silent"))
    page.goto(f"{served.url}/ledger?source=silent")
    page.get_by_text("Nothing was received in this time.").wait_for()
    page.get_by_text("Everything that came could be understood.").wait_for()
