from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from footfall.intake.agents import parse_agent
from footfall.intake.channels import channel_of
from footfall.intake.enrich import enrich, visitor_ids
from footfall.intake.links import link_host, split_link
from footfall.intake.visitors import visitor_base
from footfall.model.source import Mapping, Source

WEB = Source("web")
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.1.2 Safari/537.36"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1"
)
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/125.0.0.0 Mobile Safari/537.36"
)
TABLET = "Mozilla/5.0 (Linux; Android 13; SM-X700) AppleWebKit/537.36 Chrome/125.0 Safari/537.36"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


@pytest.mark.parametrize(
    ("text", "browser", "version", "os", "device", "is_bot"),
    [
        (CHROME, "Chrome", "140.0", "Linux", "desktop", False),
        (IPHONE, "Mobile Safari", "17.5", "iOS", "mobile", False),
        (IPAD, "Mobile Safari", "16.6", "iOS", "tablet", False),
        (PHONE, "Chrome Mobile", "125.0", "Android", "mobile", False),
        (TABLET, "Chrome", "125.0", "Android", "tablet", False),
        (GOOGLEBOT, "Googlebot", "2.1", None, "bot", True),
        ("curl/8.5.0", "curl", "8.5", None, "bot", True),
        ("Feedly/1.0 (+http://www.feedly.com/fetcher.html)", None, None, None, "bot", True),
        ("what is this", None, None, None, "other", False),
        ("", None, None, None, "other", False),
    ],
)
def test_agents(
    text: str, browser: str | None, version: str | None, os: str | None, device: str, is_bot: bool
) -> None:
    assert parse_agent(text) == (browser, version, os, device, is_bot)


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("https://Shop.Example:8443/a/b?x=1#y", "shop.example", "/a/b"),
        ("https://user:pw@shop.example", "shop.example", "/"),
        ("https://[2001:db8::1]:80/x", "[2001:db8::1]", "/x"),
        ("//cdn.example/x", "cdn.example", "/x"),
        ("/cart?next=https://evil.example/", None, "/cart"),
        ("/go/https://other.example/", None, "/go/https://other.example/"),
        ("cart", None, "cart"),
        ("", None, None),
        ("https://", None, "/"),
        ("android-app://com.google.android.gm/", "com.google.android.gm", "/"),
    ],
)
def test_links(url: str, host: str | None, path: str | None) -> None:
    assert split_link(url)[:2] == (host, path)
    assert link_host(url) == host


def test_campaign_marks_are_decoded() -> None:
    link = split_link("/?utm_source=news%20letter&utm_campaign=M%C3%A4rz&utm_medium=&gclid=1")
    assert link[2:7] == ("news letter", None, "März", None, None)
    assert link.has_click_id
    assert split_link("/?x=1&msclkid=7").has_click_id
    assert not split_link("/?clkid=7&my_gclid=1").has_click_id
    assert split_link("/?a=" + "&utm_source=x" * 500).utm_source is None


@pytest.mark.parametrize(
    ("host", "referrer", "marks", "channel"),
    [
        ("shop.example", None, {}, "direct"),
        ("shop.example", "www.shop.example", {}, "internal"),
        ("shop.example", "www.google.co.uk", {}, "search"),
        ("shop.example", "search.yahoo.com", {}, "search"),
        ("shop.example", "duckduckgo.com", {}, "search"),
        ("shop.example", "google.evil.example", {}, "referral"),
        ("shop.example", "notgoogle.com", {}, "referral"),
        ("shop.example", "mail.google.com", {}, "email"),
        ("shop.example", "docs.google.com", {}, "referral"),
        ("shop.example", "t.co", {}, "social"),
        ("shop.example", "out.reddit.com", {}, "social"),
        ("shop.example", "blog.example", {}, "referral"),
        (None, "blog.example", {}, "referral"),
        ("shop.example", "t.co", {"utm_source": "launch"}, "campaign"),
        ("shop.example", None, {"utm_medium": "Email"}, "email"),
        ("shop.example", None, {"utm_source": "newsletter", "utm_medium": "x"}, "email"),
        ("shop.example", None, {"utm_medium": "social"}, "social"),
        ("shop.example", "www.google.de", {"has_click_id": True}, "campaign"),
    ],
)
def test_channels(
    host: str | None, referrer: str | None, marks: dict[str, str], channel: str
) -> None:
    assert channel_of(host, referrer, **marks) == channel


def test_enrich_fills_what_is_missing_and_keeps_what_was_sent() -> None:
    table = pa.table(
        {
            "distinct_id": pa.array(["ann", None, None], pa.string()),
            "url": pa.array(["https://shop.example/a?utm_source=x", "/b", None], pa.string()),
            "path": pa.array([None, "/sent", None], pa.string()),
            "referrer": pa.array([None, "https://www.bing.com/search", None], pa.string()),
            "user_agent": pa.array([CHROME, "curl/8.5.0", None], pa.string()),
            "country": pa.array(["de", "AT", None], pa.string()),
            "is_bot": pa.array([None, False, None], pa.bool_()),
        }
    )
    rich = enrich(table, WEB, pa.array([None, "v_1", None], pa.string()))
    expected = {
        "actor_id": ["ann", "v_1", "v_unknown"],
        "distinct_id": ["ann", None, None],
        "host": ["shop.example", None, None],
        "path": ["/a", "/sent", None],
        "utm_source": ["x", None, None],
        "referrer_host": [None, "www.bing.com", None],
        "channel": ["campaign", "search", None],
        "browser": ["Chrome", "curl", None],
        "device": ["desktop", "bot", None],
        "is_bot": [False, False, False],
        "country": ["DE", "AT", None],
    }
    assert {name: rich[name].to_pylist() for name in expected} == expected


def test_only_what_is_of_a_page_comes_through_a_channel() -> None:
    rows = [
        {}, {"url": "https://shop.example/"}, {"path": "/a"}, {"host": "shop.example"},
        {"referrer": "https://t.co/x"}, {"referrer": "typed"}, {"utm_source": "mail"},
        {"channel": "partner"},
    ]  # fmt: skip
    names = ["url", "path", "host", "referrer", "utm_source", "channel"]
    table = pa.table(
        {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    )
    assert enrich(table, WEB)["channel"].to_pylist() == [
        None, "direct", "direct", "direct", "social", "direct", "email", "partner",
    ]  # fmt: skip


def test_own_hosts_make_a_referrer_internal() -> None:
    log = Source("log", mapping=Mapping("combined", options={"hosts": ["Shop.example"]}))
    table = pa.table({"url": ["/a"], "referrer": ["http://shop.example/b"]})
    assert enrich(table, log)["channel"].to_pylist() == ["internal"]
    assert enrich(table, WEB)["channel"].to_pylist() == ["referral"]


def test_enrich_of_nothing_has_the_columns() -> None:
    rich = enrich(pa.table({"name": pa.array([], pa.string())}), WEB)
    assert rich.num_rows == 0
    assert {"actor_id", "is_bot", "channel", "host"} <= set(rich.column_names)


def test_visitors_differ_by_address_agent_and_day() -> None:
    key = b"k" * 32
    first, second = date(2026, 11, 1), date(2026, 11, 2)
    came = [("::1", first), ("::1", first), ("::1", second), ("::2", first)]
    bases = pa.array([*(visitor_base(key, *each) for each in came), None])
    agents = pa.array(["a", None, "a", "a", "a"])
    found = visitor_ids(bases, agents).to_pylist()
    assert found[4] is None
    assert len(set(found)) == 5
    assert all(len(item) == 22 and item.startswith("v_") for item in found[:4])
    assert visitor_base(b"other", *came[0]) != bases[0].as_py()


def test_real_agents(shared_data: Path) -> None:
    lines = (shared_data / "apache_combined_10k.log").read_text("utf-8", "replace").splitlines()
    agents = [parse_agent(line.rsplit('"', 2)[1]) for line in lines]
    devices = Counter(agent.device for agent in agents)
    assert sum(devices.values()) == 10_000
    assert all((agent.device == "bot") == agent.is_bot for agent in agents)
    # grep -cE '"[^"]*(Googlebot|bingbot|Baiduspider|YandexBot|Slurp)[^"]*"$' finds 854
    assert devices["bot"] > 854
    assert devices["desktop"] > 5_000
