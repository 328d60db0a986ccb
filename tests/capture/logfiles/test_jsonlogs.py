"""Logs that are JSON, as the programs write them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.capture.logfiles.samples import (
    CLOUDFRONT,
    CLOUDFRONT_HEADER,
    LEARNING,
    LINES,
    SECRET,
    one,
)

from footfall.capture.infer import infer
from footfall.capture.presets import PRESETS
from footfall.capture.pseudonyms import value_id

NGINX = {
    "time_iso8601": "2026-03-01T10:00:00+01:00",
    "remote_addr": "192.0.2.7",
    "request": "GET /a?b=1 HTTP/2.0",
    "status": "404",
    "body_bytes_sent": "153",
    "request_time": "0.250",
    "http_referer": "-",
    "http_user_agent": "curl/8",
    "host": "shop.example",
    "http_x_forwarded_for": "198.51.100.1",
}
CADDY = {
    "level": "info",
    "ts": 1646861401.5241024,
    "logger": "http.log.access",
    "msg": "handled request",
    "request": {
        "remote_ip": "192.0.2.7",
        "remote_port": "41342",
        "client_ip": "192.0.2.7",
        "proto": "HTTP/2.0",
        "method": "GET",
        "host": "localhost",
        "uri": "/a",
        "headers": {"User-Agent": ["curl/7.82.0"], "Accept": ["*/*"], "Referer": ["https://x/"]},
    },
    "bytes_read": 0,
    "user_id": "",
    "duration": 0.000929675,
    "size": 10900,
    "status": 200,
    "resp_headers": {"Server": ["Caddy"]},
}
TRAEFIK = {
    "ClientAddr": "192.0.2.7:50000",
    "ClientHost": "192.0.2.7",
    "ClientPort": "50000",
    "ClientUsername": "-",
    "DownstreamContentSize": 12,
    "DownstreamStatus": 200,
    "Duration": 1500000,
    "RequestHost": "shop.example",
    "RequestMethod": "GET",
    "RequestPath": "/a",
    "RequestProtocol": "HTTP/1.1",
    "RouterName": "web",
    "StartUTC": "2026-03-01T09:00:00.123456789Z",
    "request_User-Agent": "curl/8",
    "level": "info",
    "time": "2026-03-01T09:00:01Z",
}
DOCKER = {"log": "ready\n", "stream": "stderr", "time": "2026-03-01T09:00:00.123456789Z"}
ECS = {
    "@timestamp": "2026-03-01T09:00:00.000Z",
    "log.level": "ERROR",
    "message": "boom",
    "ecs": {"version": "8.10.0"},
    "http": {"request": {"method": "POST"}, "response": {"status_code": 500}},
    "url": {"original": "https://shop.example/pay"},
    "client": {"ip": "192.0.2.7"},
    "event": {"duration": 2000000000},
}
BUNYAN = {
    "name": "app",
    "hostname": "h",
    "pid": 123,
    "level": 50,
    "msg": "boom",
    "time": "2026-03-01T09:00:00.000Z",
    "v": 0,
}
STRUCTLOG = {
    "event": "user_logged_in",
    "level": "info",
    "timestamp": "2026-03-01T09:00:00Z",
    "user_id": 7,
    "plan": "pro",
}
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def of(name: str, record: dict[str, Any]) -> dict[str, Any]:
    return one(name, json.dumps(record), header="")


def test_nginx() -> None:
    row = of("nginx_json", NGINX)
    properties = json.loads(row.pop("properties"))
    assert row == {
        "timestamp": AT,
        "name": "request",
        "distinct_id": value_id("192.0.2.7", SECRET),
        "url": "/a?b=1",
        "host": "shop.example",
        "user_agent": "curl/8",
    }
    # Texts that are declared as numbers are such, so that they go to their columns.
    assert properties == {
        "method": "GET",
        "status": 404,
        "bytes": 153,
        "duration": 0.25,
        "protocol": "HTTP/2.0",
    }


def test_caddy() -> None:
    row = of("caddy", CADDY)
    properties = json.loads(row.pop("properties"))
    assert row["timestamp"] == datetime(2022, 3, 9, 21, 30, 1, 524102, tzinfo=UTC)
    assert (row["url"], row["host"]) == ("/a", "localhost")
    assert (row["user_agent"], row["referrer"]) == ("curl/7.82.0", "https://x/")
    assert properties["duration"] == 0.000929675
    assert (properties["method"], properties["bytes"]) == ("GET", 10900)
    assert not {"request", "resp_headers"} & properties.keys()


def test_traefik() -> None:
    row = of("traefik", TRAEFIK)
    properties = json.loads(row.pop("properties"))
    assert row["timestamp"] == AT.replace(microsecond=123456)
    assert (row["url"], row["user_agent"]) == ("/a", "curl/8")
    assert properties["duration"] == 0.0015  # 1,500,000 ns
    assert "192.0.2.7" not in str(properties)


def test_docker() -> None:
    row = of("docker", DOCKER)
    assert (row["name"], row["timestamp"]) == ("log", AT.replace(microsecond=123456))
    assert json.loads(row["properties"]) == {"message": "ready\n", "stream": "stderr"}


def test_ecs() -> None:
    row = of("ecs", ECS)
    properties = json.loads(row["properties"])
    assert (row["name"], row["url"]) == ("error", "https://shop.example/pay")
    assert row["distinct_id"] == value_id("192.0.2.7", SECRET)
    assert (properties["level"], properties["status"], properties["duration"]) == ("ERROR", 500, 2)
    assert of("ecs", ECS | {"log.level": "info", "event": {"action": "pay"}})["name"] == "pay"
    assert of("ecs", {**ECS, "log.level": None, "log": {"level": "warn"}})["name"] == "log"


def test_bunyan_and_pino() -> None:
    row = of("bunyan", BUNYAN)
    assert (row["name"], row["timestamp"]) == ("error", AT)
    assert json.loads(row["properties"])["logger"] == "app"
    pino = {"level": 30, "time": 1772355600000, "pid": 1, "hostname": "h", "msg": "hello"}
    row = of("bunyan", pino)
    assert (row["name"], row["timestamp"]) == ("log", AT)


def test_structlog() -> None:
    row = of("structlog", STRUCTLOG)
    assert (row["name"], row["distinct_id"]) == ("user_logged_in", value_id("7", SECRET))
    assert json.loads(row["properties"]) == {"level": "info", "plan": "pro"}


OBJECTS = {
    "nginx_json": NGINX,
    "caddy": CADDY,
    "traefik": TRAEFIK,
    "docker": DOCKER,
    "ecs": ECS,
    "bunyan": BUNYAN,
    "structlog": STRUCTLOG,
}


@pytest.mark.parametrize("name", OBJECTS)
def test_no_address_of_a_person_is_kept(name: str) -> None:
    text = str(of(name, OBJECTS[name]))
    assert "192.0.2.7" not in text
    assert "198.51.100.1" not in text


@pytest.mark.parametrize("name", OBJECTS)
def test_objects_are_told_by_their_keys(name: str) -> None:
    found = infer((json.dumps(OBJECTS[name]) + "\n").encode() * 3, "sample")
    assert (found.preset, found.n_rows, found.n_rejected) == (PRESETS[name], 3, 0)
    assert name in found.shape


@pytest.mark.parametrize("name", LINES)
def test_lines_are_told_by_their_looks(name: str) -> None:
    header, line = LINES[name]
    found = infer((header + f"{line}\n" * 3).encode(), "sample")
    assert (found.preset, found.n_rows, found.n_rejected) == (PRESETS[name], 3, 0)


def test_a_log_in_parts_is_told_still() -> None:
    assert infer(LEARNING.encode(), "sample").n_rows == 5
    names = CLOUDFRONT_HEADER.splitlines()[1].split()[1:]
    record = json.dumps(dict(zip(names, CLOUDFRONT.split("\t"), strict=True)))
    assert infer(record.encode(), "sample").preset == PRESETS["cloudfront"]
