"""A disk that is full for a while: nobody is told that events are kept which are not."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psutil
import pytest
from tests.faults.crowd import check, crowd
from tests.faults.server_process import Process, serving, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        sys.platform != "linux", reason="elsewhere no one limits the files of another process"
    ),
]


def limit_files(server: Process, n_bytes: int) -> None:
    """Let no file of the process that answers grow beyond so many bytes; -1 for no limit."""
    process = psutil.Process(server.pid)
    process.rlimit(psutil.RLIMIT_FSIZE, (n_bytes, -1))


BODIES = {
    "/v1/events": {"name": "not kept"},
    "/v1/batch": {"batch": [{"type": "track", "event": "not kept", "userId": "u1"}]},
    "/matomo.php": {"requests": ["?idsite=1&rec=1&action_name=a&url=https://x.example/"]},
}


def test_a_full_disk_while_clients_send(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "lake") as server,
        crowd(server.url, server.key, tmp_path / "spool") as sending,
    ):
        wait_until(lambda: sum(len(each.sent) for each in sending.clients) > 100)
        limit_files(server, 100)
        for path, body in BODIES.items():
            status, headers, _ = server.ask(
                "POST", path, json.dumps(body).encode(), x_footfall_key=server.key
            )
            assert status == 503, path
            assert "retry-after" in headers, path
        assert server.ask("GET", "/healthz")[0] == 200
        time.sleep(1)
        limit_files(server, -1)
        taken = {each.title: len(each.held) for each in sending.clients}
        wait_until(lambda: any(len(each.held) > taken[each.title] for each in sending.clients))
        sending.stop()
        server.stop()
        check(server, sending.clients)
