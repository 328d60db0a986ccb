"""What people do on a page, each as one event with what it is about."""

from __future__ import annotations

import io
import math
import wave
from array import array
from datetime import timedelta

import pytest
from tests.clients.browser.conftest import Site, Visit, draw, measured, soon

from footfall.model.time import utc_now

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_marked_elements_and_links(visit: Visit) -> None:
    page = visit.open("marked.html", auto="outbound,downloads")
    page.click("#inner")
    for link in ("#out", "#file", "#named", "#home", "#mail"):
        page.click(link)
    page.click("#out", button="middle")
    page.click("#out", button="right")
    page.close()
    events = visit.heard(signup=1, outbound_click=2, download=2)
    assert events[0]["properties"] == {"plan": "pro", "user_kind": "new"}
    assert [(event["name"], event["properties"].get("url")) for event in events[1:]] == [
        ("outbound_click", "https://elsewhere.example/path"),
        ("download", visit.url("report.PDF")),
        ("download", visit.url("made")),
        ("outbound_click", "https://elsewhere.example/path"),
    ]


def test_a_link_that_leads_away_is_heard_on_the_way_out(visit: Visit) -> None:
    visit.context.route("https://elsewhere.example/**", lambda route: route.fulfill(body="there"))
    page = visit.open("marked.html", auto="outbound")
    page.evaluate("onclick = null; open(document.querySelector('#out').href, '_self')")
    page.wait_for_url("https://elsewhere.example/**")
    assert visit.events() == []
    page.goto(visit.url("plain.html"))
    page.evaluate(
        "const a = document.createElement('a'); a.href = 'https://elsewhere.example/';"
        "a.textContent = 'away'; document.body.append(a)"
    )
    page.click("text=away")
    page.wait_for_url("https://elsewhere.example/")
    visit.heard(outbound_click=1)


def test_forms_tell_that_they_were_sent_and_never_what(visit: Visit) -> None:
    page = visit.open("marked.html", auto="forms")
    page.click("#send")
    page.click("#order")
    page.close()
    events = visit.heard(form_submit=2, ordered=1)
    assert [(event["name"], event["properties"]) for event in events] == [
        ("form_submit", {"form": "contact", "action": "/send"}),
        ("ordered", {"kind": "gift"}),
        ("form_submit", {"form": "order"}),
    ]


def test_scrolling_by_quarters(visit: Visit) -> None:
    # 2,800 pixels in a window of 700: a quarter is there from the start.
    page = visit.open("long.html", auto="scroll")
    for place in (100, 699, 700, 300, 2100):
        draw(page, f"scrollTo(0, {place})")
    page.close()
    events = visit.heard(scroll=3)
    assert [event["properties"]["depth"] for event in events] == [25, 50, 100]


def test_only_seen_and_focused_time_is_engagement(visit: Visit) -> None:
    visit.context.clock.install()
    visit.context.clock.pause_at(utc_now() + timedelta(minutes=1))
    page = visit.open(auto="engagement")
    page.clock.run_for(300)
    page.evaluate("document.hasFocus = () => false; dispatchEvent(new Event('blur'))")
    page.clock.run_for(900)
    page.evaluate("delete document.hasFocus; dispatchEvent(new Event('focus'))")
    page.clock.run_for(200)
    page.close()
    # Not the 0.9 s between.
    assert visit.one("engagement")["properties"]["seconds"] == 0.5


def test_vitals_of_a_page_that_shifts_and_is_slow_to_answer(visit: Visit) -> None:
    page = visit.open("shifting.html", auto="vitals")
    measured(page, "largest-contentful-paint")
    draw(page, "document.querySelector('#late').style.height = '300px'")
    measured(page, "layout-shift")
    # What takes less than a tenth of a second is told only to those who ask before.
    measured(page, "event", lambda: page.click("button"))
    page.close()
    vitals = visit.one("web_vitals")["properties"]
    assert set(vitals) == {"lcp", "fcp", "inp", "ttfb", "cls"}
    assert 0 <= vitals["ttfb"] <= vitals["fcp"] <= vitals["lcp"]
    # The button keeps the page busy for 60 ms.
    assert vitals["inp"] >= 60
    assert 0 < vitals["cls"] < 1


def test_a_page_that_stays_still_has_no_shift_and_no_interaction(visit: Visit) -> None:
    page = visit.open(auto="vitals")
    measured(page, "largest-contentful-paint")
    page.close()
    vitals = visit.one("web_vitals")["properties"]
    assert vitals["cls"] == 0
    assert "inp" not in vitals


def test_errors_are_told_once_each_and_ten_at_most(visit: Visit) -> None:
    visit.complaints.allowed += ["404", "exception: "]
    page = visit.open("errors.html", auto="errors")
    page.evaluate("for (let n = 0; n < 3; n++) fail('the same')")
    page.evaluate("reject('unhandled')")
    page.wait_for_timeout(50)
    page.evaluate("for (let n = 0; n < 20; n++) fail('another ' + n)")
    page.wait_for_timeout(50)
    page.close()
    events = [event["properties"] for event in visit.heard(error=10)]
    # Those of one millisecond have no order.
    assert {event["message"] for event in events[:2]} == {"Uncaught Error: the same", "unhandled"}
    assert {event["message"] for event in events[2:]} == {
        f"Uncaught Error: another {n}" for n in range(8)
    }
    text = visit.site.answer(f"/{visit.mark}/errors.html")
    assert text is not None
    lines = text[0].decode().splitlines()
    for event in events:
        code = "new TypeError(" if event["message"] == "unhandled" else "new Error("
        assert event["source"] == visit.url("errors.html")
        assert code in lines[event["line"] - 1]


def test_windows_that_change_their_size(visit: Visit) -> None:
    visit.context.clock.install()
    visit.context.clock.pause_at(utc_now() + timedelta(minutes=1))
    page = visit.open(auto="resize")
    page.evaluate("addEventListener('resize', () => window.heard = innerWidth)")
    for width in (900, 800, 640):
        page.set_viewport_size({"width": width, "height": 480})
        assert soon(lambda: page.evaluate("window.heard"), width) == width
        page.clock.run_for(400)
    page.clock.run_for(200)
    page.close()
    assert visit.one("resize")["properties"] == {"width": 640, "height": 480}


def test_media_from_start_to_end(visit: Visit, site: Site) -> None:
    site.files["tone.wav"] = tone(seconds=4.0)
    page = visit.open("media.html", auto="media")
    page.evaluate("loop.play()")
    page.evaluate("tone.play(); new Promise(done => tone.onplaying = done)")
    page.evaluate("tone.pause(); new Promise(done => tone.onpause = done)")
    # A player tells where it is when it is put there; while it plays, a busy one may tell late.
    for place in (1.2, 2.2, 3.2, 3.9):
        page.evaluate(f"tone.currentTime = {place}; new Promise(done => tone.onseeked = done)")
    page.evaluate("tone.play(); new Promise(done => tone.onended = done)")
    page.close()
    events = visit.heard(
        media_play=2, media_pause=1, media_seeked=4, media_ended=1, media_progress=3
    )
    progress = [event["properties"].get("percent") for event in events]
    assert [percent for percent in progress if percent] == [25, 50, 75]
    assert (events[0]["name"], events[-1]["name"]) == ("media_play", "media_ended")
    sought = next(event for event in events if event["name"] == "media_seeked")["properties"]
    assert sought == {"url": visit.url("tone.wav"), "position": 1.2, "duration": 4}


def tone(seconds: float, rate: int = 8000) -> bytes:
    """A quiet 440 Hz tone as a WAV file."""
    samples = (
        round(900 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(int(seconds * rate))
    )
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        sound.writeframes(array("h", samples).tobytes())
    return file.getvalue()
