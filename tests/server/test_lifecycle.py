"""Starting and stopping: one part that fails takes no other with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.server.conftest import Running, make_lake

from footfall.errors import LakeError
from footfall.intake.intake import Intake
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable
from footfall.model.source import Source
from footfall.server.app import create_app
from footfall.server.lifecycle import Lifecycle


def test_every_part_is_stopped_where_one_of_them_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = create_app(make_lake(tmp_path / "lake")).state
    stop_intake = Intake.stop
    stopped: list[str] = []

    def fail(intake: Intake) -> None:
        stop_intake(intake)
        raise OSError("no space left")

    def note(folder: LakeFolder) -> None:
        stopped.append(folder.root.name)

    monkeypatch.setattr(Intake, "stop", fail)
    monkeypatch.setattr(LakeFolder, "close", note)

    async def scenario() -> None:
        lifecycle = Lifecycle(state)
        await lifecycle.start()
        await lifecycle.stop()

    with pytest.raises(OSError, match="no space left"):
        asyncio.run(scenario())
    assert stopped == ["lake"]
    with pytest.raises(RuntimeError, match="shutdown"):
        asyncio.run(state.work.quick(lambda: None))


def test_a_table_that_cannot_be_read_keeps_no_news_of_others_back(
    server: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = server.app.state.lake
    lake.save_source(Source("broken"))
    snapshot = EventTable.snapshot

    def refuse(table: EventTable, *rest: object) -> object:
        if table.source.name == "broken":
            raise LakeError("its log is damaged")
        return snapshot(table, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(EventTable, "snapshot", refuse)
    news = server.news_of([{"name": "view"}])
    assert (news["source"], news["n_stored"]) == ("web", 1)
