"""Filters of the Overview page: rows, pills, menus and the dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Complaints, Served
from tests.e2e.reader import ask, headline, make_key, open_overview, send, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_row_filters_and_pill_undoes_it(page: Page, served: Served) -> None:
    open_overview(page, served)
    everyone = headline(page, "actors")
    row = page.locator("ff-list[card=places] .row").first
    name = row.locator(".row-text").inner_text()
    amount = row.locator(".row-number").inner_text()
    row.locator(".row-name").click()
    settle(page)
    assert page.locator(".pill").inner_text().replace("\n", " ") == f"Country is {name}"
    assert headline(page, "actors") == amount
    page.get_by_role("button", name=f"Remove filter: Country is {name}").click()
    settle(page)
    assert page.locator(".pill").count() == 0
    assert headline(page, "actors") == everyone


def test_alt_click_leaves_a_value_out(page: Page, served: Served) -> None:
    open_overview(page, served)
    first = page.locator("ff-list[card=origins] .row-name").first
    name = first.inner_text()
    first.click(modifiers=["Alt"])
    settle(page)
    assert page.locator(".pill").inner_text().replace("\n", " ") == f"Channel is not {name}"
    assert name not in page.locator("ff-list[card=origins] .row-text").all_inner_texts()


def test_context_menu_offers_what_can_be_done(page: Page, served: Served) -> None:
    open_overview(page, served)
    row = page.locator("ff-list[card=technology] .row-name").first
    name = row.inner_text()
    row.click(button="right")
    page.get_by_role("menuitem", name=f"Without {name}").click()
    settle(page)
    assert f"Browser is not {name}" in page.locator(".pill").inner_text().replace("\n", " ")


def test_filter_dialog_adds_and_changes(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.keyboard.press("/")
    page.get_by_label("Field").select_option("path")
    page.get_by_label("Condition").select_option("starts_with")
    page.get_by_label("Value", exact=True).fill("/p/")
    page.get_by_role("button", name="Add filter").click()
    settle(page)
    assert "filter=path,starts_with,/p/" in page.url
    paths = page.locator("ff-list[card=content] .row-text").all_inner_texts()
    assert paths
    assert all(path.startswith("/p/") for path in paths)
    page.locator(".pill-text").click()
    page.get_by_label("Condition").select_option("is_not_set")
    page.get_by_role("button", name="Change", exact=True).click()
    settle(page)
    assert "filter=path,is_not_set" in page.url


def test_filter_without_value_says_so(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.keyboard.press("/")
    page.get_by_role("button", name="Add filter").click()
    assert "Write a value" in page.locator("dialog [role=alert]").inner_text()


def test_refused_filter_is_said_once_and_removed(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("400")
    page.goto(f"{served.url}/?source=shop&filter=device,is,desktop&filter=country,like,DE")
    alert = page.get_by_role("alert")
    alert.wait_for()
    settle(page)
    assert alert.count() == 1
    assert "there is no operator 'like'" in alert.inner_text()
    assert page.locator(".part[data-phase=failed]").count() == 9
    page.get_by_role("button", name="Remove this filter").click()
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
    assert alert.count() == 0
    assert page.locator(".pill").inner_text().replace("\n", " ") == "Device is Desktop"
    assert page.locator(".part[data-phase=failed]").count() == 0


def test_declared_numbers_have_lists(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/login")
    declared = {"status": "int", "bytes": "int", "cached": "bool"}
    ask(page, "/api/v1/sources", {"name": "gate", "properties": declared})
    key = make_key(page, "gate")
    for status in (200, 200, 404):
        properties = {"status": status, "bytes": 512, "cached": True}
        send(page, served, key, {"name": "request", "distinct_id": "ada", "properties": properties})
    open_overview(page, served, "?source=gate&period=today&metric=events")
    card = page.locator("ff-list[card=events]")
    assert card.get_by_role("tab").all_inner_texts() == ["Events", "status", "cached"]
    card.get_by_role("tab", name="status").click()
    # The events are in the table a moment after their answers, and then on the page.
    card.locator(".row-text", has_text="404").wait_for()
    settle(page)
    assert card.locator(".row-text").all_inner_texts() == ["200", "404"]
    card.get_by_role("button", name="More lists: Events").click()
    page.get_by_role("menuitemradio", name="bytes").click()
    settle(page)
    assert card.get_by_role("tab", selected=True).inner_text() == "bytes"
    card.locator(".row-name").click()
    settle(page)
    assert "filter=properties.bytes,is,512" in page.url
    assert headline(page, "events") == "3"
