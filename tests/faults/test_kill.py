"""A writer is killed at random moments while five clients send, and started again."""

from __future__ import annotations

import json
import multiprocessing
import random
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from multiprocessing.context import BaseContext
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.faults.intake_process import serve

from footfall.intake.intake import Intake
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source

N_CLIENTS = 5
KILLS = 10
SETTINGS = '[intake]\nmove_every = "20ms"\nsegment = "16KiB"\n'


def processes() -> BaseContext:
    """Processes that start quickly: forked from one that has loaded everything."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.intake_process", "footfall.lake.table"])
    return context


class Client:
    """Sends events until the connection breaks, and begins again with what was not answered."""

    def __init__(self, name: int, random: random.Random) -> None:
        self.name = name
        self.random = random
        self.n_made = 0
        self.unanswered: list[dict[str, object]] = []
        self.acknowledged: set[str] = set()
        self.n_answers = 0
        self.has_answer = threading.Event()

    def run(self, port: int) -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 60) as connection:
            # What was not answered is sent again: it may be on disk or not.
            while self._send(connection, self.unanswered or self._make()):
                self.unanswered = []

    def _make(self) -> list[dict[str, object]]:
        batch: list[dict[str, object]] = []
        for _ in range(self.random.choice((1, 1, 1, 5, 40))):
            self.n_made += 1
            # Every tenth event is one that another client sends as well.
            owner = "all" if self.n_made % 10 == 0 else str(self.name)
            batch.append({"name": "tick", "event_id": f"{owner}-{self.n_made}"})
        return batch

    def _send(self, connection: socket.socket, batch: list[dict[str, object]]) -> bool:
        self.unanswered = batch
        connection.sendall(json.dumps(batch).encode() + b"\n")
        answer = b""
        while not answer.endswith(b"\n"):
            part = connection.recv(65536)
            if not part:
                return False
            answer += part
        receipt = json.loads(answer)
        assert receipt["stored"] + receipt["duplicates"] == len(batch), receipt
        self.acknowledged.update(str(event["event_id"]) for event in batch)
        self.n_answers += 1
        self.has_answer.set()
        return True


def live_for(context: BaseContext, root: Path, clients: list[Client], seconds: float) -> None:
    """Start a writer, let the clients send, and kill it.

    A life of less than a tenth of a second is counted from the start of the process, a
    longer one from the first answer to each client.
    """
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=serve, args=(root, theirs))  # type: ignore[attr-defined]
    process.start()
    theirs.close()
    threads: list[threading.Thread] = []
    is_long = seconds >= 0.1
    if ours.poll(60 if is_long else seconds):
        port = ours.recv()
        threads = [threading.Thread(target=each.run, args=(port,)) for each in clients]
    for client, thread in zip(clients, threads, strict=False):
        client.has_answer.clear()
        thread.start()
    if is_long:
        for client in clients:
            assert client.has_answer.wait(60), "no answer in a minute"
        time.sleep(seconds)
    process.kill()
    process.join()
    ours.close()
    for thread in threads:
        thread.join()


def check(root: Path, clients: list[Client]) -> None:
    """Everything acknowledged is in the lake once, nothing twice, and the ledger adds up."""
    lake = LakeFolder.open(root)
    intake = Intake.open(lake)
    intake.close()
    assert intake.journal.damages == [] or all(d.kind == "torn" for d in intake.journal.damages)
    files = lake.table("web").snapshot().files
    ids = [
        event_id
        for file in files
        for event_id in pq.read_table(file.path, columns=["event_id"], partitioning=None)[
            "event_id"
        ].to_pylist()
    ]
    assert [key for key, n in Counter(ids).items() if n > 1] == []
    acknowledged = set[str]().union(*(client.acknowledged for client in clients))
    assert acknowledged - set(ids) == set()
    with Ledger(root / "ledger.db") as ledger:
        balance = ledger.balance("web").get("web")
    if ids:
        assert balance is not None
        assert balance.is_balanced
        assert balance.stored == len(ids)
        assert balance.received == balance.stored + balance.duplicates


def kill_often(tmp_path: Path, seed: int) -> None:
    source = random.Random(seed)
    context = processes()
    root = tmp_path / "lake"
    LakeFolder.create(root).save_source(Source("web"))
    with (root / "footfall.toml").open("a") as file:
        file.write(SETTINGS)
    clients = [Client(name, random.Random(seed * 100 + name)) for name in range(N_CLIENTS)]
    for _ in range(KILLS):
        # Short lives end while the journal of the one before is still being taken over.
        live_for(context, root, clients, source.choice((0.05, 0.15, 0.3)) * (source.random() + 0.3))
        check(root, clients)
    assert sum(client.n_answers for client in clients) > KILLS
    assert sum(len(client.acknowledged) for client in clients) > 100


@pytest.mark.parametrize("seed", range(2))
def test_a_writer_killed_20_times(tmp_path: Path, seed: int) -> None:
    kill_often(tmp_path, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 118))
def test_a_writer_killed_180_times_more(tmp_path: Path, seed: int) -> None:
    kill_often(tmp_path, seed)
