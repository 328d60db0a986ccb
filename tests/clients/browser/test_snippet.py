"""What the Overview page gives to paste brings the first events."""

from __future__ import annotations

import pytest
from tests.clients.browser.conftest import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_tag_of_the_overview_measures_a_page(visit: Visit) -> None:
    server = visit.site.server
    reader = visit.tab()
    reader.goto(f"{server.url}/login?key={server.app.state.workspace.logins.create()}")
    reader.goto(f"{server.url}/?source=web")
    reader.get_by_role("button", name="Make a write key").click()
    reader.locator("code.write-key").wait_for()
    card = reader.locator(".snippet-card", has=reader.get_by_role("heading", name="A web page"))
    tag = card.locator("code").inner_text()
    assert f"{server.url}/footfall.js" in tag
    visit.site.tags[visit.mark] = tag
    page = visit.tab()
    # Whether its time is long enough to be told is a matter of the machine.
    page.add_init_script("document.hasFocus = () => false")
    page.goto(visit.url("plain.html"))
    page.close()
    visit.one("page_view", web_vitals=1)
    reader.wait_for_selector("ff-strip[data-phase=ready]")
