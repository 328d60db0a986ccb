"""Ends and forks of processes, and what importing costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clients.python.sink import Sink, serving

POSIX = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
HEAVY = {
    "asyncio", "dataclasses", "email", "gzip", "hashlib", "http", "http.client", "inspect",
    "logging", "pathlib", "random", "socket", "sqlite3", "ssl", "tempfile",
    "urllib.parse", "urllib.request", "zlib", "django", "footfall",
}  # fmt: skip


@pytest.fixture
def sink() -> Iterator[Sink]:
    with serving() as sink:
        yield sink


def run(code: str, sink: Sink | None, spool: Path, *, is_killed: bool = False) -> str:
    """What a program prints that has a client, `client`."""
    url = sink.url if sink else "http://127.0.0.1:9"
    head = f"""
        import os, sys, time
        from footfall_client import Client
        client = Client({url!r}, "ffw_1", spool={str(spool)!r}, every="1h", at_exit="60s")
    """
    program = textwrap.dedent(head) + textwrap.dedent(code)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert is_killed or done.returncode == 0, done.stderr
    return done.stdout


def names(sink: Sink) -> Counter[str]:
    return Counter(event["name"] for event in sink.events.values())


def test_importing_takes_in_nothing_heavy() -> None:
    code = (
        "import sys; before = set(sys.modules); import footfall_client; "
        "print(*(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-Sc", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": "clients/python"},
        cwd=Path(__file__).parents[3],
    )
    loaded = set(done.stdout.split())
    assert "footfall_client.client" in loaded, done.stderr
    assert loaded & HEAVY == set()


def test_a_process_that_ends_sends_what_it_has(sink: Sink, tmp_path: Path) -> None:
    run("for n in range(30): client.capture('x', n)", sink, tmp_path)
    assert names(sink) == {"x": 30}
    assert len(sink.events) == sink.n_received == 30


def test_a_process_that_ends_while_the_server_is_away_leaves_a_spool(
    sink: Sink, tmp_path: Path
) -> None:
    run("for n in range(30): client.capture('x', n)", None, tmp_path)
    (folder,) = tmp_path.iterdir()
    assert len(list(folder.iterdir())) == 1
    # The spool belongs to the server's address, so the next process takes the same one.
    folder.rename(tmp_path / _folder_of(sink))
    assert run("print(client.flush('60s'), client.stats.stored)", sink, tmp_path).split() == [
        "True",
        "30",
    ]
    assert names(sink) == {"x": 30}
    assert list((tmp_path / _folder_of(sink)).iterdir()) == []


def test_a_failing_program_is_no_reason_to_lose_events(sink: Sink, tmp_path: Path) -> None:
    run("client.capture('x'); sys.exit(0)", sink, tmp_path)
    run("client.capture('x')\nraise SystemError", sink, tmp_path, is_killed=True)
    assert names(sink) == {"x": 2}


@POSIX
def test_a_fork_sends_its_own_events_and_the_parent_its_own(sink: Sink, tmp_path: Path) -> None:
    code = """
        client.capture("parent")          # waits in the bucket when the process forks
        time.sleep(0.2)
        children = []
        for n in range(3):
            child = os.fork()
            if not child:
                client.capture(f"child{n}")
                assert client.stats.captured == 1
                sys.exit(0)
            children.append(child)
        client.capture("parent")
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
    """
    run(code, sink, tmp_path)
    assert names(sink) == {"parent": 2, "child0": 1, "child1": 1, "child2": 1}
    # Each was sent by one process only.
    assert sink.n_received == 5


@POSIX
def test_forks_while_the_thread_is_at_work(sink: Sink, tmp_path: Path) -> None:
    code = """
        children = []
        for n in range(40):
            client.capture("parent", n)
            client._hurry.set()           # the thread imports, connects or sends just now
            child = os.fork()
            if not child:
                client.capture("child", n)
                client.close('60s')
                os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
        client.close('60s')
    """
    run(code, sink, tmp_path)
    assert names(sink) == {"parent": 40, "child": 40}


@POSIX
def test_pools_of_processes_flush_as_well(sink: Sink, tmp_path: Path) -> None:
    code = """
        import multiprocessing
        def work(n):
            client.capture("job", n)
        client.capture("start")
        process = multiprocessing.get_context("fork").Process
        processes = [process(target=work, args=(n,)) for n in range(3)]
        for each in processes: each.start()
        for each in processes: each.join()
        assert [each.exitcode for each in processes] == [0, 0, 0]
    """
    run(code, sink, tmp_path)
    assert names(sink) == {"job": 3, "start": 1}


@POSIX
def test_what_was_spooled_survives_a_kill(sink: Sink, tmp_path: Path) -> None:
    code = """
        for n in range(20): client.capture("x", n)
        print(client.flush('60s'))
        os.kill(os.getpid(), 9)
    """
    sink.script = [(503, {})]
    run(code, sink, tmp_path, is_killed=True)
    assert sink.events == {}
    run("client.flush('60s')", sink, tmp_path)
    assert names(sink) == {"x": 20}


def test_a_lost_answer_doubles_nothing(sink: Sink, tmp_path: Path) -> None:
    sink.script = ["cut"]
    code = """
        for n in range(20): client.capture("x", n)
        print(client.flush('60s'), client.flush('10s'), client.stats.duplicates)
    """
    assert run(code, sink, tmp_path).split() == ["False", "True", "20"]
    assert names(sink) == {"x": 20}
    assert sink.n_received == 40


def _folder_of(sink: Sink) -> str:
    from footfall_client.spool import folder_name

    return folder_name(sink.url, "ffw_1")


def test_stats_are_json(sink: Sink, tmp_path: Path) -> None:
    code = """
        import json
        client.capture("x")
        client.flush('60s')
        print(json.dumps(client.stats.to_dict()))
    """
    found = json.loads(run(code, sink, tmp_path))
    assert (found["captured"], found["stored"], found["waiting"]) == (1, 1, 0)
