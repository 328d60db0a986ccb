"""Free SQL over HTTP has an engine of its own, which stays warm whatever answers queries."""

from __future__ import annotations

from pathlib import Path

import psutil
from tests.lakes import make_lake
from tests.server.conftest import run

from footfall.model.source import Source
from footfall.settings import QuerySettings, Settings

SANDBOX = "footfall.engines.sandbox_child"


def sandboxes() -> set[int]:
    """Processes of this one that run people's SQL."""
    found: set[int] = set()
    for child in psutil.Process().children(recursive=True):
        try:
            if SANDBOX in child.cmdline():
                found.add(child.pid)
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            continue
    return found


def test_statements_share_one_process_beside_another_engine(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake", (Source("web"), [{"timestamp": "2026-11-01T10:00:00Z"}]))
    lake.settings = Settings(query=QuerySettings(engine="clickhouse"))
    others = sandboxes()
    with run(lake) as running, running.client(running.token("read")) as client:
        used: list[set[int]] = []
        for _ in range(3):
            answer = client.post("/api/v1/sql", json={"sql": "SELECT count(*) AS n FROM web"})
            assert answer.json()["rows"] == [{"n": 1}]
            used.append(sandboxes() - others)
        assert len(used[0]) == 1
        assert used[0] == used[1] == used[2]
        assert "engine" not in vars(running.app.state), "no query was asked"
    assert not used[0] & sandboxes()
