"""Real clients behind a connection that is cut, slow, or delivers things twice and late."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.crowd import check, crowd
from tests.faults.proxy import FAULTS, proxy
from tests.faults.server_process import serving
from tests.waiting import wait_until

pytestmark = pytest.mark.slow


def test_a_connection_that_spoils_one_request_in_two(tmp_path: Path) -> None:
    with (
        serving(tmp_path / "lake") as server,
        proxy(server.port, seed=1) as between,
        crowd(between.url, server.key, tmp_path / "spool") as sending,
    ):
        wait_until(lambda: min(between.done[fault] for fault in FAULTS) >= 5)
        between.is_honest = True
        sending.stop()
        # Long after all were answered, and the writer has moved them.
        server.settle()
        between.replay()
        server.stop()
        check(server, sending.clients)
        assert sum(each.duplicates for each in server.entries()) > 0
