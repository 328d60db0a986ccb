from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from footfall.errors import Overloaded
from footfall.intake.commit import GroupCommit
from footfall.intake.journal import Journal


class Submitted:
    source = "web"
    payload = b"record"
    is_checked = True
    ids: list[str]

    def __init__(self) -> None:
        self.ids = []

    def drop(self, known: set[str]) -> None:
        raise AssertionError("nothing is known")


def test_whoever_comes_while_it_stops_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between asking whether it stops and joining a group, the stop may come."""
    journal = Journal.open(tmp_path)
    commit = GroupCommit(journal, max_waiting=1000)

    async def main() -> object:
        commit.start()
        real = asyncio.get_running_loop

        def stopped_meanwhile() -> asyncio.AbstractEventLoop:
            monkeypatch.setattr(asyncio, "get_running_loop", real)
            commit.stop()
            return real()

        monkeypatch.setattr(asyncio, "get_running_loop", stopped_meanwhile)
        return await asyncio.wait_for(commit.submit(Submitted()), timeout=5)

    with pytest.raises(Overloaded, match="stopping"):
        asyncio.run(main())
    assert commit.waiting == 0
    journal.close()


def test_what_was_submitted_before_the_stop_is_written(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    commit = GroupCommit(journal, max_waiting=1000)

    async def main() -> int:
        commit.start()
        future = commit.submit(Submitted())
        await asyncio.to_thread(commit.stop)
        return await future

    assert asyncio.run(main()) == journal.end > 0
    journal.close()
