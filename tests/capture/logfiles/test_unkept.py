"""Addresses and cookies that programs write in many places stay out of events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.capture.logfiles.samples import parse

from footfall.capture.logfiles import open_format
from footfall.model.source import Mapping, Rule, Source

AT = "2026-11-20T10:00:00Z"
HIDDEN = "198.51.100.7"
COOKIE = "s=topsecret"

PEERS = ("remoteAddress", "remote_address", "clientIp", "client_ip", "client", "ip")

RECORDS: dict[str, tuple[dict[str, Any], ...]] = {
    "nginx_json": tuple(
        {"time_iso8601": AT, "remote_addr": "192.0.2.1", "status": 200, name: value}
        for name, value in {
            "http_cf_connecting_ip": HIDDEN,
            "http_x_real_ip": HIDDEN,
            "http_x_forwarded_for": f"{HIDDEN}, 10.0.0.1",
            "http_true_client_ip": HIDDEN,
            "http_cookie": COOKIE,
            "proxy_protocol_addr": HIDDEN,
            "realip_remote_addr": HIDDEN,
            "sent_http_set_cookie": COOKIE,
        }.items()
    ),
    "traefik": tuple(
        {"StartUTC": AT, "ClientHost": "192.0.2.1", "RequestPath": "/a", name: value}
        for name, value in {
            "downstream_Set-Cookie": COOKIE,
            "origin_Set-Cookie": COOKIE,
            "request_Cf-Connecting-Ip": HIDDEN,
            "request_X-Forwarded-For": HIDDEN,
            "request_Cookie": COOKIE,
        }.items()
    ),
    "ecs": (
        {"@timestamp": AT, "client": {"ip": HIDDEN, "nat": {"ip": HIDDEN}, "address": HIDDEN}},
        {"@timestamp": AT, "source": {"ip": HIDDEN}, "network": {"forwarded_ip": HIDDEN}},
        {"@timestamp": AT, "related": {"ip": [HIDDEN]}, "source.address": HIDDEN},
        {"@timestamp": AT, "http": {"request": {"headers": {"x-forwarded-for": [HIDDEN]}}}},
        {"@timestamp": AT, "nginx": {"access": {"remote_ip_list": [HIDDEN]}}},
        {"@timestamp": AT, "x_forwarded_for": HIDDEN, "http.request.headers.cookie": COOKIE},
    ),
    "bunyan": tuple(
        {"time": AT, "name": "app", "level": 30, "msg": "hello", name: value}
        for name, value in (
            *((name, HIDDEN) for name in (*PEERS, "remoteIP", "sourceAddress")),
            ("socket", {"remoteAddress": HIDDEN}),
            (
                "res",
                {"header": f"HTTP/1.1 200 OK\r\nSet-Cookie: {COOKIE}\r\nX-Real-IP: {HIDDEN}\r\n"},
            ),
            ("rawHeaders", ["Cookie", COOKIE, "X-Forwarded-For", HIDDEN]),
            ("request", {"headers": [["cookie", COOKIE], ["x-forwarded-for", HIDDEN]]}),
            ("har", {"headers": [{"name": "Cookie", "value": COOKIE}]}),
            ("cookie", COOKIE),
            ("authorization", f"Bearer {COOKIE}"),
        )
    ),
    "structlog": tuple(
        {"timestamp": AT, "event": "login", "user": "u1", name: HIDDEN}
        for name in (*PEERS, "REMOTE_ADDR", "HTTP_X_FORWARDED_FOR", "request.remote_addr")
    )
    + tuple(
        {"timestamp": AT, "event": "login", "user": "u1"} | nested
        for nested in (
            {"request": {"remote_addr": HIDDEN, "headers": {"X-Forwarded-For": HIDDEN}}},
            {"network": {"client": {"ip": HIDDEN}}, "HTTP_COOKIE": COOKIE},
        )
    ),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records_keep_neither_addresses_nor_cookies(name: str) -> None:
    parsed = parse(name, "".join(json.dumps(record) + "\n" for record in RECORDS[name]))
    assert parsed.faults == []
    assert parsed.table.num_rows == len(RECORDS[name])
    kept = str(parsed.table.to_pylist())
    assert HIDDEN not in kept
    assert COOKIE not in kept


@pytest.mark.parametrize(
    "column",
    [
        *("X-Forwarded-For", "OriginalIP", "cs(CF-Connecting-IP)", "X-Client-Address"),
        *("cs(X-ProxyUser-Ip)", "cs(Forwarded)"),
    ],
)
def test_columns_of_ones_own_with_addresses_are_not_kept(column: str) -> None:
    text = (
        f"#Fields: date time c-ip cs-uri-stem {column} cs(Cookie) sc-status\n"
        f"2026-11-20 10:00:00 192.0.2.1 /a {HIDDEN} {COOKIE} 200\n"
    )
    (row,) = parse("iis", text).table.to_pylist()
    assert row["url"] == "/a"
    assert HIDDEN not in str(row)
    assert COOKIE not in str(row)


def test_columns_are_left_out_by_what_they_hold() -> None:
    text = (
        "#Fields: date time c-ip cs-uri-stem c-port remote_port tax-ip cookie source cs(Cookie)\n"
        f"2026-11-20 10:00:00 192.0.2.1 /a 4711 4711 3 choc by:{HIDDEN}/x,y {COOKIE}\n"
        f"2026-11-20 10:00:01 192.0.2.1 /a 4711 Rotterdam {HIDDEN} a=b {HIDDEN} {COOKIE}\n"
    )
    first, second = (json.loads(row["properties"]) for row in parse("iis", text).table.to_pylist())
    assert first == {"tax-ip": "3", "cookie": "choc", "source": "by:[address]/x,y"}
    assert second == {"remote_port": "Rotterdam"}


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("client 198.51.100.7 closed keepalive connection",
         "client [address] closed keepalive connection"),
        ('user "bob" was not found from 2001:db8::1: no',
         'user "bob" was not found from [address]: no'),
        ("at 10:00:00 nothing", "at 10:00:00 nothing"),
        ("no host_198.51.100.7 in y/198.51.100.7", "no host_[address] in y/[address]"),
    ],
)  # fmt: skip
def test_addresses_in_messages_are_masked(message: str, kept: str) -> None:
    line = f"2026/11/20 10:00:02 [info] 31#31: *7 {message}\n"
    (row,) = parse("nginx_error", line).table.to_pylist()
    assert row["p_message"] == kept


def test_an_error_that_begins_with_user_and_address_is_theirs() -> None:
    line = f"5 | 20/11/2026 10:00:02 | bob | {HIDDEN} | it failed at {HIDDEN}\n"
    (row,) = parse("learning", line).table.to_pylist()
    assert (row["distinct_id"], row["p_message"]) == ("bob", "it failed at [address]")
    (row,) = parse("learning", "5 | 20/11/2026 10:00:02 | a | b | c\n").table.to_pylist()
    assert (row["distinct_id"], row["p_message"]) == (None, "a | b | c")


def test_of_a_request_with_the_address_in_other_words_nothing_of_it_is_kept() -> None:
    line = (
        f'192.0.2.1 - v{HIDDEN} [20/Nov/2026:10:00:02 +0000] "GET /a HTTP/1.1" 200 5 "-" "x/1" '
        f'"host_{HIDDEN}" y/{HIDDEN}\n'
    )
    (row,) = parse("combined", line).table.to_pylist()
    assert (row["p_user"], json.loads(row["properties"])) == (
        "v[address]",
        {"extra": '"host_[address]" y/[address]'},
    )


def test_a_mapping_that_names_an_address_keeps_it() -> None:
    fields = {"timestamp": Rule(("t",)), "name": Rule(("n",)), "distinct_id": Rule(("peer.ip",))}
    mapping = Mapping("jsonlines", fields, {"via": "proxy.ip"}, options={"hides": "addresses"})
    record = {"t": AT, "n": "a", "peer": {"ip": "u"}, "proxy": {"ip": "v"}}
    text = json.dumps(record | {"ip": HIDDEN, "peer_port": 4711, "tax": {"ip": 3}})
    form = open_format(Source("own", mapping=mapping), b"k", b"")
    (row,) = form.parse(form.records(text.encode(), 1)).table.to_pylist()
    assert (row["distinct_id"], row["properties"]) == ("u", '{"tax":{"ip":3},"via":"v"}')


def test_events_in_files_lose_what_stands_beside_their_properties() -> None:
    event = {"name": "a", "timestamp": AT, "ip": HIDDEN, "$ip": HIDDEN, "context": {"ip": HIDDEN}}
    own = {"ip": HIDDEN, "client_ip": "mine"}
    (row,) = parse("canonical", json.dumps(event | {"properties": own})).table.to_pylist()
    assert json.loads(row["properties"]) == own


def test_a_port_goes_beside_the_address_that_its_own_record_has() -> None:
    records = ({"req": {"remoteAddress": HIDDEN, "remotePort": 4711}}, {"nat_port": 4711})
    base = {"time": AT, "name": "app", "level": 30, "msg": "hello"}
    text = "".join(json.dumps(base | record) + "\n" for record in records)
    first, second = parse("bunyan", text).table.to_pylist()
    assert "4711" not in str(first)
    assert json.loads(second["properties"])["nat_port"] == 4711
