"""Where a lake is served can be asked as long as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from footfall.server.presence import announced, running_servers

OTHER = """
import sys
from pathlib import Path
from footfall.server.presence import announced
with announced(Path(sys.argv[1]), sys.argv[2]):
    print("begun", flush=True)
    sys.stdin.read()
"""


def other(root: Path, url: str) -> subprocess.Popen[str]:
    """Another process that serves the lake there until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", OTHER, str(root), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def test_nothing_runs_before_and_after(tmp_path: Path) -> None:
    assert running_servers(tmp_path) == []
    with announced(tmp_path, "http://127.0.0.1:1"):
        assert running_servers(tmp_path) == ["http://127.0.0.1:1"]
    assert running_servers(tmp_path) == []
    assert list(tmp_path.glob("locks/*")) == []


def test_the_last_to_start_comes_first_and_the_dead_do_not_count(tmp_path: Path) -> None:
    killed, stopped = (other(tmp_path, f"http://127.0.0.1:{port}") for port in (1, 2))
    notes = {path.read_text(): path for path in tmp_path.glob("locks/*.url")}
    # Two that start within one tick of the clock are told apart by nothing.
    os.utime(notes["http://127.0.0.1:1"], (1, 1))
    assert running_servers(tmp_path) == ["http://127.0.0.1:2", "http://127.0.0.1:1"]
    killed.kill()
    killed.communicate()
    assert running_servers(tmp_path) == ["http://127.0.0.1:2"]
    assert not notes["http://127.0.0.1:1"].exists()
    stopped.communicate()
    assert running_servers(tmp_path) == []
