"""The process that moves events is killed at random moments while five clients send."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from tests.faults.intake_process import serve
from tests.faults.test_kill import N_CLIENTS, SETTINGS, Client, check, processes
from tests.waiting import PATIENCE, wait_until

from footfall.lake.folder import LakeFolder
from footfall.model.source import Source

KILLS = 8


def workers(pid: int) -> list[psutil.Process]:
    """Processes that a server has started to write to the lake."""
    found: list[psutil.Process] = []
    for each in psutil.Process(pid).children():
        with suppress(psutil.NoSuchProcess):  # nor what is dead already
            if "footfall.intake.worker_child" in each.cmdline():
                found.append(each)
    return found


def kill_one(pid: int) -> None:
    """Kill the worker, waiting for one if there is none just now."""
    found: list[psutil.Process] = []

    def is_there() -> bool:
        found[:] = workers(pid)
        return bool(found)

    wait_until(is_there)
    for each in found:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def answers(clients: list[Client]) -> int:
    return sum(client.n_answers for client in clients)


@pytest.mark.parametrize("seed", range(2))
def test_a_mover_killed_often_loses_and_doubles_nothing(tmp_path: Path, seed: int) -> None:
    source = random.Random(seed)
    root = tmp_path / "lake"
    LakeFolder.create(root).save_source(Source("web"))
    with (root / "footfall.toml").open("a") as file:
        file.write(SETTINGS)
    clients = [Client(name, random.Random(seed * 100 + name)) for name in range(N_CLIENTS)]
    context = processes()
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(  # type: ignore[attr-defined]
        target=serve, args=(root, theirs), kwargs={"is_apart": True}
    )
    process.start()
    theirs.close()
    assert ours.poll(PATIENCE), "no server in a minute"
    port = ours.recv()
    threads = [threading.Thread(target=each.run, args=(port,)) for each in clients]
    for thread in threads:
        thread.start()
    for _ in range(KILLS):
        # A new one takes a while to start, and is killed there as well.
        time.sleep(source.choice((0.05, 0.4, 0.8)) * (source.random() + 0.3))
        kill_one(process.pid)
    n_before = answers(clients)
    wait_until(lambda: answers(clients) > n_before)
    left = workers(process.pid)
    process.kill()
    process.join()
    ours.close()
    for thread in threads:
        thread.join()
    # Senders noticed nothing, and a worker does not outlive its server by long.
    assert n_before > KILLS
    assert psutil.wait_procs(left, timeout=PATIENCE)[1] == []
    check(root, clients)
