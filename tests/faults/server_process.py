"""`footfall serve` in a group of processes of its own, to be killed and started again."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from benchmarks.processes import memory_of
from benchmarks.servers import free_port
from tests.waiting import PATIENCE, wait_until

from footfall.intake.check import check_lake
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.ledger import Entry
from footfall.model.source import Source
from footfall.model.time import utc_now
from footfall.workspace.workspace import Workspace

SOURCE = "web"
ID = "web.example"
SETTINGS = '[intake]\nmove_every = "50ms"\nsegment = "64KiB"\n'


class Process:
    """The server of a lake of its own, on a port that it keeps when it is started again."""

    def __init__(self, root: Path, settings: str = SETTINGS) -> None:
        self.root = root
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = root.parent / "serve.log"
        lake = LakeFolder.create(root)
        lake.save_source(Source(SOURCE, tracker_ids=(ID,)))
        with (root / "footfall.toml").open("a") as file:
            file.write(settings)
        with Workspace(root, utc_now) as workspace:
            self.key = workspace.keys.create(SOURCE, "test").secret
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    def start(self) -> None:
        """Start it, and return once it answers."""
        command = [sys.executable, "-m", "footfall.cli.main", "--lake", str(self.root), "serve"]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [*command, "--port", str(self.port)],
                stdout=log,
                stderr=log,
                start_new_session=sys.platform != "win32",
            )
        wait_until(lambda: not self.is_running() or self.is_ready())
        assert self.is_running(), self.log.read_text("utf-8")[-2000:]

    def kill(self) -> None:
        """End all of its processes at once, without a word."""
        family = [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]
        if sys.platform == "win32":
            for each in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    each.kill()
        else:
            os.killpg(self.pid, signal.SIGKILL)
        self._wait()
        psutil.wait_procs(family, PATIENCE)

    def kill_writer(self) -> bool:
        """End the process that moves events; whether there was one."""
        found = False
        with contextlib.suppress(psutil.NoSuchProcess):
            for each in psutil.Process(self.pid).children():
                with contextlib.suppress(psutil.NoSuchProcess):
                    if "footfall.intake.worker_child" in each.cmdline():
                        each.kill()
                        found = True
        return found

    def stop(self) -> None:
        """End it as a service manager does: all that came is in the lake then."""
        if self._child is None or not self.is_running():
            return
        self._child.terminate()
        self._wait()

    def _wait(self) -> None:
        assert self._child is not None
        self._child.wait(PATIENCE)

    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def is_ready(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask("GET", "/readyz")[0] == 200
        return False

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        timeout: float = PATIENCE,
        **headers: str,
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers in small letters and body of one answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, found, answer.read()
        finally:
            connection.close()

    def talk(self, *parts: bytes) -> bytes:
        """All that the server says to these bytes until it closes the connection.

        It stays open for whatever asks for it; parts come a moment apart.
        """
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            with contextlib.suppress(OSError):
                for part in parts:
                    connection.sendall(part)
                    time.sleep(0.02)
            return _all_of(connection)

    def memory(self) -> int:
        """Resident bytes of all of its processes."""
        return memory_of(self.pid)

    def rows(self) -> list[dict[str, Any]]:
        """Id, time, name, country and properties of the events in the lake."""
        import pyarrow.parquet as pq

        columns = ["event_id", "timestamp", "name", "country", "properties"]
        rows: list[dict[str, Any]] = []
        for file in LakeFolder.open(self.root).table(SOURCE).snapshot().files:
            rows += pq.read_table(file.path, columns=columns, partitioning=None).to_pylist()
        return rows

    def settle(self) -> None:
        """Wait until all that was taken in is in the lake."""

        def is_settled() -> bool:
            text = self.ask("GET", "/metrics")[2]
            return b"\nfootfall_journal_backlog_bytes 0.0\n" in text

        wait_until(is_settled)

    def entries(self, source: str = SOURCE) -> list[Entry]:
        """The ledger's entries of a source."""
        with Ledger(self.root / FILE_NAME) as ledger:
            return list(ledger.entries(source))

    def check(self) -> None:
        """The ledger balances, and `footfall doctor --full` has nothing to say.

        But for files that are small: the longer a busy machine takes, the more of them lie there
        before they are due to be compacted.
        """
        assert all(each.is_balanced for each in self.entries())
        findings = [each.to_dict() for each in check_lake(LakeFolder.open(self.root), is_full=True)]
        assert [each for each in findings if each["code"] != "small_files"] == [], findings


def _all_of(connection: socket.socket) -> bytes:
    parts: list[bytes] = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


@contextmanager
def serving(root: Path, settings: str = SETTINGS) -> Iterator[Process]:
    """A server that answers, until the block ends."""
    process = Process(root, settings)
    process.start()
    try:
        yield process
    finally:
        if process.is_running():
            process.kill()


def error_code(body: bytes) -> str:
    """The code in an answer of Footfall's own."""
    return str(json.loads(body)["error"]["code"])
