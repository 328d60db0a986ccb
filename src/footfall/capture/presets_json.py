"""Ready-made mappings of logs that are a JSON object a line.

Addresses of people are hashed, and what else would tell them (forwarding headers, cookies)
is left out by their names. Durations are in seconds.
"""

from __future__ import annotations

from collections.abc import Mapping as Dictionary
from typing import Any, Final

from footfall.capture.mapping import Preset
from footfall.model.source import Mapping, PropertyType, Rule

_REQUEST: Final[dict[str, PropertyType]] = {
    "method": "text",
    "status": "int",
    "bytes": "int",
    "duration": "float",
    "protocol": "text",
    "user": "text",
}
_LOG: Final[dict[str, PropertyType]] = {"level": "text", "message": "text"}
_ADDRESSES: Final = ("ip", "client_ip", "remote_ip", "remote_addr", "remote_address", "peer")


def _rules(actor: tuple[str, ...], columns: Dictionary[str, tuple[str, ...]]) -> dict[str, Rule]:
    rules = {name: Rule(paths=paths) for name, paths in columns.items()}
    return rules | ({"distinct_id": Rule(paths=actor, hashed=True)} if actor else {})


def _json(
    summary: str,
    rules: dict[str, Rule],
    properties: dict[str, str],
    declare: dict[str, PropertyType],
    drop: tuple[str, ...] = (),
    **options: Any,
) -> Preset:
    mapping = Mapping("jsonlines", rules, properties, drop, options | {"hides": "addresses"})
    return Preset(mapping, declare, summary=summary)


def _nginx() -> Preset:
    times = ("time_iso8601", "time_local", "msec", "@timestamp", "timestamp", "time")
    columns = {
        "timestamp": times,
        "url": ("request_uri", "url", "uri"),
        "host": ("host", "http_host", "server_name"),
        "referrer": ("http_referer", "http_referrer"),
        "user_agent": ("http_user_agent",),
    }
    return _json(
        "nginx's access log where log_format writes JSON with the names of its variables",
        {"name": Rule(constant="request"), **_rules(("remote_addr",), columns)},
        {
            "method": "request_method",
            "bytes": "body_bytes_sent",
            "duration": "request_time",
            "protocol": "server_protocol",
            "user": "remote_user",
        },
        _REQUEST,
        request="request",
        is_text=True,
        addresses=["remote_addr"],
    )


def _caddy() -> Preset:
    columns = {
        "timestamp": ("ts",),
        "url": ("request.uri",),
        "host": ("request.host",),
        "referrer": ("request.headers.Referer.0",),
        "user_agent": ("request.headers.User-Agent.0",),
    }
    actor = ("request.client_ip", "request.remote_ip", "request.remote_addr")
    return _json(
        "Caddy's access log",
        {"name": Rule(constant="request"), **_rules(actor, columns)},
        {
            "method": "request.method",
            "bytes": "size",
            "protocol": "request.proto",
            "user": "user_id",
        },
        _REQUEST,
        ("request.headers", "request.remote_port", "resp_headers"),
        addresses=list(actor),
    )


def _traefik() -> Preset:
    columns = {
        "timestamp": ("StartUTC", "time"),
        "url": ("RequestPath",),
        "host": ("RequestHost",),
        "referrer": ("request_Referer",),
        "user_agent": ("request_User-Agent",),
    }
    return _json(
        "Traefik's access log with format json",
        {"name": Rule(constant="request"), **_rules(("ClientHost",), columns)},
        {
            "method": "RequestMethod",
            "status": "DownstreamStatus",
            "bytes": "DownstreamContentSize",
            "duration": "Duration",
            "protocol": "RequestProtocol",
            "user": "ClientUsername",
        },
        _REQUEST,
        ("StartLocal", "RequestAddr"),
        units={"duration": "ns"},
        addresses=["ClientHost"],
    )


def _docker() -> Preset:
    rules = _rules((), {"timestamp": ("time",)})
    return _json(
        "what Docker's json-file driver keeps of a container's output",
        {"name": Rule(constant="log"), **rules},
        {"message": "log"},
        {"message": "text", "stream": "text"},
    )


def _ecs() -> Preset:
    columns = {
        "timestamp": ("@timestamp",),
        "url": ("url.original", "url.full", "url.path"),
        "host": ("url.domain",),
        "referrer": ("http.request.referrer",),
        "user_agent": ("user_agent.original",),
    }
    return _json(
        "the Elastic Common Schema",
        {
            "name": Rule(paths=("event.action",), constant="log"),
            **_rules(("user.id", "user.name", "client.ip", "source.ip"), columns),
        },
        {
            "level": "log.level",
            "method": "http.request.method",
            "status": "http.response.status_code",
            "bytes": "http.response.bytes",
            "duration": "event.duration",
            "protocol": "http.version",
        },
        {**{key: kind for key, kind in _REQUEST.items() if key != "user"}, **_LOG},
        units={"duration": "ns"},
        level="log.level",
        addresses=["client.ip", "source.ip"],
    )


def _bunyan() -> Preset:
    columns = {
        "timestamp": ("time",),
        "url": ("req.url",),
        "host": ("req.headers.host",),
        "referrer": ("req.headers.referer",),
        "user_agent": ("req.headers.user-agent",),
    }
    actor = ("user_id", "userId", "user.id", "req.remoteAddress")
    return _json(
        "bunyan's and pino's records",
        {"name": Rule(constant="log"), **_rules(actor, columns)},
        {
            "logger": "name",
            "message": "msg",
            "method": "req.method",
            "status": "res.statusCode",
        },
        {"level": "int", "logger": "text", "message": "text", "method": "text", "status": "int"},
        ("req.headers", "res.headers"),
        level="level",
        addresses=["req.remoteAddress"],
    )


def _structlog() -> Preset:
    columns = {
        "timestamp": ("timestamp", "time", "@timestamp"),
        "name": ("event",),
        "url": ("url",),
        "path": ("path",),
        "user_agent": ("user_agent",),
    }
    return _json(
        "structlog's records as JSON; the event names itself",
        _rules(("user_id", "user.id", "user", *_ADDRESSES), columns),
        {},
        {"level": "text", "logger": "text"},
        addresses=list(_ADDRESSES),
    )


JSON_LOGS: Final[dict[str, Preset]] = {
    "nginx_json": _nginx(),
    "caddy": _caddy(),
    "traefik": _traefik(),
    "docker": _docker(),
    "ecs": _ecs(),
    "bunyan": _bunyan(),
    "structlog": _structlog(),
}
