"""The real server, killed while the client sends: each event arrives exactly once."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from benchmarks.servers import free_port, lake_with_key
from tests.waiting import PATIENCE, wait_until

import footfall
from footfall_client import Client

pytestmark = pytest.mark.slow


@contextmanager
def served(root: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`footfall serve` in a process of its own; killed, not stopped, at the end."""
    command = [sys.executable, "-m", "footfall.cli.main", "--lake", str(root), "serve"]
    with (root / "serve.log").open("ab") as log:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log)
        try:
            wait_until(lambda: process.poll() is not None or _is_ready(port))
            assert process.poll() is None, (root / "serve.log").read_text()[-2000:]
            yield process
        finally:
            process.kill()
            process.wait()


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def test_each_event_is_in_the_lake_exactly_once_though_the_server_is_killed(
    tmp_path: Path,
) -> None:
    root, spool = tmp_path / "lake", tmp_path / "spool"
    key, port = lake_with_key(root), free_port()
    client = Client(
        f"http://127.0.0.1:{port}", key, every="20ms", batch=40, spool=spool, timeout="2s",
        chance=lambda: 0.0,
    )  # fmt: skip
    stop = threading.Event()
    captured: list[int] = []

    def work() -> None:
        while not stop.wait(0.003):
            assert client.capture("step", "u1", properties={"value": len(captured)})
            captured.append(len(captured))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(2):
            n_stored = client.stats.stored
            with served(root, port):
                wait_until(lambda n=n_stored: _has_sent(client, n + 60))
            n_spooled = client.stats.spooled
            wait_until(lambda n=n_spooled: client.stats.spooled > n + 20)
    finally:
        stop.set()
        thread.join()
    # The process of the host ends too, before the server is back.
    client.close()
    assert client.stats.lost == client.stats.dropped == client.stats.refused == 0
    assert client.stats.spooled > 40
    (folder,) = spool.iterdir()
    assert list(folder.iterdir())
    with (
        served(root, port),
        Client(f"http://127.0.0.1:{port}", key, spool=spool) as again,
    ):
        assert again.flush(f"{PATIENCE}s")
        assert list(folder.iterdir()) == []
        assert _stored(root, len(captured)) == Counter(captured)


def _has_sent(client: Client, n_events: int) -> bool:
    # A flush does not wait for the pause between attempts, and so the test need not.
    client.flush("50ms")
    return client.stats.stored > n_events


def _stored(root: Path, n_expected: int) -> Counter[int]:
    def rows() -> list[int]:
        with footfall.open(root) as lake:
            return [row["value"] for row in lake.sql("SELECT value FROM web").to_dicts()]

    wait_until(lambda: len(rows()) >= n_expected)
    return Counter(int(value) for value in rows())
