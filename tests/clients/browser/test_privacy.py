"""Nothing is kept unless it was agreed to, and nothing sent where it is not wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.clients.browser.conftest import Visit, soon

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEPT = """async () => ({
    cookie: document.cookie,
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: await indexedDB.databases(),
    caches: await caches.keys(),
    workers: (await navigator.serviceWorker.getRegistrations()).length,
})"""
NOTHING: dict[str, Any] = {
    "cookie": "", "local": {}, "session": {}, "databases": [], "caches": [], "workers": 0,
}  # fmt: skip
GPC = "Object.defineProperty(navigator, 'globalPrivacyControl', { value: true })"
DNT = "Object.defineProperty(navigator, 'doNotTrack', { value: '1' })"


def kept(page: Page) -> dict[str, str]:
    return page.evaluate("({ ...localStorage })")


def test_nothing_is_kept_in_the_browser(visit: Visit) -> None:
    page = visit.open()
    page.evaluate("footfall('signup'); footfall.identify('ada')")
    page.reload()
    page.wait_for_timeout(1200)
    assert page.evaluate(KEPT) == NOTHING
    assert visit.context.cookies() == []
    page.close()


def test_two_visits_on_a_day_are_one_visitor_by_the_servers_hash(visit: Visit) -> None:
    visit.open(auto="pageviews").close()
    visit.open(auto="pageviews").close()
    one, other = visit.heard(page_view=2)
    assert one["actor_id"] == other["actor_id"]
    assert (one["distinct_id"], one["is_bot"]) == (None, True)


def test_a_driven_browser_is_marked_though_it_calls_itself_a_usual_one(visit: Visit) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
    browser = visit.context.browser
    assert browser is not None
    marks: dict[str, bool] = {}
    for title, script in (
        ("driven", ""),
        ("usual", "delete Object.getPrototypeOf(navigator).webdriver"),
    ):
        context = browser.new_context(user_agent=agent)
        context.add_init_script(script)
        page = context.new_page()
        visit.site.tags[visit.mark] = visit.site.tag(auto="pageviews")
        page.goto(visit.url(f"plain.html?utm_source={title}"))
        context.close()
    for event in visit.heard(page_view=2):
        marks[event["utm_source"]] = event["is_bot"]
    assert marks == {"driven": True, "usual": False}


QUERY = "?utm_source=news&email=ada@x.example&q=flat+feet&msclkid=1&utm_medium=m"


@pytest.mark.parametrize(
    ("allowed", "sent"),
    [
        ({}, ["?utm_source=news&msclkid=1&utm_medium=m", ""]),
        ({"query": "q, page"}, ["?utm_source=news&q=flat+feet&msclkid=1&utm_medium=m", ""]),
        ({"query": "*"}, [QUERY, "?second"]),
    ],
)
def test_of_a_query_only_what_names_a_campaign_is_sent(
    visit: Visit, allowed: dict[str, str], sent: list[str]
) -> None:
    page = visit.open("plain.html" + QUERY, auto="pageviews", **allowed)
    page.click("#next")
    page.wait_for_url("**?second")
    page.close()
    first, second = visit.heard(page_view=2)
    page_urls = [visit.url("plain.html") + query for query in sent]
    assert [first["url"], second["url"]] == page_urls
    assert second["referrer"] == first["url"]
    assert (first["utm_source"], first["utm_medium"]) == ("news", "m")


def test_a_query_of_values_without_names_is_not_sent(visit: Visit) -> None:
    visit.open("plain.html?=secret&&token", auto="pageviews").close()
    assert visit.one("page_view")["url"] == visit.url("plain.html")


def test_nor_is_what_follows_where_the_address_changes_without_a_load(visit: Visit) -> None:
    page = visit.open("spa.html", auto="pageviews", hash="", query="page")
    page.evaluate("history.pushState({}, '', '?email=ada&page=2#/search?q=flat+feet')")
    page.evaluate("history.pushState({}, '', '?email=bob&page=2#/search?q=flat+feet')")
    page.close()
    # Another address is another page, though what differs is not sent.
    _, *views = visit.heard(page_view=3)
    shown = visit.url("spa.html?page=2#/search")
    assert [view["url"] for view in views] == [shown, shown]
    assert views[1]["referrer"] == shown
    assert "feet" not in str(views)


@pytest.mark.parametrize("signal", [GPC, DNT])
def test_who_says_no_is_left_alone(visit: Visit, signal: str) -> None:
    page = visit.open(auto="pageviews")
    page.evaluate("footfall.consent(true)")
    assert list(kept(page)) == ["footfall.id"]
    page.close()
    page = visit.tab()
    page.add_init_script(signal)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(visit.url("marked.html"))
    page.evaluate("footfall('signup'); footfall.consent(true); footfall.identify('ada')")
    page.click("#out")
    assert page.evaluate(KEPT) == NOTHING
    page.close()
    assert [url for url in requests if "/v1/events" in url] == []
    visit.heard(page_view=1)


def test_a_site_may_decide_otherwise(visit: Visit) -> None:
    visit.context.add_init_script(GPC + ";" + DNT)
    visit.open(auto="pageviews", respect_dnt="false").close()
    visit.heard(page_view=1)


def test_consent_gives_an_id_that_stays_until_it_is_withdrawn(visit: Visit) -> None:
    page = visit.open(auto="pageviews")
    page.evaluate("footfall.consent(true)")
    first = kept(page)["footfall.id"]
    page.evaluate("footfall.consent(true)")
    page.reload()
    other = visit.open("bare.html", auto="pageviews")
    assert kept(other) == {"footfall.id": first}
    other.evaluate("footfall.consent(false)")
    assert soon(lambda: page.evaluate(KEPT), NOTHING) == NOTHING
    # The tab beside it forgets as well.
    page.evaluate("footfall('after')")
    page.close()
    other.close()
    events = visit.heard(page_view=3, after=1)
    assert [(event["title"], event["distinct_id"]) for event in events] == [
        ("Plain", None), ("Plain", first), ("Bare", first), ("Plain", None),
    ]  # fmt: skip
    assert len(first) >= 16


def test_a_known_person_is_tied_to_the_id_from_before(visit: Visit) -> None:
    page = visit.open(auto="pageviews")
    page.evaluate("footfall.consent(true); footfall('before')")
    first = kept(page)["footfall.id"]
    page.evaluate("footfall.identify('ada', { plan: 'pro' }); footfall.identify('ada')")
    page.reload()
    page.evaluate("footfall.identify('ada'); footfall.reset(); footfall('later')")
    second = kept(page)["footfall.id"]
    page.close()
    events = visit.heard(page_view=2, before=1, identify=1, later=1)
    identify = next(event for event in events if event["name"] == "identify")
    assert identify["distinct_id"] == "ada"
    assert identify["properties"]["plan"] == "pro"
    assert first in str(identify), "the server is told who it was before"
    by_name = [(event["name"], event["distinct_id"]) for event in events]
    assert by_name[-2:] == [("page_view", "ada"), ("later", second)]
    assert ("before", first) in by_name
    assert first != second


def test_without_consent_a_person_is_known_until_the_page_is_left(visit: Visit) -> None:
    page = visit.open(auto="pageviews")
    page.evaluate("footfall.identify('ada'); footfall('here')")
    assert page.evaluate(KEPT) == NOTHING
    page.goto(visit.url("bare.html"))
    page.close()
    events = visit.heard(page_view=2, identify=1, here=1)
    known = {event["name"] for event in events if event["distinct_id"] == "ada"}
    assert known == {"identify", "here"}


def test_a_strict_policy_has_nothing_to_complain_of(visit: Visit) -> None:
    server = visit.site.server.url
    visit.site.policies[visit.mark] = (
        f"default-src 'none'; script-src {server}; connect-src {server}; img-src data:; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    page = visit.open(
        "bare.html", auto="pageviews,outbound,downloads,forms,scroll,vitals,errors,media,resize"
    )
    page.click("button")
    page.close()
    visit.heard(page_view=1, pressed=1, web_vitals=1)


def test_a_page_is_never_broken_by_what_it_passes(visit: Visit) -> None:
    visit.complaints.allowed += ["warning: footfall:"]
    page = visit.open(auto="")
    page.evaluate(
        "const loop = {}; loop.loop = loop; footfall('loop', loop); footfall('big', { n: 1n })"
    )
    page.evaluate(
        "footfall(); footfall(''); footfall('text', 'not an object'); footfall('null', null)"
    )
    page.evaluate("const given = { n: 1 }; footfall('copy', given); given.n = 2")
    page.close()
    events = {event["name"]: event["properties"] for event in visit.heard(text=1, null=1, copy=1)}
    assert events["copy"] == {"n": 1}
