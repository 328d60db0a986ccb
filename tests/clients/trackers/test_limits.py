"""Bodies that are too large, packed too well, or no bodies at all, as each client hears of it."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest
from benchmarks.tracker_bodies.sample import samples
from tests.clients.trackers.conftest import Inbox

BIG = b"[" + b" " * (10 * 2**20) + b"]"
WAYS = {
    "raw": BIG,
    "packed": gzip.compress(BIG * 10, 1),
}
# What will never be taken is an error where the client stops at errors, else a success.
TOLD: dict[str, int] = {
    "/e/": 413, "/batch/": 413, "/i/v1/analytics/events": 413, "/import": 413, "/2/httpapi": 413,
    "/api/send": 413, "/mp/collect": 413, "/i/bulk": 200, "/api/event": 413,
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_body_beyond_the_limit_is_told_in_the_trackers_own_way(inbox: Inbox, way: str) -> None:
    with httpx.Client(base_url=inbox.url, timeout=30) as client:
        told = {path: client.post(path, content=WAYS[way]) for path in TOLD}
    assert {path: answer.status_code for path, answer in told.items()} == TOLD
    assert told["/2/httpapi"].json()["code"] == 413
    assert told["/import"].json()["status"] == 0
    assert told["/e/"].json()["code"] == "too_large"
    assert told["/i/bulk"].json()["result"].startswith("Not taken: ")


def test_no_body_and_no_sense_never_are_the_servers_fault(inbox: Inbox) -> None:
    found: dict[str, Any] = {}
    with httpx.Client(base_url=f"{inbox.url}/k/{inbox.key}", timeout=30) as client:
        for sample in samples():
            for body in (b"", b"\x00\xff", b"{" * 5_000, b'{"a": 1' + b"e9" * 99 + b"}"):
                answer = client.request(sample.method, sample.target, content=body)
                found[f"{sample.method} {sample.target} {body[:9]!r}"] = answer.status_code
    assert {place: status for place, status in found.items() if status >= 500} == {}
