"""Filters of the Overview page: rows, pills, menus and the dialog."""

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
    open_overview,
    send,
    settle,
)

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
    expect(page.locator(".pill")).to_have_text(f"Country is {name}")
    expect(headline_of(page, "actors")).to_have_text(amount)
    page.get_by_role("button", name=f"Remove filter: Country is {name}").click()
    expect(page.locator(".pill")).to_have_count(0)
    expect(headline_of(page, "actors")).to_have_text(everyone)


def test_alt_click_leaves_a_value_out(page: Page, served: Served) -> None:
    open_overview(page, served)
    first = page.locator("ff-list[card=origins] .row-name").first
    name = first.inner_text()
    first.click(modifiers=["Alt"])
    expect(page.locator(".pill")).to_have_text(f"Channel is not {name}")
    settle(page)
    assert name not in page.locator("ff-list[card=origins] .row-text").all_inner_texts()


def test_context_menu_offers_what_can_be_done(page: Page, served: Served) -> None:
    open_overview(page, served)
    row = page.locator("ff-list[card=technology] .row-name").first
    name = row.inner_text()
    row.click(button="right")
    page.get_by_role("menuitem", name=f"Without {name}").click()
    expect(page.locator(".pill")).to_have_text(f"Browser is not {name}")


def test_filter_dialog_adds_and_changes(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.keyboard.press("/")
    page.get_by_label("Field").select_option("path")
    page.get_by_label("Condition").select_option("starts_with")
    page.get_by_label("Value", exact=True).fill("/p/")
    page.get_by_role("button", name="Add filter").click()
    expect(page).to_have_url(has("filter=path,starts_with,/p/"))
    settle(page)
    paths = page.locator("ff-list[card=content] .row-text").all_inner_texts()
    assert paths
    assert all(path.startswith("/p/") for path in paths)
    page.locator(".pill-text").click()
    page.get_by_label("Condition").select_option("is_not_set")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page).to_have_url(has("filter=path,is_not_set"))


def test_filter_without_value_says_so(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.keyboard.press("/")
    page.get_by_role("button", name="Add filter").click()
    expect(page.locator("dialog [role=alert]")).to_contain_text("Write a value")


def test_refused_filter_is_said_once_and_removed(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("400")
    page.goto(f"{served.url}/?source=shop&filter=device,is,desktop&filter=country,like,DE")
    alert = page.get_by_role("alert")
    expect(page.locator(".part[data-phase=failed]")).to_have_count(9)
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("there is no operator 'like'")
    page.get_by_role("button", name="Remove this filter").click()
    expect(page.locator(".pill")).to_have_text("Device is Desktop")
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
    expect(alert).to_have_count(0)
    expect(page.locator(".part[data-phase=failed]")).to_have_count(0)


def test_declared_numbers_have_lists(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/login")
    declared = {"status": "int", "bytes": "int", "cached": "bool"}
    ask(page, "/api/v1/sources", {"name": "gate", "properties": declared})
    key = make_key(page, "gate")
    properties = [{"status": n, "bytes": 512, "cached": True} for n in (200, 200, 404)]
    event = {"name": "request", "distinct_id": "ada"}
    send(page, served, key, *({**event, "properties": each} for each in properties))
    open_overview(page, served, "?source=gate&period=7d&metric=events")
    card = page.locator("ff-list[card=events]")
    expect(card.get_by_role("tab")).to_have_text(["Events", "status", "cached"])
    card.get_by_role("tab", name="status").click()
    expect(card.locator(".row-text")).to_have_text(["200", "404"])
    card.get_by_role("button", name="More lists: Events").click()
    page.get_by_role("menuitemradio", name="bytes").click()
    expect(card.get_by_role("tab", selected=True)).to_have_text("bytes")
    card.locator(".row-name", has_text="512").click()
    expect(page).to_have_url(has("filter=properties.bytes,is,512"))
    settle(page)
    expect(headline_of(page, "events")).to_have_text("3")
