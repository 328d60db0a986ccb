"""On the way to the server: together, on leaving, and after it was away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.clients.browser.conftest import Visit, serving_pages, soon
from tests.e2e.conftest import Complaints
from tests.server.conftest import make_lake, run
from tests.waiting import PATIENCE

from footfall.lake.folder import LakeFolder

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request, Route

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUEUE = "Object.keys(localStorage).filter(key => key.startsWith('footfall.queue.'))"
# What a server that is away looks like from a page: no answer, or one that asks to come back.
AWAY: dict[str, Callable[[Route], None]] = {
    "no answer": lambda route: route.abort("connectionrefused"),
    "503": lambda route: route.fulfill(status=503, headers={"Access-Control-Allow-Origin": "*"}),
    "429": lambda route: route.fulfill(status=429, headers={"Access-Control-Allow-Origin": "*"}),
    "408": lambda route: route.fulfill(status=408, headers={"Access-Control-Allow-Origin": "*"}),
    "a proxy's 502": lambda route: route.fulfill(status=502),
}
COMPLAINTS = ["ERR_", "the server responded with a status of", "CORS policy"]


@contextmanager
def away(visit: Visit, how: str = "no answer") -> Iterator[list[Request]]:
    """The server is away for this visitor; gives the requests that it did not take."""
    visit.complaints.allowed += COMPLAINTS
    missed: list[Request] = []

    def miss(route: Route) -> None:
        missed.append(route.request)
        AWAY[how](route)

    visit.context.route("**/v1/events?**", miss)
    yield missed
    visit.context.unroute("**/v1/events?**")


def wait_for(page: Page, requests: list[Request], n: int = 1) -> None:
    """Let the page go on until so many requests were made."""
    end = time.monotonic() + PATIENCE
    while len(requests) < n:
        assert time.monotonic() < end, "no request in time"
        page.wait_for_timeout(20)


def sent(visit: Visit) -> list[Request]:
    """Requests with events that this visitor's browser makes from now on."""
    found: list[Request] = []
    visit.context.on(
        "request", lambda request: found.append(request) if "/v1/events?" in request.url else None
    )
    return found


@pytest.fixture(autouse=True)
def hasty(visit: Visit) -> None:
    """What waits for a second waits for a tenth of one."""
    visit.hasten()


def test_events_go_together_as_plain_text_without_a_question_before(visit: Visit) -> None:
    requests = sent(visit)
    page = visit.open(auto="")
    page.evaluate("for (let n = 0; n < 30; n++) footfall('many', { n })")
    wait_for(page, requests)
    assert [request.method for request in requests] == ["POST"]
    assert requests[0].headers["content-type"].startswith("text/plain")
    assert "cookie" not in requests[0].headers
    page.close()
    events = visit.heard(many=30)
    assert sorted(event["properties"]["n"] for event in events) == list(range(30))
    assert len(requests) == 1


def test_more_than_64_kib_are_sent_in_parts(visit: Visit) -> None:
    requests = sent(visit)
    page = visit.open(auto="")
    # 200 events of 1,000 characters that take two bytes each: 400 KB and what stands around.
    page.evaluate("for (let n = 0; n < 200; n++) footfall('wide', { text: 'é'.repeat(1000) })")
    wait_for(page, requests, 8)
    sizes = [len(request.post_data_buffer or b"") for request in requests]
    assert max(sizes) <= 60_000
    visit.heard(wide=200)
    page.close()


def test_what_does_not_fit_on_leaving_comes_with_the_next_page(visit: Visit) -> None:
    page = visit.open(auto="")
    # Its timers rest: what is sent, it sends on leaving.
    page.evaluate("window.setTimeout = () => 0;"
        "for (let n = 0; n < 100; n++) footfall('wide', { text: 'x'.repeat(1000) })")  # fmt: skip
    page.close()
    assert soon(lambda: 0 < len(visit.events()) < 100, True)
    page = visit.open(auto="")
    visit.heard(wide=100)
    assert soon(lambda: page.evaluate(f"{QUEUE}.length"), 0) == 0


@pytest.mark.parametrize("how", AWAY)
def test_a_server_that_comes_back_gets_everything(visit: Visit, how: str) -> None:
    with away(visit, how) as missed:
        page = visit.open(auto="pageviews")
        wait_for(page, missed)
        page.evaluate("footfall('meanwhile')")
        assert soon(lambda: page.evaluate(f"{QUEUE}.length"), 2) == 2
    # The page tries again by itself.
    visit.heard(page_view=1, meanwhile=1)
    assert soon(lambda: page.evaluate("localStorage.length"), 0) == 0
    page.evaluate("footfall('after')")
    page.close()
    visit.heard(page_view=1, meanwhile=1, after=1)


def test_a_tab_that_is_closed_meanwhile_leaves_its_events_to_the_next(visit: Visit) -> None:
    with away(visit) as missed:
        page = visit.open(auto="pageviews")
        wait_for(page, missed)
        page.evaluate("footfall('last')")
        page.close()
    assert visit.events() == []
    visit.open("bare.html", auto="pageviews")
    events = visit.heard(page_view=2, last=1)
    assert [event["title"] for event in events] == ["Plain", "Plain", "Bare"]


def test_leaving_is_heard_where_pages_do_not_go_out_of_sight_first(visit: Visit) -> None:
    visit.context.add_init_script("Object.defineProperty(document, 'hidden', { value: false })")
    page = visit.open(auto="pageviews")
    page.evaluate("footfall('last')")
    page.goto("about:blank")
    visit.heard(page_view=1, last=1)


def test_tabs_share_what_waits_and_send_it_once(visit: Visit) -> None:
    requests = sent(visit)
    with away(visit) as missed:
        one, other = visit.open(auto="pageviews"), visit.open(auto="pageviews")
        wait_for(one, missed)
        wait_for(other, missed, 2)
        assert soon(lambda: one.evaluate(f"{QUEUE}.length"), 2) == 2
    for tab in (one, other):
        tab.evaluate("dispatchEvent(new Event('online'))")
    visit.heard(page_view=2)
    assert soon(lambda: one.evaluate("localStorage.length"), 0) == 0
    # One that was on its way when the network came back may have come twice: it is kept once.
    taken = {request.post_data for request in requests if request not in missed}
    assert len(taken) == 2


def test_a_restart_of_the_server_loses_nothing_and_doubles_nothing(
    browser: Browser, tmp_path: Path
) -> None:
    complaints = Complaints(allowed=COMPLAINTS)
    root = tmp_path / "lake"
    with ExitStack() as stack:
        context = stack.enter_context(browser.new_context())
        with run(make_lake(root)) as server:
            visit = Visit(stack.enter_context(serving_pages(server)), context, complaints)
            visit.hasten()
            page = visit.open(auto="pageviews")
            visit.heard(page_view=1)
        page.evaluate("footfall('meanwhile')")
        assert soon(lambda: page.evaluate(f"{QUEUE}.length"), 1) == 1
        page.evaluate("footfall('last')")
        page.close()
        with run(LakeFolder.open(root), port=server.port) as visit.site.server:
            visit.open(auto="")
            visit.heard(page_view=1, meanwhile=1, last=1)
            balance = visit.site.server.app.state.ledger.balance("web")["web"]
            assert (balance.stored, balance.duplicates, balance.rejected) == (3, 0, 0)
    assert complaints.unexpected() == []


def test_a_browser_without_a_network_tries_nothing_until_it_has_one(visit: Visit) -> None:
    page = visit.open(auto="")
    requests = sent(visit)
    visit.context.set_offline(True)
    # The page hears of it a moment later.
    assert soon(lambda: page.evaluate("navigator.onLine"), False) is False
    page.evaluate("footfall('offline')")
    assert soon(lambda: page.evaluate(f"{QUEUE}.length"), 1) == 1
    assert requests == []
    visit.complaints.allowed += COMPLAINTS
    visit.context.set_offline(False)
    visit.heard(offline=1)
    page.close()


@pytest.mark.parametrize("status", [401, 413])
def test_a_refusal_is_final(visit: Visit, status: int) -> None:
    visit.complaints.allowed += COMPLAINTS
    requests = sent(visit)
    headers = {"Access-Control-Allow-Origin": "*"}
    visit.context.route(
        "**/v1/events?**", lambda route: route.fulfill(status=status, headers=headers)
    )
    page = visit.open(auto="pageviews")
    wait_for(page, requests)
    page.wait_for_timeout(100)
    assert soon(lambda: page.evaluate("localStorage.length"), 0) == 0
    page.close()
    assert len(requests) == 1


def test_tries_come_further_and_further_apart(visit: Visit) -> None:
    page = visit.tab()
    page.add_init_script("Math.random = () => 0; window.waits = [];"
        "const set = setTimeout; window.setTimeout = (run, wait) =>"
        "{ waits.push(wait); return set(run, 0) }")  # fmt: skip
    visit.site.tags[visit.mark] = visit.site.tag(auto="pageviews")
    with away(visit) as missed:
        page.goto(visit.url("plain.html"))
        wait_for(page, missed, 12)
        waits = page.evaluate("waits")
        page.close()
    # First the second in which events gather, then half of 2, 4, 8 … up to 300 seconds.
    assert waits[0] == 1000
    assert waits[1:11] == [1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 150000, 150000]


def test_what_waits_is_bounded_and_the_oldest_give_way(visit: Visit) -> None:
    page = visit.tab()
    visit.site.tags[visit.mark] = visit.site.tag(auto="")
    page.goto(visit.url("plain.html"))
    visit.context.set_offline(True)
    visit.complaints.allowed += COMPLAINTS
    for n in range(7):
        page.evaluate(f"footfall('large', {{ n: {n}, text: 'x'.repeat(50000) }})")
        # What a page does when its tab goes out of sight.
        page.evaluate("Object.defineProperty(document, 'hidden', { value: true })" if not n else "")
        page.evaluate("dispatchEvent(new Event('visibilitychange'))")
        page.wait_for_timeout(5)
    kept = f"{QUEUE}.sort().map(key => JSON.parse(localStorage[key])[0].properties.n)"
    # 262,144 characters hold five of a little over 50,000.
    assert soon(lambda: page.evaluate(kept), [2, 3, 4, 5, 6]) == [2, 3, 4, 5, 6]
    page.close()


def test_what_is_too_old_to_be_told_from_new_is_dropped(visit: Visit) -> None:
    page = visit.open(auto="")
    event = json.dumps([{"name": "stale", "event_id": "stale", "url": visit.url("plain.html")}])
    page.evaluate(
        "event => { localStorage['footfall.queue.' + (Date.now() - 6.1 * 864e5) + '.a'] = event;"
        "localStorage['footfall.queue.' + (Date.now() - 5.9 * 864e5) + '.b'] ="
        "event.replaceAll('stale', 'fresh') }",
        event,
    )
    page.reload()
    visit.heard(fresh=1)
    assert soon(lambda: page.evaluate("localStorage.length"), 0) == 0


def test_events_wait_in_memory_where_there_is_no_storage(visit: Visit) -> None:
    page = visit.tab()
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied') } })"
    )
    visit.site.tags[visit.mark] = visit.site.tag(auto="pageviews")
    with away(visit) as missed:
        page.goto(visit.url("plain.html"))
        wait_for(page, missed)
    visit.heard(page_view=1)


def test_events_wait_in_memory_where_the_storage_is_full(visit: Visit) -> None:
    page = visit.open(auto="")
    page.evaluate("for (let n = 0; n < 22; n++) try { localStorage['site' + n] ="
                  "'x'.repeat(n < 10 ? 5e5 : 2 ** (30 - n)) } catch {}")  # fmt: skip
    with away(visit) as missed:
        page.evaluate("footfall('full', { text: 'x'.repeat(9000) })")
        wait_for(page, missed)
    visit.heard(full=1)


def test_a_wrong_clock_is_corrected(visit: Visit) -> None:
    page = visit.tab()
    page.add_init_script("const now = Date.now; Date.now = () => now() - 36e5")
    visit.site.tags[visit.mark] = visit.site.tag(auto="pageviews")
    page.goto(visit.url("plain.html"))
    page.close()
    view = visit.one("page_view")
    # An hour behind, and told within the second that events wait; a busy machine takes longer.
    assert 0 <= (view["received_at"] - view["timestamp"]).total_seconds() < 600


def test_every_event_has_an_id_of_its_own_in_the_order_of_what_happened(visit: Visit) -> None:
    page = visit.open(auto="")
    page.evaluate("for (let n = 0; n < 100; n++) footfall('many', { n })")
    page.close()
    events = sorted(visit.heard(many=100), key=lambda event: event["event_id"])
    assert all(one["event_id"] != other["event_id"] for one, other in pairwise(events))
    assert [event["properties"]["n"] for event in events] == list(range(100))
    assert min(len(event["event_id"]) for event in events) >= 20
