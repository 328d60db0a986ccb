"""Ready-made mappings of servers' own log formats; properties are named alike in all."""

from __future__ import annotations

from typing import Any, Final

from footfall.capture.mapping import Preset
from footfall.model.interval import Interval
from footfall.model.source import Mapping, PropertyType, Rule

_REQUEST: Final[dict[str, PropertyType]] = {
    "method": "text",
    "status": "int",
    "bytes": "int",
    "duration": "float",
    "protocol": "text",
}

# The fields of CloudFront's files in their order, for files that have lost their header.
_CLOUDFRONT: Final = """date time x-edge-location sc-bytes c-ip cs-method cs(Host)
    cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type
    x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol
    ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields
    c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len
    sc-range-start sc-range-end"""


def _log(
    form: str,
    summary: str,
    *,
    actor: str,
    fields: dict[str, str],
    properties: dict[str, str],
    declare: dict[str, PropertyType],
    name: str = "request",
    drop: tuple[str, ...] = (),
    options: dict[str, Any] | None = None,
) -> Preset:
    rules = {
        "name": Rule(constant=name),
        "distinct_id": Rule(paths=(actor,), hashed=True),
        **{column: Rule(paths=(path,)) for column, path in fields.items()},
    }
    return Preset(Mapping(form, rules, properties, drop, options or {}), declare, summary=summary)


def _cloudfront() -> Preset:
    return _log(
        "cloudfront",
        "CloudFront's standard log, as text or as JSON",
        actor="c-ip",
        fields={
            "event_id": "x-edge-request-id",
            "url": "url",
            "host": "host",
            "referrer": "cs(referer)",
            "user_agent": "cs(user-agent)",
            "country": "c-country",
        },
        properties={
            "method": "cs-method",
            "status": "sc-status",
            "bytes": "sc-bytes",
            "protocol": "cs-protocol-version",
            "edge_location": "x-edge-location",
            "result": "x-edge-result-type",
            "response_result": "x-edge-response-result-type",
            "detailed_result": "x-edge-detailed-result-type",
            "request_bytes": "cs-bytes",
            "first_byte": "time-to-first-byte",
            "content_type": "sc-content-type",
            "content_length": "sc-content-len",
            "tls_version": "ssl-protocol",
            "tls_cipher": "ssl-cipher",
        },
        declare={
            **_REQUEST,
            "edge_location": "text",
            "result": "text",
            "response_result": "text",
            "detailed_result": "text",
            "request_bytes": "int",
            "first_byte": "float",
            "content_type": "text",
            "content_length": "int",
            "tls_version": "text",
            "tls_cipher": "text",
        },
        drop=("c-port",),
        options={"columns": _CLOUDFRONT.split(), "time_taken": "s", "agent": "percent"},
    )


def _iis() -> Preset:
    return _log(
        "iis",
        "the extended log of IIS and other servers (W3C), with its #Fields",
        actor="c-ip",
        fields={
            "url": "url",
            "host": "host",
            "referrer": "cs(referer)",
            "user_agent": "cs(user-agent)",
        },
        properties={
            "method": "cs-method",
            "status": "sc-status",
            "bytes": "sc-bytes",
            "protocol": "cs-version",
            "user": "cs-username",
            "substatus": "sc-substatus",
            "win32_status": "sc-win32-status",
            "request_bytes": "cs-bytes",
            "port": "s-port",
            "server": "s-ip",
        },
        declare={
            **_REQUEST,
            "user": "text",
            "substatus": "int",
            "win32_status": "int",
            "request_bytes": "int",
            "port": "int",
            "server": "text",
        },
        drop=("c-port",),
        options={"time_taken": "ms", "agent": "plus"},
    )


def _alb() -> Preset:
    return _log(
        "alb",
        "access log of Amazon's Application Load Balancer",
        actor="client",
        fields={"url": "url", "user_agent": "user_agent"},
        properties={
            "status": "elb_status_code",
            "bytes": "sent_bytes",
            "target_status": "target_status_code",
            "request_bytes": "received_bytes",
            "tls_version": "ssl_protocol",
            "tls_cipher": "ssl_cipher",
            "trace": "trace_id",
            "domain": "domain_name",
            "rule": "matched_rule_priority",
            "connection": "conn_trace_id",
        },
        declare={
            **_REQUEST,
            "target_status": "int",
            "target_duration": "float",
            "request_bytes": "int",
            "tls_version": "text",
            "tls_cipher": "text",
            "trace": "text",
            "domain": "text",
            "rule": "int",
            "connection": "text",
        },
        drop=(
            *("chosen_cert_arn", "request_creation_time", "target_port_list"),
            "target_status_code_list",
        ),
    )


def _s3() -> Preset:
    return _log(
        "s3",
        "server access log of S3",
        actor="remote_ip",
        fields={
            "url": "url",
            "host": "host",
            "referrer": "referer",
            "user_agent": "user_agent",
        },
        properties={
            "status": "http_status",
            "bytes": "bytes_sent",
            "user": "requester",
            "error": "error_code",
        },
        declare={
            **_REQUEST,
            "user": "text",
            "bucket": "text",
            "operation": "text",
            "key": "text",
            "object_size": "int",
            "error": "text",
        },
        drop=("owner", "host_id"),
    )


def _nginx_error() -> Preset:
    return _log(
        "nginx_error",
        "nginx's error log; its times are in the source's time zone",
        name="error",
        actor="client",
        fields={"url": "url", "host": "host", "referrer": "referrer"},
        properties={},
        declare={
            "level": "text",
            "message": "text",
            "method": "text",
            "protocol": "text",
            "server": "text",
            "upstream": "text",
            "pid": "int",
            "tid": "int",
            "connection": "int",
        },
    )


def _learning() -> Preset:
    rules = {
        "name": Rule(paths=("event",)),
        "distinct_id": Rule(paths=("user",)),
        "user_agent": Rule(paths=("agent",)),
    }
    declare: dict[str, PropertyType] = {
        "kind": "int",
        "simulation": "text",
        "exercise": "text",
        "exercise_host": "text",
        "container": "text",
        "message": "text",
    }
    summary = "a learning platform's log-ins, exercises and errors, parted by |"
    intervals = (
        Interval("session", "session.start", "session.end"),
        Interval(
            "exercise",
            "exercise.start",
            "exercise.end",
            key=("properties.exercise", "properties.container"),
        ),
    )
    return Preset(Mapping("learning", rules), declare, summary=summary, intervals=intervals)


SERVERS: Final[dict[str, Preset]] = {
    "cloudfront": _cloudfront(),
    "iis": _iis(),
    "alb": _alb(),
    "s3": _s3(),
    "nginx_error": _nginx_error(),
    "learning": _learning(),
}
