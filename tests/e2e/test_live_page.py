"""The Overview page while events come in, and before there are any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Complaints, Served
from tests.e2e.reader import (
    ask,
    expect,
    has,
    headline,
    headline_of,
    make_key,
    number,
    open_overview,
    send,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_new_event_shows_by_itself(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=all&metric=events")
    page.wait_for_selector(".active-now[data-condition=live]")
    key = make_key(page, "shop")
    before = number(headline(page, "events"))
    send(page, served, key, {"name": "parcel_opened", "distinct_id": "ada"})
    expect(page.locator("ff-recent strong", has_text="parcel_opened")).to_have_count(1)
    expect(headline_of(page, "events")).to_have_text(f"{before + 1:,}")


def test_without_the_stream_it_asks(page: Page, served: Served, complaints: Complaints) -> None:
    complaints.allowed.append("503")
    page.route("**/api/v1/live*", lambda route: route.fulfill(status=503))
    open_overview(page, served, "?source=shop&period=all&metric=events")
    key = make_key(page, "shop")
    send(page, served, key, {"name": "parcel_lost", "distinct_id": "ada"})
    expect(page.locator("ff-recent strong", has_text="parcel_lost")).to_have_count(1)


def test_a_refused_stream_is_opened_again(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("503")
    page.route("**/api/v1/live*", lambda route: route.fulfill(status=503))
    page.goto(f"{served.url}/?source=shop&period=today&metric=events")
    # It is asked for after longer and longer waits: the parts below are not waited for before.
    page.wait_for_selector(".active-now[data-condition=polling]")
    page.unroute("**/api/v1/live*")
    page.wait_for_selector(".active-now[data-condition=live]")


def test_empty_source_waits_for_its_first_event(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/?source=blank")
    expect(page.locator("ff-empty")).to_contain_text("footfall ingest access.log --source blank")
    page.get_by_role("button", name="Make a write key").click()
    key = page.locator("code.write-key").inner_text()
    command = page.locator(".snippet code").first.inner_text()
    assert key in command
    assert f"{served.url}/v1/events" in command
    send(page, served, key, {"name": "signed_up", "distinct_id": "ada"})
    expect(headline_of(page, "events")).to_have_text("1")


def test_first_source_is_added_on_the_page(page: Page, served: Served) -> None:
    page.route("**/api/v1/sources", lambda route: route.fulfill(json={"sources": []}), times=1)
    page.goto(f"{served.url}/")
    page.get_by_label("Name").fill("garden")
    page.get_by_label("Time zone").fill("Asia/Kathmandu")
    page.get_by_role("button", name="Add the source").click()
    page.get_by_role("heading", name="Nothing in “garden” yet").wait_for()
    expect(page).to_have_url(has("source=garden"))
    expect(page.locator("#zone")).to_have_text("Days and hours in Asia/Kathmandu")


def test_old_events_are_found(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/login")
    ask(page, "/api/v1/sources", {"name": "attic"})
    event = {"name": "stored", "distinct_id": "ada", "timestamp": "2015-05-17T10:05:03Z"}
    send(page, served, make_key(page, "attic"), event)
    page.goto(f"{served.url}/?source=attic")
    page.get_by_text("The newest one is from 17 May 2015").wait_for()
    page.get_by_role("button", name="Show all time").click()
    expect(headline_of(page, "events")).to_have_text("1")
    expect(page.locator("ff-recent time")).to_have_text("17 May 2015")
