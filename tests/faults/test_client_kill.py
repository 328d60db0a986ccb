"""The server is killed at random moments while real clients send, and started again."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from tests.faults.crowd import check, crowd
from tests.faults.server_process import serving
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


def test_a_server_killed_while_clients_send(tmp_path: Path) -> None:
    chance = random.Random(1)
    with (
        serving(tmp_path / "lake") as server,
        crowd(server.url, server.key, tmp_path / "spool") as sending,
    ):
        for _ in range(3):
            time.sleep(0.3 + chance.random())
            server.kill()
            time.sleep(chance.random() / 2)
            server.start()
        sending.stop()
        server.stop()
        check(server, sending.clients)


def test_a_writer_killed_while_clients_send(tmp_path: Path) -> None:
    chance = random.Random(3)
    with (
        serving(tmp_path / "lake") as server,
        crowd(server.url, server.key, tmp_path / "spool") as sending,
    ):
        for _ in range(8):
            time.sleep(0.1 + chance.random() * 0.8)
            wait_until(server.kill_writer)
        assert server.is_running()
        sending.stop()
        server.stop()
        check(server, sending.clients)
