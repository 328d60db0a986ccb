"""More than can be taken in is refused, and told."""

from __future__ import annotations

import asyncio
import errno
import gzip
import os
import threading
from typing import Any

import pytest
from tests.intake.running import HOUR, Clock, balance, body, event, fail, ids, serve

from footfall.errors import Overloaded, StorageFull
from footfall.intake import intake as intake_module
from footfall.intake.intake import Intake
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable
from footfall.model.ledger import Entry


def test_a_full_disk_is_told_and_later_requests_work(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def work() -> Any:
        await intake.accept("web", body(event("1")))
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            results = await asyncio.gather(
                *(intake.accept("web", body(event(name))) for name in ("1", "2", "2")),
                return_exceptions=True,
            )
        assert all(isinstance(result, StorageFull) for result in results)
        return await intake.accept("web", body(event("1"), event("2")))

    receipt = serve(intake, work)
    assert (receipt.stored, receipt.duplicates) == (1, 1)
    assert ids(lake) == ["1", "2"]
    assert balance(lake) == Entry("web", HOUR, "*", 3, 2, 1)


def test_too_much_waiting_is_refused_before_it_is_read(
    lake: LakeFolder, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_INTAKE_MAX_WAITING", "1KiB")
    monkeypatch.setenv("FOOTFALL_INTAKE_MAX_BACKLOG", "1KiB")
    intake = Intake.open(LakeFolder.open(lake.root, clock=clock), clock)
    intake.load.check(10_000)  # alone it may be larger
    intake.load.hold(1000)
    with pytest.raises(Overloaded) as caught:
        intake.load.check(100)
    assert caught.value.retry_after == 1
    intake.load.hold(-1000)
    monkeypatch.setattr(EventTable, "append", fail)
    intake.append("web", [event("1", title="x" * 2000)])
    assert intake.backlog > 2000
    with pytest.raises(Overloaded, match="max_backlog") as caught:
        intake.load.check(1)
    assert caught.value.retry_after == 30
    intake.journal.close()
    intake.ledger.close()


def test_a_large_packed_body_is_unpacked_beside_the_loop(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []
    held: list[int] = []
    real = intake_module.unpack

    def unpack(body: bytes, encoding: str, limit: int) -> bytes:
        threads.append(threading.current_thread() is threading.main_thread())
        held.append(intake.load.waiting)
        return real(body, encoding, limit)

    monkeypatch.setattr(intake_module, "unpack", unpack)
    noise = "".join(f"{number:x}" for number in range(10_000))
    large = gzip.compress(body(event("1", title=noise)))
    assert len(large) > 4096

    async def work() -> None:
        await intake.accept("web", large)
        await intake.accept("web", gzip.compress(body(event("2"))))

    serve(intake, work)
    assert threads == [False, True]
    assert held == [len(large), 0]
    assert ids(lake) == ["1", "2"]
