"""Servers to be measured, each in a process of its own, started and stopped."""

from __future__ import annotations

import http.client
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmarks.processes import CommandFailed, footfall
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.model.time import utc_now
from footfall.workspace.workspace import Workspace

SOURCE = "web"
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers: its process, its port, seconds from its start to ready."""

    pid: int
    port: int
    seconds_to_ready: float


@contextmanager
def footfall_server(lake: Path) -> Generator[Running]:
    """`footfall serve` of this lake, as a user would start it."""
    port = free_port()
    with _running(footfall("--lake", str(lake), "serve", "--port", str(port)), port) as server:
        yield server


@contextmanager
def at_once_server() -> Generator[Running]:
    """A server of the same make that reads each request and answers without storing."""
    port = free_port()
    with _running([sys.executable, "-m", "benchmarks.at_once", str(port)], port) as server:
        yield server


def lake_with_key(root: Path) -> str:
    """A new lake with one source; the secret of a write key for it."""
    lake = LakeFolder.create(root)
    lake.save_source(Source(SOURCE, properties={"value": "float"}))
    with Workspace(lake.root, utc_now) as workspace:
        return workspace.keys.create(SOURCE, "benchmark").secret


def n_stored(root: Path) -> int:
    """Events in the lake's table."""
    return LakeFolder.open(root).table(SOURCE).snapshot().n_rows


def wait_until_stored(root: Path, n_events: int, patience: float = 120.0) -> int:
    """Events in the table once there are at least `n_events`; fails when they do not come."""
    until = time.monotonic() + patience
    while (found := n_stored(root)) < n_events:
        if time.monotonic() > until:
            raise AssertionError(f"{n_events:,} events were acknowledged, {found:,} are stored")
        time.sleep(0.5)
    return found


def free_port() -> int:
    """A port that nobody listens on.

    It lies below those that systems give to whoever connects, one of which could have it before
    it is listened on, and above the last that a browser refuses (10080).
    """
    while True:
        port = 11_000 + secrets.randbelow(20_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@contextmanager
def _running(command: Sequence[str], port: int) -> Generator[Running]:
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_until_ready(child, port, output)
            yield Running(child.pid, port, time.perf_counter() - started)
        finally:
            _stop(child)


def _wait_until_ready(child: subprocess.Popen[bytes], port: int, output: IO[bytes]) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if child.poll() is not None:
            output.seek(0)
            text = output.read().decode("utf-8", "replace")[-2000:]
            raise CommandFailed(f"the server ended with {child.returncode}:\n{text}")
        if _is_ready(port):
            return
        time.sleep(0.005)
    raise CommandFailed(f"the server was not ready after {_PATIENCE:.0f} seconds")


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _stop(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        child.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
    try:
        child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
