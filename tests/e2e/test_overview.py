"""A reader walks the Overview page of the demo in a real browser."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from tests.e2e.conftest import Complaints, Served
from tests.e2e.reader import ask, headline, number, open_overview, settle, until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Request, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUERY = "**/api/v1/query"


def asked(page: Page, act: Callable[[], Any], has: str) -> dict[str, Any]:
    """The query with `has` in it that an action makes the page ask."""
    with page.expect_request(
        lambda request: request.url.endswith("/api/v1/query") and has in (request.post_data or "")
    ) as waiting:
        act()
    return posted(waiting.value)


def posted(request: Request) -> dict[str, Any]:
    """The JSON body of a request."""
    return json.loads(request.post_data or "{}")


def make_key(page: Page, source: str) -> str:
    """A new write key of a source."""
    return ask(page, f"/api/v1/sources/{source}/keys", {"label": "test"})["key"]


def send(page: Page, served: Served, key: str, event: dict[str, Any]) -> None:
    """Send one event as a program would."""
    headers = {"Authorization": f"Bearer {key}", "User-Agent": "curl/8.5.0"}
    answer = page.request.post(f"{served.url}/v1/events", data=event, headers=headers)
    assert answer.ok, answer.text()
    assert answer.json()["stored"] == 1


# Numbers


def test_strip_shows_what_the_api_answers(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=yesterday&compare=none&bots=shown")
    query = {
        "source": "shop",
        "metrics": ["events", "actors", "sessions"],
        "time_range": "yesterday",
    }
    row = ask(page, "/api/v1/query", query)["rows"][0]
    assert row["events"] > 0
    for metric in ("events", "actors", "sessions"):
        assert number(headline(page, metric)) == row[metric]


def test_bots_are_left_out_until_asked_for(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=today&metric=events")
    before = number(headline(page, "events"))
    agent = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
    send(page, served, make_key(page, "shop"), {"name": "crawled", "user_agent": agent})
    crawled = page.locator("ff-recent strong", has_text="crawled")
    page.wait_for_timeout(3_000)
    assert crawled.count() == 0
    assert number(headline(page, "events")) == before
    page.keyboard.press("b")
    until(page, lambda: crawled.count() == 1)
    settle(page)
    assert number(headline(page, "events")) == before + 1
    assert page.locator(".toggle").get_attribute("aria-pressed") == "true"
    assert "bots=shown" in page.url


def test_headline_draws_itself_in_the_chart(page: Page, served: Served) -> None:
    open_overview(page, served)
    query = asked(page, lambda: page.locator("[data-metric=bounce]").click(), '"granularity"')
    settle(page)
    assert query["metrics"] == ["bounce_rate"]
    assert page.locator("ff-chart h2").inner_text() == "Bounce rate"
    assert page.locator("ff-chart .line.now").count() > 0


# Filters


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


# Periods and comparison


def test_earlier_time_without_events_is_not_compared_with(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=12mo")
    assert page.locator("ff-strip .change").count() == 0
    assert page.locator("ff-chart .line.before").count() == 0
    query = asked(page, lambda: page.keyboard.press("a"), '"granularity"')
    assert query["compare"] is None
    settle(page)
    assert page.locator("ff-strip .change").count() == 0
    assert not page.locator(".compare-menu").is_visible()


def test_rates_change_in_points(page: Page, served: Served) -> None:
    open_overview(page, served)
    deltas = {
        metric: page.locator(f"[data-metric={metric}] .delta").inner_text()
        for metric in ("bounce", "events")
    }
    assert re.match(r"([↑↓] )?[\d.]+ pts", deltas["bounce"])
    assert re.match(r"([↑↓] )?\d+%", deltas["events"])


def test_partial_bucket_has_no_change(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&metric=events&view=table")
    rows = page.locator("ff-chart tbody tr")
    assert rows.last.locator("td").first.inner_text().endswith("(partial)")
    changes = page.locator("ff-chart tbody td:last-child").all_inner_texts()
    assert changes[-1] == "partial"
    assert all(re.fullmatch(r"[+-]?\d+%", text) for text in changes[:-1])


def test_hours_of_several_days_carry_their_day(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&granularity=hour")
    labels = page.locator("ff-chart .axis:not([text-anchor=end][x='38'])").all_text_contents()
    days = [label for label in labels if not re.fullmatch(r"\d\d:00", label)]
    assert len(days) >= 7
    assert len(days) == len(set(days))
    assert labels[0] == days[0]


def test_numbers_show_that_they_load(page: Page, served: Served) -> None:
    open_overview(page, served)
    held: list[Route] = []
    is_held = True
    page.route(QUERY, lambda route: held.append(route) if is_held else route.continue_())
    page.keyboard.press("w")
    strip = page.locator("ff-strip")
    assert strip.get_attribute("aria-busy") == "true"
    opacity = "element => Number(getComputedStyle(element).opacity)"
    until(page, lambda: strip.locator(".strip").evaluate(opacity) < 0.5)
    is_held = False
    for route in held:
        route.continue_()
    settle(page)
    until(page, lambda: strip.locator(".strip").evaluate(opacity) == 1)
    assert strip.get_attribute("aria-busy") == "false"


@pytest.mark.parametrize("has_filter", [False, True])
def test_keys_choose_periods(page: Page, served: Served, has_filter: bool) -> None:
    open_overview(page, served, "?source=shop" + "&filter=device,is,desktop" * has_filter)
    for key, label, granularity in (
        ("d", "Today", "hour"),
        ("e", "Yesterday", "hour"),
        ("w", "Last 7 days", "day"),
        ("y", "Last 12 months", "month"),
        ("m", "Last 30 days", "day"),
        ("r", "Last 30 minutes", "minute"),
    ):
        query = asked(page, lambda key=key: page.keyboard.press(key), '"granularity"')
        assert (query["time_range"], query["granularity"]) == (label.lower(), granularity)
        assert page.locator(".period-menu .menu-label").inner_text() == label
        assert page.locator(".pill").count() == has_filter


def test_menu_shows_its_keys_and_is_walked_with_arrows(page: Page, served: Served) -> None:
    open_overview(page, served)
    button = page.locator(".period-menu .menu-button")
    button.focus()
    page.keyboard.press("ArrowDown")
    shown = dict(
        zip(
            page.locator(".period-menu .menu-item:has(kbd) .menu-text").all_inner_texts(),
            page.locator(".period-menu kbd").all_inner_texts(),
            strict=True,
        )
    )
    assert shown["Today"] == "D"
    assert shown["Last 12 months"] == "Y"
    page.keyboard.press("ArrowUp")  # from the chosen "Last 30 days"
    page.keyboard.press("Enter")
    settle(page)
    assert "period=7d" in page.url
    assert button.evaluate("element => element === document.activeElement")


def test_comparison_goes_round_and_can_be_left_out(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=yesterday")
    assert page.locator("ff-strip .change").count() == 6
    query = asked(page, lambda: page.keyboard.press("c"), '"granularity"')
    assert query["compare"] == "week"
    settle(page)
    assert page.locator(".compare-menu .menu-label").inner_text() == "vs a week earlier"
    page.locator(".compare-menu .menu-button").click()
    page.get_by_role("menuitemradio", name="No comparison").click()
    settle(page)
    assert page.locator("ff-strip .change").count() == 0
    assert page.locator("ff-chart .line.before").count() == 0
    assert "compare=none" in page.url


def test_running_period_is_compared_up_to_the_same_time(page: Page, served: Served) -> None:
    """Half a day against a whole one would look like a loss on any morning."""
    open_overview(page, served, "?source=shop&period=today&bots=shown")
    today = {"source": "shop", "metrics": ["events"], "time_range": "today"}
    answer = ask(page, "/api/v1/query", {**today, "compare": "previous_period"})
    start, before = (
        time_of(page, part["range"]["start"]) for part in (answer, answer["comparison"])
    )
    end = before + page.evaluate("Date.now()") - start
    cut = {"start": iso(page, before), "end": iso(page, end)}
    expected = ask(page, "/api/v1/query", {**today, "time_range": cut})["rows"][0]["events"]
    shown = page.locator("[data-metric=events] .change").inner_text()
    # Some seconds lie between the page's question and this one.
    assert abs(number(shown.rpartition(" ")[2]) - expected) <= 1
    title = page.locator("[data-metric=events] .change [title]").get_attribute("title")
    assert title == "By the same time of the earlier period"


def iso(page: Page, at: float) -> str:
    """ISO text of milliseconds since 1970."""
    return page.evaluate("at => new Date(at).toISOString()", at)


def time_of(page: Page, text: str) -> float:
    """Milliseconds since 1970 of an ISO text."""
    return page.evaluate("text => Date.parse(text)", text)


def test_custom_period(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.locator(".period-menu .menu-button").click()
    page.get_by_role("menuitemradio", name="Custom…").click()
    last = page.evaluate("new Date(Date.now() - 3 * 864e5).toISOString().slice(0, 10)")
    first = page.evaluate("new Date(Date.now() - 9 * 864e5).toISOString().slice(0, 10)")
    page.get_by_label("First day").fill(first)
    page.get_by_label("Last day").fill(last)
    query = asked(
        page, lambda: page.get_by_role("button", name="Show", exact=True).click(), '"granularity"'
    )
    settle(page)
    assert query["time_range"] == f"{first}..{last}"
    assert f"period=custom&from={first}&to={last}" in page.url


# The URL is the state


@pytest.mark.parametrize("search", ["", "?source=shop&period=7d", "?source=nope"])
def test_first_load_asks_each_question_once(page: Page, served: Served, search: str) -> None:
    questions: list[tuple[str, str | None]] = []
    lost: list[str] = []

    def note(request: Request) -> None:
        if "/api/" in request.url:
            questions.append((request.url, request.post_data))

    page.on("request", note)
    page.on("requestfailed", lambda request: lost.append(request.url))
    page.goto(f"{served.url}/{search}")
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
    assert lost == []
    assert len(questions) > 8
    assert len(questions) == len(set(questions))


def test_what_an_address_cannot_show_is_said(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=nope&period=foo&metric=joy&filter=country")
    chosen = page.locator("ff-controls .menu-label").first.inner_text()
    assert page.locator("ff-notices p").all_inner_texts() == [
        f"There is no source “nope”; showing {chosen}.",
        "There is no period “foo”; showing Last 30 days.",
        "There is no number “joy”; showing Actors.",
        "The filter “country” is left out; it is written field,operator,value,"
        " such as country,is,DE.",
    ]
    page.keyboard.press("w")
    settle(page)
    assert page.locator("ff-notices p").count() == 0
    assert page.url.endswith(f"?source={chosen}&period=7d")


def test_url_restores_the_page(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.keyboard.press("w")
    page.locator("[data-metric=sessions]").click()
    page.get_by_role("tab", name="Devices").click()
    page.locator("ff-list[card=technology] .row-name").first.click()
    page.get_by_role("button", name="As a table").first.click()
    settle(page)
    before = (page.url, headline(page, "sessions"), page.locator(".pill").inner_text())
    page.reload()
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
    assert (page.url, headline(page, "sessions"), page.locator(".pill").inner_text()) == before
    assert page.get_by_role("tab", name="Devices").get_attribute("aria-selected") == "true"
    assert page.locator("ff-chart table").count() == 1


def test_back_undoes_a_filter(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.locator("ff-list[card=places] .row-name").first.click()
    settle(page)
    assert page.locator(".pill").count() == 1
    page.go_back()
    settle(page)
    assert page.locator(".pill").count() == 0


# Reading, opening and taking away numbers


def test_chart_reads_as_a_table_that_sorts(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&metric=events")
    page.get_by_role("button", name="As a table").first.click()
    cells = page.locator("ff-chart tbody tr td:nth-child(2)")
    assert cells.count() == 7
    page.locator("ff-chart th").nth(1).get_by_role("button").click()
    values = [number(text) for text in cells.all_inner_texts()]
    assert values == sorted(values, reverse=True)
    assert sum(values) == number(headline(page, "events"))


def test_chart_is_read_from_the_keyboard(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d")
    plot = page.locator("ff-chart .plot-area")
    plot.focus()
    page.keyboard.press("Home")
    first = plot.get_attribute("aria-valuetext")
    page.keyboard.press("ArrowRight")
    assert plot.get_attribute("aria-valuenow") == "1"
    assert plot.get_attribute("aria-valuetext") != first
    assert page.locator(".readout").is_visible()
    page.keyboard.press("Enter")
    assert page.locator("dialog.drawer").is_visible()


def test_chart_is_read_and_opened_by_pointer(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=7d&metric=events")
    plot = page.locator("ff-chart .plot-area")
    plot.hover(position={"x": 50, "y": 100})
    shown = page.locator(".readout-row.now strong").inner_text()
    plot.click(position={"x": 50, "y": 100})
    page.wait_for_selector("dialog.drawer ff-event-list[data-phase=ready]")
    assert page.locator("dialog.drawer").count() == 1
    n_listed = page.locator("dialog.drawer .event-list li").count()
    assert n_listed == min(number(shown), 50)


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
    assert "comparison_events" in rows[0]
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
    assert 'FROM "shop"' in page.locator("textarea").input_value()


def test_heat_map_cell_opens_its_events(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=30d&metric=events")
    heat = page.locator("ff-heatmap .heat-area")
    heat.focus()
    for key in ("Home", *["ArrowRight"] * 12):  # Monday at noon
        page.keyboard.press(key)
    read = page.locator(".heat-readout").inner_text()
    assert read.startswith("Monday 12:00–13:00: ")
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
    assert "all=path" in page.url
    everything = dialog.locator("tbody tr").count()
    assert everything > 8
    with page.expect_response(QUERY):
        dialog.get_by_role("searchbox").fill("start")
    until(page, lambda: 0 < dialog.locator("tbody tr").count() < everything)
    assert all("start" in text for text in dialog.locator(".row-text").all_inner_texts())
    dialog.locator("th").nth(0).get_by_role("button").click()
    names = dialog.locator(".row-text").all_inner_texts()
    assert names == sorted(names, key=str.lower)
    page.keyboard.press("Escape")
    until(page, lambda: "all=" not in page.url)


# Live


def test_new_event_shows_by_itself(page: Page, served: Served) -> None:
    open_overview(page, served, "?source=shop&period=today&metric=events")
    page.wait_for_selector(".active-now[data-condition=live]")
    key = make_key(page, "shop")
    before = number(headline(page, "events"))
    send(page, served, key, {"name": "parcel_opened", "distinct_id": "ada"})
    until(page, lambda: page.locator("ff-recent strong", has_text="parcel_opened").count() == 1)
    until(page, lambda: number(headline(page, "events")) == before + 1)
    assert page.locator("ff-recent .new").count() >= 1


def test_without_the_stream_it_asks(page: Page, served: Served, complaints: Complaints) -> None:
    complaints.allowed.append("503")
    page.route("**/api/v1/live*", lambda route: route.fulfill(status=503))
    open_overview(page, served, "?source=shop&period=today&metric=events")
    key = make_key(page, "shop")
    send(page, served, key, {"name": "parcel_lost", "distinct_id": "ada"})
    until(page, lambda: page.locator("ff-recent strong", has_text="parcel_lost").count() == 1)


def test_a_refused_stream_is_opened_again(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("503")
    page.route("**/api/v1/live*", lambda route: route.fulfill(status=503), times=2)
    open_overview(page, served, "?source=shop&period=today&metric=events")
    page.wait_for_selector(".active-now[data-condition=polling]")
    page.wait_for_selector(".active-now[data-condition=live]")


def test_empty_source_waits_for_its_first_event(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/?source=blank")
    page.wait_for_selector("ff-empty")
    assert "footfall ingest access.log --source blank" in page.locator("ff-empty").inner_text()
    page.get_by_role("button", name="Make a write key").click()
    key = page.locator("code.write-key").inner_text()
    command = page.locator(".snippet code").first.inner_text()
    assert key in command
    assert f"{served.url}/v1/events" in command
    send(page, served, key, {"name": "signed_up", "distinct_id": "ada"})
    page.wait_for_selector("ff-strip[data-phase=ready]")
    settle(page)
    assert headline(page, "events") == "1"


def test_first_source_is_added_on_the_page(page: Page, served: Served) -> None:
    page.route("**/api/v1/sources", lambda route: route.fulfill(json={"sources": []}), times=1)
    page.goto(f"{served.url}/")
    page.get_by_label("Name").fill("garden")
    page.get_by_label("Time zone").fill("Asia/Kathmandu")
    page.get_by_role("button", name="Add the source").click()
    page.get_by_role("heading", name="Nothing in “garden” yet").wait_for()
    assert "source=garden" in page.url
    assert page.locator("#zone").inner_text() == "Days and hours in Asia/Kathmandu"


def test_old_events_are_found(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/login")
    ask(page, "/api/v1/sources", {"name": "attic"})
    event = {"name": "stored", "distinct_id": "ada", "timestamp": "2015-05-17T10:05:03Z"}
    send(page, served, make_key(page, "attic"), event)
    page.goto(f"{served.url}/?source=attic")
    page.get_by_text("The newest one is from 17 May 2015").wait_for()
    page.get_by_role("button", name="Show all time").click()
    settle(page)
    assert headline(page, "events") == "1"
    assert page.locator("ff-recent time").inner_text() == "17 May 2015"


def test_sql_page_begins_with_an_example_and_lists_columns(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/sql?source=shop")
    text = page.get_by_label("SQL statement")
    until(page, lambda: "FROM shop" in text.input_value())
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector("ff-rows tbody tr")
    assert page.locator("ff-rows").get_by_role("columnheader").all_inner_texts() == ["name", "n"]
    text.fill("select ")
    for name in ("country", "items"):
        page.locator(".sql-sources details[open]").get_by_role(
            "button", name=name, exact=True
        ).click()
    assert text.input_value() == "select country items"
    page.get_by_role("link", name="Overview", exact=True).click()
    page.wait_for_selector("ff-strip[data-phase=ready]")


def test_sql_rows_keep_to_their_lines(page: Page, served: Served) -> None:
    sql = "select timestamp, e.* from shop as e limit 1001"
    page.goto(f"{served.url}/sql?{urlencode({'sql': sql})}")
    page.wait_for_selector("ff-rows tbody tr")
    assert page.locator("ff-rows tbody tr").count() == 1000
    summary = page.locator("ff-rows .card-head p").inner_text()
    assert re.fullmatch(
        r"1,001 rows in [\d,]+ ms. The first 1,000 are shown; the file has all.", summary
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
    page.get_by_role("alert").wait_for()
    assert "SELECT" in page.get_by_role("alert").inner_text()


# When something goes wrong


def refuse(route: Route) -> None:
    """Answer as a server whose engine has no memory left."""
    error = {"code": "limit_exceeded", "message": "The query ran out of memory.", "parameter": None}
    route.fulfill(status=422, json={"error": error})


def test_part_fails_alone_and_is_retried(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("422")

    def countries_fail(route: Route) -> None:
        if '"country"' in (route.request.post_data or ""):
            refuse(route)
        else:
            route.continue_()

    page.route(QUERY, countries_fail)
    open_overview(page, served)
    failed = page.locator("ff-list[card=places]")
    assert failed.get_by_role("alert").inner_text() == "The query ran out of memory."
    assert page.locator(".part[data-phase=failed]").count() == 1
    page.unroute(QUERY)
    failed.get_by_role("button", name="Try again").click()
    settle(page)
    assert failed.locator(".row").count() > 1


def test_slow_part_shows_progress_and_is_cancelled(page: Page, served: Served) -> None:
    waiting: list[Route] = []

    def chart_hangs(route: Route) -> None:
        if '"granularity"' in (route.request.post_data or ""):
            waiting.append(route)
        else:
            route.continue_()

    page.route(QUERY, chart_hangs)
    page.goto(f"{served.url}/?source=shop")
    chart = page.locator("ff-chart")
    chart.get_by_role("progressbar").wait_for()
    chart.get_by_role("button", name="Cancel").click()
    assert chart.locator(".part-status").inner_text().startswith("Cancelled.")
    page.unroute(QUERY)
    chart.get_by_role("button", name="Load", exact=True).click()
    page.wait_for_selector("ff-chart[data-phase=ready] .line.now")
    assert waiting


def test_server_that_is_gone_is_said_in_words(
    page: Page, served: Served, complaints: Complaints
) -> None:
    complaints.allowed.append("ERR_FAILED")
    page.route("**/api/v1/sources", lambda route: route.abort())
    page.goto(f"{served.url}/")
    page.get_by_role("alert").wait_for()
    assert "The server cannot be reached" in page.get_by_role("alert").inner_text()
    page.unroute("**/api/v1/sources")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_selector("ff-strip[data-phase=ready]")


# Reach


def test_shortcuts_are_listed_and_rest_while_typing(page: Page, served: Served) -> None:
    open_overview(page, served)
    page.keyboard.press("?")
    shown = page.locator("dialog dl").first.inner_text()
    assert all(label in shown for label in ("Today", "Next comparison", "Add a filter"))
    page.keyboard.press("w")
    assert "period=" not in page.url
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    assert "period=7d" in page.url


def test_tab_reaches_controls_numbers_and_lists(page: Page, served: Served) -> None:
    open_overview(page, served)
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "document.activeElement.closest('.skip-link, ff-menu, ff-now, ff-strip,"
                " ff-chart, ff-list')?.localName ?? ''"
            )
        )
    order = [name for name in dict.fromkeys(reached) if name]
    assert order == ["a", "ff-menu", "ff-now", "ff-strip", "ff-chart", "ff-list"]


def test_stranger_is_shown_how_to_log_in_and_the_printed_link_does_it(
    browser: Any, served: Served
) -> None:
    context = browser.new_context()
    page = context.new_page()
    response = page.goto(f"{served.url}/")
    assert response is not None
    assert response.status == 401
    assert "footfall token login" in page.locator("main").inner_text()
    page.goto(served.login_url)
    page.wait_for_selector("ff-strip[data-phase=ready]")
    context.close()
