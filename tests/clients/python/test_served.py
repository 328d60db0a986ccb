"""The real server, killed while the client sends: each event arrives exactly once."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest
from benchmarks.servers import free_port, lake_with_key
from tests.clients.python.sink import wait_until

import footfall
from benchmarks import servers
from footfall_client import Client


def test_each_event_is_in_the_lake_exactly_once_though_the_server_is_killed(
    tmp_path: Path,
) -> None:
    root, spool = tmp_path / "lake", tmp_path / "spool"
    key, port = lake_with_key(root), free_port()
    client = Client(
        f"http://127.0.0.1:{port}", key, every="5ms", batch=40, spool=spool, timeout="2s",
        chance=lambda: 0.0,
    )  # fmt: skip
    stop = threading.Event()
    captured: list[int] = []

    def work() -> None:
        while not stop.wait(0.0005):
            assert client.capture("step", "u1", properties={"n": len(captured)})
            captured.append(len(captured))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(3):
            n_stored = client.stats.stored
            with servers.served(root, port) as server:
                wait_until(lambda n=n_stored: client.stats.stored > n + 200, 30)
                server.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
                server.wait()
            n_spooled = client.stats.spooled
            wait_until(lambda n=n_spooled: client.stats.spooled > n + 50, 30)
    finally:
        stop.set()
        thread.join()
    # The process of the host ends too, before the server is back.
    client.close()
    assert client.stats.lost == client.stats.dropped == client.stats.refused == 0
    assert client.stats.spooled > 150
    (folder,) = spool.iterdir()
    assert list(folder.iterdir())
    with (
        servers.served(root, port),
        Client(f"http://127.0.0.1:{port}", key, spool=spool) as again,
    ):
        assert again.flush(30)
    assert list(folder.iterdir()) == []
    assert _stored(root) == Counter(captured)


def _stored(root: Path) -> Counter[int]:
    with footfall.open(root) as lake:
        rows = lake.sql(
            "SELECT CAST(json_extract_string(properties, '$.n') AS INT) AS n FROM web"
        ).to_dicts()
    return Counter(row["n"] for row in rows)
