"""Where events came from, and what is kept of the addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.intake.mmdb import mmdb
from tests.server.conftest import Running, run
from tests.waiting import wait_until

from footfall.lake.folder import LakeFolder
from footfall.model.source import Addresses, Source

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
VIENNA = {
    "country": {"iso_code": "AT"},
    "city": {"names": {"en": "Vienna"}},
    "location": {"latitude": 48.2, "longitude": 16.4},
}
POLICIES: list[Addresses] = ["drop", "truncated", "keyed"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("places")
    (folder / "city.mmdb").write_bytes(mmdb({"81.10.0.0/16": VIENNA}))
    lake = LakeFolder.create(folder / "lake")
    (lake.root / "footfall.toml").write_text(f"[intake]\nplaces = '{folder / 'city.mmdb'}'\n")
    lake = LakeFolder.open(lake.root)
    for policy in POLICIES:
        lake.add_source(Source(policy, addresses=policy))
    with run(lake) as running:
        yield running


def send(
    server: Running, source: str, event: dict[str, Any], agent: str = BROWSER
) -> dict[str, Any]:
    """The event as it lies in the lake, sent through a proxy for 81.10.3.4."""
    key = server.app.state.workspace.keys.create(source, "test").secret
    headers = {"User-Agent": agent, "X-Forwarded-For": "81.10.3.4"}
    table = server.app.state.lake.table(source)
    before = table.snapshot().n_rows
    with server.client(key, **headers) as client:
        assert client.post("/v1/events", json=event).json()["stored"] == 1
    wait_until(lambda: table.snapshot().n_rows > before)
    with server.client(server.token()) as client:
        asked = {"source": source, "time_range": "last 24 hours", "limit": 1}
        return client.get("/api/v1/events", params=asked).json()["events"][0]


def test_a_visitor_s_place_is_known_and_the_address_is_not(server: Running) -> None:
    event = send(server, "drop", {"name": "look"})
    assert (event["country"], event["city"]) == ("AT", "Vienna")
    assert (event["latitude"], event["longitude"]) == (48.2, 16.4)
    assert event["address"] is None
    lake = server.app.state.lake
    files = [path for path in lake.root.rglob("*") if path.is_file()]
    assert not any(b"81.10.3.4" in path.read_bytes() for path in files)


def test_a_source_may_keep_the_network_or_a_hash(server: Running) -> None:
    assert send(server, "truncated", {"name": "look"})["address"] == "81.10.3.0"
    keyed = [send(server, "keyed", {"name": name})["address"] for name in ("a", "b")]
    assert keyed[0] == keyed[1]
    assert keyed[0].startswith("a_")


def test_a_program_s_address_is_not_the_visitor_s(server: Running) -> None:
    event = send(server, "truncated", {"name": "job", "distinct_id": "u1"}, "python-httpx/0.28")
    assert (event["country"], event["address"]) == (None, None)


def test_what_the_event_says_counts_more(server: Running) -> None:
    event = send(server, "drop", {"name": "look", "country": "de"})
    assert (event["country"], event["city"], event["latitude"]) == ("DE", None, None)
    event = send(server, "drop", {"name": "look", "country": "DE", "latitude": 52.5})
    assert event["latitude"] == 52.5
