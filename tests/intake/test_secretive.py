from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.intake.secretive import (
    MARK,
    drop_addresses,
    masked,
    without_hidden_cells,
    without_sent,
)


@given(st.ip_addresses(), st.sampled_from(["client {} gone", "from {}: no", "({})", "{}, x", "{}"]))
def test_no_address_is_left_in_a_text(address: IPv4Address | IPv6Address, text: str) -> None:
    if any(letter.isdigit() for letter in str(address)):
        assert masked(text.format(address)) == text.format(MARK)


@pytest.mark.parametrize(
    "text",
    ["at 10:00:00", "std::vector a::b", "v1.2.3.4", "curl/7.1.2.3", "1.2.3", "999.1.1.1", "x: y"],
)
def test_times_names_and_versions_are_no_addresses(text: str) -> None:
    assert masked(text) == text


@given(st.text())
def test_cells_that_hide_nothing_stay(text: str) -> None:
    if masked(text) == text and "=" not in text:
        assert without_hidden_cells(text).split() == text.split()


@pytest.mark.parametrize(
    "cell",
    [
        *('"sessionid=d41d8cd98f; csrftoken=abc"', '"sid=d41d8cd98f00b204e9"', '"a=1; b=2;"'),
        *('"Bearer eyJhbGciOiJIUzI1NiJ9.x.y"', '"Basic YTpi"', '"eyJhbGciOiJIUzI1NiJ9.x.y"'),
    ],
)
def test_cells_of_cookies_and_credentials_are_left_out(cell: str) -> None:
    assert without_hidden_cells(f"{cell} 0.005") == "0.005"
    assert without_hidden_cells(f'0.005 {cell} "x"') == '0.005 "x"'


@pytest.mark.parametrize(
    "cells",
    ['rt=0.005 uct="0.000"', '"rt=0.005"', '"Basic Plan"', '"a b=c; d"', "cache=HIT;age=5", '"-"'],
)
def test_cells_of_servers_are_no_cookies(cells: str) -> None:
    assert without_hidden_cells(cells) == cells


def test_an_address_behind_a_quote_that_nginx_wrote_is_found() -> None:
    assert masked(r"for=\x22198.51.100.1:8080\x22") == r"for=\x22[address]:8080\x22"


@pytest.mark.parametrize(
    "text",
    [
        *("host_{}", "v{}", "y/{}", "/v/{}/x", "{}_x", "id{}", "peer_{}:443", "a,{}", "to=x/{}"),
        *("(by {})", "::ffff:{}"),
    ],
)
def test_what_stands_before_an_address_does_not_hide_it(text: str) -> None:
    assert "203.0.113.5" not in masked(text.format("203.0.113.5"))
    assert MARK in masked(text.format("203.0.113.5"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("to host/10.20.30.40:8080", "to host/[address]:8080"),
        ("peer/10.0.0.1 said", "peer/[address] said"),
        ("client10.0.0.5 failed", "client[address] failed"),
        ("gw/5.6.7.8:80", "gw/[address]:80"),
        ("ip/46.4.5.6", "ip/[address]"),
        ("addr5.6.7.8", "addr[address]"),
        ("at 12:30:45:10.0.0.1", "at 12:30:45:[address]"),
    ],
)
def test_nor_do_small_numbers(text: str, kept: str) -> None:
    assert masked(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("host_2001:db8::1", "host_[address]"),
        ("[2001:db8::1]_x", "[[address]]_x"),
        ("host:2001:db8::1", "host:[address]"),
        ("node7:::1, x", "node7:[address], x"),
        ("cafe:2001:db8::1", "[address]"),
    ],
)
def test_nor_one_of_the_sixth_version(text: str, kept: str) -> None:
    assert masked(text) == kept


@given(st.ip_addresses(v=6).filter(lambda each: any(letter.isdigit() for letter in str(each))))
def test_a_name_may_stand_before_it(address: IPv6Address) -> None:
    assert masked(f"from host:{address} on") == f"from host:{MARK} on"


@pytest.mark.parametrize(
    "text",
    [
        "Chrome/120.0.0.0",
        "x Edge/18.0.0.0",
        "(curl/7.1.2.3)",
        "my-app2/9.2.30.4",
        "v10.0.0.0",
        "v9.9.9.9",
    ],
)
def test_versions_behind_names_stay(text: str) -> None:
    assert masked(text) == text


def test_what_trackers_fill_goes_at_any_depth() -> None:
    given = {"ip": "x", "a": {"$ip": "x", "ip": 1}, "b": [[{"$ip": "x"}], 2]}
    assert drop_addresses(given) == {"a": {"ip": 1}, "b": [[{}], 2]}


def test_what_no_event_may_hold_is_not_looked_into() -> None:
    deep: dict[str, Any] = {"$ip": "192.0.2.1"}
    for _ in range(5000):
        deep = {"a": [deep]}
    found: Any = drop_addresses(deep)
    for _ in range(5000):
        found = found["a"][0]
    assert found == {"$ip": "192.0.2.1"}


@pytest.mark.parametrize(
    "name", ["ip", "$ip", "ip_address", "client_ip", "remote_addr", "address", "context"]
)
def test_addresses_beside_what_was_sent_go(name: str) -> None:
    value = {"ip": "192.0.2.1"} if name == "context" else "192.0.2.1"
    assert without_sent({"name": "a", name: value}) == {"name": "a"}
    kept = {"name": "a", "properties": {name: value}}
    assert without_sent(kept) == kept


def test_other_context_stays() -> None:
    assert without_sent({"context": {"ip": "x", "os": "y"}}) == {"context": {"os": "y"}}
    assert without_sent({"context": "ip"}) == {"context": "ip"}
