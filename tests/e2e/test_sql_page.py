"""A reader asks in SQL on the page /sql."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from tests.e2e.conftest import Complaints, Served
from tests.e2e.reader import expect, has

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_sql_page_begins_with_an_example_and_lists_columns(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/sql?source=shop")
    text = page.get_by_label("SQL statement")
    expect(text).to_have_value(has("FROM shop"))
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector("ff-rows tbody tr")
    expect(page.locator("ff-rows").get_by_role("columnheader")).to_have_text(["name", "n"])
    text.fill("select ")
    for name in ("country", "items"):
        page.locator(".sql-sources details[open]").get_by_role(
            "button", name=name, exact=True
        ).click()
    expect(text).to_have_value("select country items")
    page.get_by_role("link", name="Overview", exact=True).click()
    page.wait_for_selector("ff-strip[data-phase=ready]")


def test_sql_rows_keep_to_their_lines(page: Page, served: Served) -> None:
    sql = "select timestamp, e.* from shop as e limit 1001"
    page.goto(f"{served.url}/sql?{urlencode({'sql': sql})}")
    expect(page.locator("ff-rows tbody tr")).to_have_count(1000)
    expect(page.locator("ff-rows .card-head p")).to_have_text(
        re.compile(r"^1,001 rows in [\d,]+ ms. The first 1,000 are shown; the file has all.$")
    )
    height = "row => row.getBoundingClientRect().height"
    assert page.locator("ff-rows tbody tr").first.evaluate(height) < 40
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    assert len(waiting.value.path().read_text("utf-8").splitlines()) >= 1002


def test_sql_error_points_at_its_place(page: Page, served: Served, complaints: Complaints) -> None:
    complaints.allowed.append("400")
    sql = "select name from shop wher name = 1 order"
    page.goto(f"{served.url}/sql?{urlencode({'sql': sql})}")
    lines = page.get_by_role("alert").locator("pre")
    lines.wait_for()
    statement, caret = lines.inner_text().splitlines()[:2]
    assert sql in statement
    assert caret.strip("^ ") == ""
    assert "^" in caret
    assert lines.evaluate("element => getComputedStyle(element).whiteSpace") == "pre"


def test_sql_page_runs_what_is_in_its_address(page: Page, served: Served) -> None:
    sql = "select name, count(*) as n from shop group by name order by n desc"
    page.goto(f"{served.url}/sql?{urlencode({'sql': sql})}")
    page.wait_for_selector("ff-rows tbody tr")
    amounts = [int(text) for text in page.locator("ff-rows td.number").all_inner_texts()]
    assert len(amounts) > 3
    assert amounts == sorted(amounts, reverse=True)


def test_sql_page_says_what_is_not_allowed(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("400")
    page.goto(f"{served.url}/sql")
    page.get_by_label("SQL statement").fill("drop table shop")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("SELECT")
