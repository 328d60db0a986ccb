"""Page views: one for each page that somebody sees, however it comes to be shown."""

from __future__ import annotations

import pytest
from tests.clients.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]

VIEWS = "pageviews"


def test_a_page_is_viewed_engaged_with_and_measured_once(visit: Visit) -> None:
    page = visit.open()
    page.wait_for_timeout(200)
    page.close()
    view = visit.one("page_view", engagement=1, web_vitals=1)
    assert view["url"] == visit.url("plain.html")
    assert (view["path"], view["title"]) == (f"/{visit.mark}/plain.html", "Plain")
    assert (view["language"], view["channel"]) == ("de-AT", "direct")
    assert (view["referrer"], view["distinct_id"], view["session_id"]) == (None, None, None)
    assert view["actor_id"].startswith("v_")


@pytest.mark.parametrize("how", ["", "async", 'type="module"'])
def test_the_tag_may_load_as_it_likes(visit: Visit, how: str) -> None:
    visit.open(how=how, auto=VIEWS).close()
    visit.heard(page_view=1)


def test_calls_from_before_the_script_follow_the_page_view(visit: Visit) -> None:
    page = visit.tab()
    page.add_init_script(
        "window.footfall = function () { (footfall.q = footfall.q || []).push(arguments) };"
        'footfall("early", { n: 1 }); footfall("identify", "ada"); footfall("constructor")'
    )
    visit.site.tags[visit.mark] = visit.site.tag(auto=VIEWS)
    page.goto(visit.url("plain.html"))
    page.close()
    events = visit.heard(identify=1, page_view=1, early=1, constructor=1)
    assert [event["distinct_id"] for event in events] == ["ada"] * 4
    assert next(event for event in events if event["name"] == "early")["properties"] == {"n": 1}


def test_a_script_that_stands_there_twice_counts_once(visit: Visit) -> None:
    visit.site.tags[visit.mark] = visit.site.tag(auto=VIEWS) * 2
    page = visit.tab()
    page.goto(visit.url("plain.html"))
    page.close()
    visit.heard(page_view=1)


def test_an_import_needs_no_tag(visit: Visit) -> None:
    page = visit.tab()
    page.goto(visit.url("module.html"))
    page.wait_for_function("typeof footfall == 'function'")
    page.close()
    imported = visit.one("imported", page_view=1)
    assert imported["properties"] == {"n": 1}


def test_links_lead_from_page_to_page(visit: Visit) -> None:
    page = visit.open(auto=VIEWS)
    page.click("#next")
    page.wait_for_url("**?second")
    page.close()
    _, second = visit.heard(page_view=2)
    assert second["referrer"] == visit.url("plain.html")
    assert second["channel"] == "internal"


def test_addresses_that_change_without_a_load(visit: Visit) -> None:
    page = visit.open("spa.html?utm_source=mail", auto=f"{VIEWS},engagement")
    page.wait_for_timeout(120)
    page.evaluate("go('pushState', 'second', 'Second')")
    page.wait_for_timeout(120)
    page.evaluate("go('replaceState', 'third', 'Third')")
    # Neither the same address again nor a jump within the page is another page.
    page.evaluate("go('replaceState', 'third', 'Third'); location.hash = 'below'")
    page.wait_for_timeout(120)
    page.evaluate("history.go(-2); new Promise(done => addEventListener('popstate', done))")
    page.wait_for_timeout(120)
    page.close()
    events = visit.heard(page_view=4, engagement=4)
    views = [event for event in events if event["name"] == "page_view"]
    assert [view["path"].rpartition("/")[2] for view in views] == [
        "spa.html", "second", "third", "spa.html",
    ]  # fmt: skip
    assert [view["title"] for view in views][:3] == ["First", "Second", "Third"]
    assert [(view["referrer"] or "").rpartition("/")[2] for view in views] == [
        "", "spa.html?utm_source=mail", "second", "third",
    ]  # fmt: skip
    assert views[0]["utm_source"] == "mail"
    spent = [event for event in events if event["name"] == "engagement"]
    assert [event["url"] for event in spent] == [view["url"] for view in views]


def test_hashes_are_pages_where_a_site_says_so(visit: Visit) -> None:
    page = visit.open("spa.html#/first", auto=VIEWS, hash="")
    page.evaluate("location.hash = '/second?x=1'; new Promise(done => onhashchange = done)")
    page.close()
    views = visit.heard(page_view=2)
    base = f"/{visit.mark}/spa.html"
    assert [view["path"] for view in views] == [f"{base}#/first", f"{base}#/second"]
    assert views[1]["url"].endswith("spa.html#/second")


def test_what_follows_the_hash_is_kept_back_elsewhere(visit: Visit) -> None:
    visit.open("plain.html?utm_term=b#access_token=secret", auto=VIEWS).close()
    assert visit.one("page_view")["url"] == visit.url("plain.html?utm_term=b")


def test_a_page_from_the_back_forward_cache_is_seen_again(visit: Visit) -> None:
    page = visit.open(auto=VIEWS)
    page.evaluate("window.isKept = true")
    page.goto(visit.url("bare.html"))
    with page.expect_navigation(url=visit.url("plain.html"), wait_until="commit"):
        page.evaluate("setTimeout(() => history.back())")
    assert page.evaluate("window.isKept"), "the browser did not keep the page"
    page.close()
    views = visit.heard(page_view=3)
    assert [view["title"] for view in views] == ["Plain", "Bare", "Plain"]


def test_a_prepared_page_is_viewed_when_it_is_opened(visit: Visit) -> None:
    # A driven browser fetches such pages, but does not run them: what they see is put there.
    page = visit.tab()
    page.add_init_script(
        "window.isPrepared = true;"
        "Object.defineProperty(document, 'prerendering', { get: () => window.isPrepared })"
    )
    visit.site.tags[visit.mark] = visit.site.tag(auto=VIEWS)
    page.goto(visit.url("plain.html"))
    page.evaluate("footfall('early')")
    page.wait_for_timeout(1200)
    assert visit.events() == []
    page.evaluate("isPrepared = false; document.dispatchEvent(new Event('prerenderingchange'))")
    page.close()
    visit.heard(page_view=1, early=1)


def test_pages_that_are_left_out_send_nothing(visit: Visit) -> None:
    page = visit.open("spa.html", auto=VIEWS, exclude=f"/never, /{visit.mark}/adm*n.x")
    page.evaluate("history.pushState({}, '', 'admin.x'); footfall('hidden')")
    page.evaluate("history.pushState({}, '', 'adminax'); footfall('shown')")
    page.close()
    events = visit.heard(page_view=2, shown=1)
    assert {event["path"].rpartition("/")[2] for event in events} == {"spa.html", "adminax"}


def test_a_share_of_page_loads(visit: Visit) -> None:
    dice = visit.tab()
    dice.add_init_script("Math.random = () => 0.3")
    visit.site.tags[visit.mark] = visit.site.tag(auto=VIEWS, sample="0.3")
    dice.goto(visit.url("plain.html?utm_id=out"))
    visit.site.tags[visit.mark] = visit.site.tag(auto=VIEWS, sample="0.31")
    dice.goto(visit.url("plain.html?utm_id=in"))
    dice.close()
    view = visit.one("page_view")
    assert view["url"].endswith("?utm_id=in")
    assert view["properties"] == {"sample": 0.31}


def test_a_person_with_an_id_is_in_the_share_or_out_for_good(visit: Visit) -> None:
    # The last five digits to the base of 36 say where between 0 and 1: hzzzz is just below a half.
    page = visit.tab()
    page.add_init_script(
        "localStorage['footfall.id'] = location.search == '?utm_id=in' ? 'abchzzzz' : 'abci0000'"
    )
    visit.site.tags[visit.mark] = visit.site.tag(auto=VIEWS, sample="0.5")
    for name in ("plain.html?utm_id=out", "plain.html?utm_id=in", "bare.html?utm_id=out"):
        page.goto(visit.url(name))
    page.close()
    assert visit.one("page_view")["url"] == visit.url("plain.html?utm_id=in")
