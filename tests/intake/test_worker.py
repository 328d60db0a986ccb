"""The process that writes to the lake for a server."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from footfall.errors import InternalError, LakeError
from footfall.intake.chores import adopt
from footfall.intake.intake import Intake
from footfall.intake.journal import Journal
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.intake.standing import Standing
from footfall.intake.worker import IDLE_SECONDS, Worker
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    lake = LakeFolder.create(tmp_path / "lake")
    lake.save_source(Source("web", properties={"price": "float"}))
    return lake


@pytest.fixture
def worker(lake: LakeFolder) -> Iterator[Worker]:
    with closing(Worker(lake.root)) as worker:
        yield worker


def body(*ids: str) -> bytes:
    return msgspec.json.encode([{"name": "a", "event_id": each} for each in ids])


def serve(intake: Intake, *bodies: bytes) -> list[Any]:
    """Receipts of the bodies, from an intake that is stopped gracefully then."""

    async def main() -> list[Any]:
        intake.start()
        try:
            return [await intake.accept("web", each) for each in bodies]
        finally:
            await asyncio.to_thread(intake.stop)

    return asyncio.run(main())


def n_rows(lake: LakeFolder) -> int:
    return lake.table("web").snapshot().n_rows


def stored(lake: LakeFolder) -> int:
    with Ledger(lake.root / FILE_NAME) as ledger:
        entry = ledger.balance("web")["web"]
    assert entry.is_balanced
    return entry.stored


def test_everything_is_moved_by_a_graceful_stop(lake: LakeFolder, worker: Worker) -> None:
    intake = Intake.open(lake, carriage=worker)
    receipts = serve(intake, body("1", "2"), body("2", "3"), body("4"))
    assert [(each.stored, each.duplicates) for each in receipts] == [(2, 0), (1, 1), (1, 0)]
    assert n_rows(lake) == stored(lake) == 4
    assert list(Journal.leftovers(lake.root / "journal")) == []
    assert intake.backlog == 0


def test_rejects_and_what_is_known_by_the_lake_alone(lake: LakeFolder, worker: Worker) -> None:
    serve(Intake.open(lake, carriage=worker), body("1"))
    (receipt,) = serve(Intake.open(lake, carriage=worker), body("1", "2")[:-1] + b',{"no":1}]')
    assert (receipt.stored, receipt.duplicates, len(receipt.rejected)) == (1, 1, 1)
    with Ledger(lake.root / FILE_NAME) as ledger:
        assert [item.code for item in ledger.rejects("web")] == ["missing_name"]
    assert stored(lake) == 2


def test_what_another_process_stored_meanwhile_is_known(lake: LakeFolder, worker: Worker) -> None:
    intake = Intake.open(lake, carriage=worker)
    old = b'[{"name":"a","event_id":"%s","timestamp":"2020-01-01T00:00:00Z"}]'

    async def main() -> list[int]:
        intake.start()
        try:
            found = [(await intake.accept("web", old % b"1")).duplicates]
            # Stored by somebody else, after this process looked at the table.
            other = Intake.open(LakeFolder.open(lake.root))
            other.append("web", [{"name": "a", "event_id": "2"}])
            other.close()
            await asyncio.to_thread(intake.move)
            found.append((await intake.accept("web", old % b"2")).duplicates)
            return found
        finally:
            await asyncio.to_thread(intake.stop)

    assert asyncio.run(main()) == [0, 1]


def test_it_is_started_when_needed_and_leaves_when_idle(lake: LakeFolder) -> None:
    now = 100.0
    with closing(Worker(lake.root, clock=lambda: now)) as worker:
        assert worker.pid is None
        worker.launch()
        first = worker.pid
        assert first is not None
        intake = Intake.open(lake, carriage=worker)
        assert worker.pid == first
        now += IDLE_SECONDS - 1
        worker.rest()
        assert worker.pid == first
        now += 1
        worker.rest()
        assert worker.pid is None
        assert not psutil.pid_exists(first)
        serve(intake, body("1"))
        assert worker.pid not in (None, first)
    assert worker.pid is None
    assert stored(lake) == 1


def test_a_death_is_told_and_the_next_one_goes_on(lake: LakeFolder, worker: Worker) -> None:
    intake = Intake.open(lake, carriage=worker)
    intake.append("web", [{"name": "a", "event_id": "1"}])
    assert worker.pid is not None
    intake.journal.commit([b""])  # something to move
    intake.mover._carriage = _Killed(worker, worker.pid)  # type: ignore[assignment]
    with pytest.raises(InternalError, match="ended"):
        intake.move()
    intake.mover._carriage = worker
    intake.append("web", [{"name": "a", "event_id": "2"}])
    intake.close()
    assert n_rows(lake) == stored(lake) == 2


def test_one_killed_while_a_server_starts_is_started_again(
    lake: LakeFolder, worker: Worker
) -> None:
    worker.launch()
    first = worker.pid
    assert first is not None
    # Stopped, it cannot answer before it is killed.
    os.kill(first, getattr(signal, "SIGSTOP", signal.SIGTERM))
    killer = subprocess.Popen(_kill_soon(first))
    intake = Intake.open(lake, carriage=worker)
    killer.wait()
    assert worker.pid not in (None, first)
    serve(intake, body("1"))
    assert stored(lake) == 1


def test_one_that_dies_whenever_it_starts_is_given_up(
    lake: LakeFolder, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts: list[int] = []
    command = [sys.executable, "-c", "import sys; sys.stdin.buffer.read(4); sys.exit(7)"]
    real = subprocess.Popen

    def popen(_command: list[str], **pipes: int) -> subprocess.Popen[bytes]:
        starts.append(1)
        return real(command, stdin=pipes["stdin"], stdout=pipes["stdout"])

    monkeypatch.setattr("footfall.intake.worker.subprocess.Popen", popen)
    with pytest.raises(InternalError, match="ended: 7"):
        Intake.open(lake, carriage=worker)
    assert len(starts) == 3


class _Killed:
    """A worker whose process is killed after it was asked, before it could answer."""

    def __init__(self, worker: Worker, pid: int) -> None:
        self._worker = worker
        self._pid = pid

    def move(self, journal: Any, standing: Standing, end: int, report: Any) -> Any:
        os.kill(self._pid, getattr(signal, "SIGSTOP", signal.SIGTERM))
        killer = subprocess.Popen(_kill_soon(self._pid))
        try:
            return self._worker.move(journal, standing, end, report)
        finally:
            killer.wait()


def _kill_soon(pid: int) -> list[str]:
    text = f"import time, psutil; time.sleep(0.3); psutil.Process({pid}).kill()"
    return [sys.executable, "-c", text]


def test_its_errors_are_raised_and_logged_here(
    lake: LakeFolder, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    intake = Intake.open(lake, carriage=worker)
    with caplog.at_level(logging.INFO):
        (lake.root / "tables").mkdir(exist_ok=True)
        (lake.root / "tables" / "web").write_text("no folder")
        intake.append("web", [{"name": "a", "event_id": "1"}])
    assert intake.mover.stuck == {"web": 0}
    assert "source web: events wait in the journal" in caplog.text
    assert "Traceback" in caplog.text
    with pytest.raises(LakeError):
        worker.look_after("web")
    (lake.root / "tables" / "web").unlink()
    intake.append("web", [{"name": "a", "event_id": "2"}])
    assert intake.mover.stuck == {}
    intake.close()
    assert stored(lake) == 2


def test_it_looks_after_tables_and_adopts_journals(lake: LakeFolder, worker: Worker) -> None:
    intake = Intake.open(lake)
    for n in range(12):
        intake.append("web", [{"name": "a", "event_id": str(n)}])
    intake.journal.commit([b"damaged"])
    intake.journal.close()  # as the system does for a process that dies
    intake.ledger.close()
    assert adopt(lake, worker).n_bytes > 0
    assert adopt(lake, worker).n_bytes == 0
    kept = worker.look_after("web")
    assert (kept.n_jobs, kept.n_files_before) == (1, 12)
    assert n_rows(lake) == 12


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups that share a signal")
def test_signals_do_not_end_it_but_the_end_of_its_server_does(
    lake: LakeFolder, worker: Worker
) -> None:
    intake = Intake.open(lake, carriage=worker)
    assert worker.pid is not None
    process = psutil.Process(worker.pid)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    intake.append("web", [{"name": "a"}])
    assert worker.pid == process.pid
    intake.close()
    # What the system does with the pipe when the server is killed.
    worker._process.stdin.close()  # type: ignore[union-attr]
    assert psutil.wait_procs([process], timeout=20)[1] == []
