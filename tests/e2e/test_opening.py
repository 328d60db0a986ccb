"""Numbers are read as tables, downloaded, and opened down to their events."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.e2e.conftest import Served
from tests.e2e.reader import expect, has, headline, number, open_overview, until

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_chart_reads_as_a_table_that_sorts(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&metric=events")
    page.get_by_role("button", name="As a table").first.click()
    cells = page.locator("ff-chart tbody tr td:nth-child(2)")
    expect(cells).to_have_count(7)
    heading = page.locator("ff-chart th").nth(1)
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    values = [number(text) for text in cells.all_inner_texts()]
    assert values == sorted(values, reverse=True)
    assert sum(values) == number(headline(page, "events"))


def test_chart_is_read_from_the_keyboard(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d")
    plot = page.locator("ff-chart .plot-area")
    plot.focus()
    page.keyboard.press("Home")
    expect(page.locator(".readout")).to_be_visible()
    expect(plot).to_have_attribute("aria-valuenow", "0")
    first = plot.get_attribute("aria-valuetext") or ""
    page.keyboard.press("ArrowRight")
    expect(plot).to_have_attribute("aria-valuenow", "1")
    expect(plot).not_to_have_attribute("aria-valuetext", first)
    page.keyboard.press("Enter")
    expect(page.locator("dialog.drawer")).to_be_visible()


def test_chart_is_read_and_opened_by_pointer(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&metric=events")
    plot = page.locator("ff-chart .plot-area")
    plot.hover(position={"x": 50, "y": 100})
    shown = page.locator(".readout-row.now strong").inner_text()
    plot.click(position={"x": 50, "y": 100})
    page.wait_for_selector("dialog.drawer ff-event-list[data-phase=ready]")
    expect(page.locator("dialog.drawer")).to_have_count(1)
    expect(page.locator("dialog.drawer .event-list li")).to_have_count(min(number(shown), 50))


def test_downloads(page: Page, served: Served, tmp_path: Path) -> None:
    open_overview(page, served, "?source=shop&period=7d&metric=events")
    files = {}
    for kind in ("CSV", "SVG", "PNG"):
        page.locator("ff-chart").get_by_role("button", name="Download").click()
        with page.expect_download() as waiting:
            page.get_by_role("menuitem", name=kind).click()
        files[kind] = tmp_path / waiting.value.suggested_filename
        waiting.value.save_as(files[kind])
    with files["CSV"].open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 7
    assert sum(int(row["events"]) for row in rows) == number(headline(page, "events"))
    assert "events.before" in rows[0]
    drawing = files["SVG"].read_text("utf-8")
    assert "<title>Events, Last 7 days, shop</title>" in drawing
    assert "var(" not in drawing  # it stands without the page's style sheet
    assert files["PNG"].read_bytes().startswith(b"\x89PNG")
    assert len(files["PNG"].read_bytes()) > 5_000


def test_heat_map_and_lists_are_downloaded_too(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&metric=events")
    names = []
    for kind in ("CSV", "SVG", "PNG"):
        page.locator("ff-heatmap").get_by_role("button", name="Download").click()
        with page.expect_download() as waiting:
            page.get_by_role("menuitem", name=kind).click()
        names.append(waiting.value.suggested_filename)
    page.get_by_role("button", name="Show all: Page").click()
    page.wait_for_selector("dialog.wide tbody tr")
    with page.expect_download() as waiting:
        page.locator("dialog.wide").get_by_role("button", name="CSV").click()
    names.append(waiting.value.suggested_filename)
    heat = "shop-events-weekday-hour"
    assert names == [f"{heat}.csv", f"{heat}.svg", f"{heat}.png", "shop-path.csv"]


def test_number_opens_the_events_behind_it(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&metric=events")
    row = page.locator("ff-list[card=events] .row").last
    name = row.locator(".row-text").inner_text()
    amount = number(row.locator(".row-number").inner_text())
    row.locator(".row-number").click()
    drawer = page.locator("dialog.drawer")
    page.wait_for_selector("dialog.drawer .event-list li")
    while drawer.get_by_role("button", name="More").count():
        before = drawer.locator(".event-list li").count()
        drawer.get_by_role("button", name="More").click()
        until(page, lambda before=before: drawer.locator(".event-list li").count() > before)
    names = drawer.locator(".event-list summary strong").all_inner_texts()
    assert set(names) == {name}
    assert len(names) == amount
    drawer.get_by_text("SQL behind the number").click()
    drawer.get_by_role("link", name="Ask in SQL").first.click()
    page.wait_for_selector(".sql-rows tbody tr")
    expect(page.locator("textarea")).to_have_value(has('FROM "shop"'))


def test_heat_map_cell_opens_its_events(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=30d&metric=events")
    heat = page.locator("ff-heatmap .heat-area")
    heat.focus()
    for key in ("Home", *["ArrowRight"] * 12):  # Monday at noon
        page.keyboard.press(key)
    readout = page.locator(".heat-readout")
    expect(readout).to_contain_text("Monday 12:00–13:00: ")
    read = readout.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.drawer ff-event-list[data-phase=ready]")
    times = page.locator("dialog.drawer time").all_inner_texts()
    assert len(times) == number(read.rpartition(" ")[2])
    assert all(re.match(r"Mon,? .* 12:\d\d:\d\d", text) for text in times)


def test_whole_list_searches_and_sorts(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.locator("ff-list[card=content]").get_by_role("button", name="Show all: Page").click()
    dialog = page.locator("dialog.wide")
    page.wait_for_selector("dialog.wide tbody tr")
    expect(page).to_have_url(has("all=path"))
    everything = dialog.locator("tbody tr").count()
    assert everything > 8
    dialog.get_by_role("searchbox").fill("start")
    until(page, lambda: 0 < dialog.locator("tbody tr").count() < everything)
    assert all("start" in text for text in dialog.locator(".row-text").all_inner_texts())
    heading = dialog.locator("th").nth(0)
    heading.get_by_role("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    names = dialog.locator(".row-text").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(has("all="))
