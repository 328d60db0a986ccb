from __future__ import annotations

import asyncio
import json
import select
import socket
import threading
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from typing import cast

import httpx
import pytest
from starlette.requests import Request
from tests.server.conftest import Running
from tests.waiting import PATIENCE, wait_until

from footfall.engines.base import CancelToken
from footfall.errors import Cancelled, Overloaded
from footfall.server.metrics import Metrics
from footfall.server.work import Work

ENDLESS = (
    "with recursive t(n) as (select 1 union all select n + 1 from t where n < 1000000000) "
    "select max(n) from t"
)


class Caller:
    """A request whose connection can be cut."""

    is_gone = False

    async def is_disconnected(self) -> bool:
        return self.is_gone


def request(caller: Caller | None = None) -> Request:
    return cast("Request", caller or Caller())


def wait_for(token: CancelToken) -> str:
    """A query that runs until it is cancelled."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        token.check()
        time.sleep(0.005)
    return "never cancelled"


def test_a_query_ends_when_its_caller_goes_away() -> None:
    async def scenario() -> None:
        work, caller = Work(Metrics()), Caller()
        running = asyncio.create_task(work.query(request(caller), wait_for))
        await asyncio.sleep(0.05)
        caller.is_gone = True
        with pytest.raises(Cancelled):
            await asyncio.wait_for(running, PATIENCE)
        work.close()

    asyncio.run(scenario())


def test_a_query_ends_when_its_task_is_cancelled() -> None:
    tokens: list[CancelToken] = []

    def job(token: CancelToken) -> str:
        tokens.append(token)
        return wait_for(token)

    async def scenario() -> None:
        work = Work(Metrics())
        running = asyncio.create_task(work.query(request(), job))
        while not tokens:
            await asyncio.sleep(0.005)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert tokens[0].is_cancelled
        work.close()

    asyncio.run(scenario())


def test_only_so_many_run_and_only_so_many_wait() -> None:
    most = 0
    running = 0
    lock = threading.Lock()
    go = threading.Event()

    def job(_: CancelToken) -> int:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
        assert go.wait(PATIENCE)
        with lock:
            running -= 1
        return 1

    async def scenario() -> None:
        work = Work(Metrics(), queries=2, waiting=3)
        tasks = [asyncio.create_task(work.query(request(), job)) for _ in range(5)]
        while running < 2:
            await asyncio.sleep(0.005)
        with pytest.raises(Overloaded) as refused:
            await work.query(request(), job)
        assert refused.value.retry_after == 2
        # What is quick does not wait for queries.
        assert await asyncio.wait_for(work.quick(lambda: "quick"), PATIENCE) == "quick"
        go.set()
        assert await asyncio.gather(*tasks) == [1] * 5
        # There is room again.
        assert await work.query(request(), job) == 1
        work.close()

    asyncio.run(scenario())
    assert most == 2


def test_closing_cancels_what_runs() -> None:
    tokens: list[CancelToken] = []

    def job(token: CancelToken) -> str:
        tokens.append(token)
        return wait_for(token)

    async def scenario() -> None:
        work = Work(Metrics())
        running = asyncio.create_task(work.query(request(), job))
        while not tokens:
            await asyncio.sleep(0.005)
        await asyncio.to_thread(work.close)
        with pytest.raises(Cancelled):
            await asyncio.wait_for(running, PATIENCE)

    asyncio.run(scenario())


def running_queries(client: httpx.Client) -> float:
    lines = client.get("/metrics").text.splitlines()
    return next(
        float(line.split()[1]) for line in lines if line.startswith("footfall_queries_running ")
    )


@contextmanager
def asking(server: Running) -> Generator[socket.socket]:
    """A connection on which an endless statement was asked, cut when the block ends."""
    body = json.dumps({"sql": ENDLESS}).encode()
    head = (
        "POST /api/v1/sql HTTP/1.1", "Host: localhost", f"Authorization: Bearer {server.token()}",
        "Content-Type: application/json", f"Content-Length: {len(body)}", "", "",
    )  # fmt: skip
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall("\r\n".join(head).encode() + body)
        yield connection


def has_answer(connection: socket.socket) -> bool:
    return bool(select.select([connection], [], [], 0)[0])


def test_sql_over_http_ends_when_the_client_disconnects(server: Running) -> None:
    with server.client() as watcher:
        with asking(server):
            wait_until(lambda: running_queries(watcher) == 1)
        wait_until(lambda: running_queries(watcher) == 0)


def test_a_query_that_runs_does_not_hold_up_the_intake(server: Running) -> None:
    with ExitStack() as stack, server.client() as watcher:
        connections = [stack.enter_context(asking(server)) for _ in range(4)]
        wait_until(lambda: running_queries(watcher) == 2)
        assert server.send([{"name": "hi"}]).json()["stored"] == 1
        assert watcher.get("/healthz").status_code == 200
        assert not any(has_answer(each) for each in connections)
