"""Addresses and cookies that programs write in many places stay out of events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.capture.logfiles.samples import parse

AT = "2026-11-20T10:00:00Z"
HIDDEN = "198.51.100.7"
COOKIE = "s=topsecret"

RECORDS: dict[str, tuple[dict[str, Any], ...]] = {
    "nginx_json": tuple(
        {"time_iso8601": AT, "remote_addr": "192.0.2.1", "status": 200, name: value}
        for name, value in {
            "http_cf_connecting_ip": HIDDEN,
            "http_x_real_ip": HIDDEN,
            "http_x_forwarded_for": f"{HIDDEN}, 10.0.0.1",
            "http_true_client_ip": HIDDEN,
            "http_cookie": COOKIE,
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
    ),
    "bunyan": tuple(
        {"time": AT, "name": "app", "level": 30, "msg": "hello", name: HIDDEN}
        for name in ("remoteAddress", "remote_address", "clientIp", "client_ip", "client", "ip")
    ),
    "structlog": tuple(
        {"timestamp": AT, "event": "login", "user": "u1", name: HIDDEN}
        for name in ("remoteAddress", "remote_address", "clientIp", "client_ip", "client", "ip")
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


@pytest.mark.parametrize("column", ["X-Forwarded-For", "OriginalIP", "cs(CF-Connecting-IP)"])
def test_columns_of_ones_own_with_addresses_are_not_kept(column: str) -> None:
    text = (
        f"#Fields: date time c-ip cs-uri-stem {column} cs(Cookie) sc-status\n"
        f"2026-11-20 10:00:00 192.0.2.1 /a {HIDDEN} {COOKIE} 200\n"
    )
    (row,) = parse("iis", text).table.to_pylist()
    assert row["url"] == "/a"
    assert HIDDEN not in str(row)
    assert COOKIE not in str(row)


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("client 198.51.100.7 closed keepalive connection",
         "client [address] closed keepalive connection"),
        ('user "bob" was not found from 2001:db8::1: no',
         'user "bob" was not found from [address]: no'),
        ("at 10:00:00 nothing", "at 10:00:00 nothing"),
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
