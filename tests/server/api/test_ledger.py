"""The ledger and its rejects through the API."""

from __future__ import annotations

import json

import httpx
from tests.waiting import wait_until


def test_the_ledger_adds_up(client: httpx.Client) -> None:
    counts = {"received": 8, "stored": 6, "duplicates": 1, "rejected": 1, "mismatched": 1}
    wait_until(
        lambda: client.get("/api/v1/ledger").json()["balance"].get("web", {}).get("stored") == 6
    )
    ledger = client.get("/api/v1/ledger", params={"source": "web"}).json()
    assert ledger["balance"] == {"web": {**counts, "is_balanced": True}}
    sums = {name: sum(entry[name] for entry in ledger["entries"]) for name in counts}
    assert sums == counts
    text = client.get("/metrics").text
    for outcome, n_events in counts.items():
        line = f'footfall_events{{outcome="{outcome}",source="web"}} {float(n_events)}'
        assert line in text


def test_a_reject_tells_why_and_as_it_came(client: httpx.Client) -> None:
    page = client.get("/api/v1/rejects", params={"source": "web"}).json()
    (reject,) = page["rejects"]
    assert (page["n_rejects"], page["cursor"]) == (1, None)
    assert "name" in reject["reason"]
    assert json.loads(reject["raw"]) == {"distinct_id": "nameless"}
    exported = client.get("/api/v1/rejects/export").text.splitlines()
    assert [json.loads(line)["id"] for line in exported] == [reject["id"]]
