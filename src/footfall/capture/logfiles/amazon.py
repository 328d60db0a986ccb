"""Access logs of Amazon's Application Load Balancer and of S3: cells between spaces.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from footfall.capture.logfiles.clock import iso_times, log_times
from footfall.capture.logfiles.lines import Entries, LineLog, timed
from footfall.capture.logfiles.mapped import FieldMapper, known, numbers
from footfall.capture.logfiles.split import Columns, split_quoted
from footfall.capture.records import Fault, Indices, Records
from footfall.capture.whereabouts import Whereabouts
from footfall.model.source import Source

_ALB: Final = """type time elb client target request_processing_time target_processing_time
    response_processing_time elb_status_code target_status_code received_bytes sent_bytes
    request user_agent ssl_cipher ssl_protocol target_group_arn trace_id domain_name
    chosen_cert_arn matched_rule_priority request_creation_time actions_executed redirect_url
    error_reason target_port_list target_status_code_list classification
    classification_reason conn_trace_id transformed_host transformed_uri
    request_transform_status"""
_S3: Final = """owner bucket time offset remote_ip requester request_id operation key request
    http_status error_code bytes_sent object_size total_time turn_around_time referer
    user_agent version_id host_id signature_version cipher_suite authentication_type
    host_header tls_version access_point_arn acl_required"""
ALB_NAMES: Final = tuple(_ALB.split())
S3_NAMES: Final = tuple(_S3.split())
_ALB_FEWEST: Final = ALB_NAMES.index("user_agent") + 1
_S3_FEWEST: Final = S3_NAMES.index("user_agent") + 1
_PARTS: Final = r"^(?P<method>\S+) (?P<target>.*?)(?: (?P<protocol>HTTP/[0-9.]+|-))?$"
_PORT: Final = r"^\[?(.*?)\]?(:[0-9]{1,5})?$"


class AlbLog(LineLog):
    """Format of a load balancer's entries; they are of the time when it had answered.

    `url` is without the port that is usual, `duration` in seconds the sum of the three
    times, where all are known.
    """

    def __init__(self, source: Source, secret: bytes, where: Whereabouts | None = None) -> None:
        super().__init__(FieldMapper(source, secret, ("client",), where))

    def _read(self, records: Records) -> Entries:
        part, n_cells = split_quoted(records, ALB_NAMES, _ALB_FEWEST)
        faults = _too_few(n_cells, _ALB_FEWEST)
        columns = {name: known(values) for name, values in part.columns.items()}
        if not columns:
            return _nothing(faults)
        times = iso_times(columns.pop("time"))
        columns["client"] = pc.replace_substring_regex(columns["client"], _PORT, r"\1")
        columns |= _request(columns.pop("request"))
        for scheme, port in (("http", 80), ("https", 443)):
            usual = rf"^({scheme}://[^/?#]+):{port}([/?#]|$)"
            columns["url"] = pc.replace_substring_regex(columns["url"], usual, r"\1\2")
        columns["duration"] = _sum_of_times(columns)
        reason = "time: the second cell is not of the form 2018-07-02T22:23:00.186641Z"
        return timed(part.rows, columns, times, reason, faults)


class S3Log(LineLog):
    """Format of a bucket's entries; `duration` is in seconds."""

    def __init__(self, source: Source, secret: bytes, where: Whereabouts | None = None) -> None:
        super().__init__(FieldMapper(source, secret, ("remote_ip",), where))

    def _read(self, records: Records) -> Entries:
        part, n_cells = split_quoted(records, S3_NAMES, _S3_FEWEST)
        faults = _too_few(n_cells, _S3_FEWEST)
        columns = {name: known(values) for name, values in part.columns.items()}
        if not columns:
            return _nothing(faults)
        moments = pc.binary_join_element_wise(columns.pop("time"), columns.pop("offset"), " ")
        times = log_times(pc.utf8_trim(moments, "[]"))
        columns |= _request(columns.pop("request"))
        columns["duration"] = pc.divide(numbers(columns.pop("total_time")), 1000.0)
        _add_host(columns)
        reason = "time: not of the form [06/Feb/2019:00:00:38 +0000]"
        return timed(part.rows, columns, times, reason, faults)


def _too_few(n_cells: Indices, fewest: int) -> list[Fault]:
    return [
        Fault(row, f"fewer than {fewest} cells, or a quote that is not closed")
        for row in np.flatnonzero(n_cells < fewest).tolist()
    ]


def _nothing(faults: list[Fault]) -> Entries:
    return Entries(np.zeros(0, np.int64), pa.array([], pa.int64()), {}, faults)


def _request(requests: pa.Array) -> Columns:
    """Method, url and protocol of `GET /x HTTP/1.1`; `request` where it is no such line."""
    # Not `field`, which would show what lies beneath a null.
    method, target, protocol = map(known, pc.extract_regex(requests, _PARTS).flatten())
    is_odd = pc.and_(pc.is_valid(requests), pc.is_null(target))
    return {
        "method": method,
        "url": target,
        "protocol": protocol,
        "request": pc.if_else(is_odd, requests, pa.scalar(None, pa.string())),
    }


def _sum_of_times(columns: Columns) -> pa.Array:
    steps = ("request_processing_time", "target_processing_time", "response_processing_time")
    times = [numbers(columns.pop(name)) for name in steps]
    columns["target_duration"] = _known_time(times[1])
    known_times = [_known_time(time) for time in times]
    return pc.add(pc.add(known_times[0], known_times[1]), known_times[2])


def _known_time(times: pa.Array) -> pa.Array:
    # -1 stands for a step that was never reached.
    return pc.if_else(pc.less(times, 0.0), pa.scalar(None, pa.float64()), times)


def _add_host(columns: Columns) -> None:
    host = columns.pop("host_header", None)
    if host is None:
        return
    is_path = pc.fill_null(pc.starts_with(columns["url"], "/"), False)
    whole = pc.binary_join_element_wise("https://", host, columns["url"], "")
    columns["url"] = pc.coalesce(pc.if_else(is_path, whole, columns["url"]), columns["url"])
    columns["host"] = host
