"""`footfall serve` as a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from tests.server.conftest import make_lake

from footfall.errors import Conflict, InvalidInput
from footfall.intake.check import check_lake
from footfall.lake.folder import LakeFolder
from footfall.server.serve import bind
from footfall.workspace.workspace import Workspace

LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/login\?key=(ffl_\S+)")


@contextmanager
def serving(root: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """A server process, and what it printed until it had begun."""
    command = [sys.executable, "-m", "footfall.cli.main", "serve", "--lake", str(root)]
    process = subprocess.Popen(
        [*command, "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    try:
        yield process, [process.stdout.readline() for _ in range(3)]
    finally:
        process.kill()
        process.communicate()


def stop(process: subprocess.Popen[str], number: signal.Signals) -> str:
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    return errors


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another process end it at once")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_from_nothing_to_a_login_and_events_that_stay(
    tmp_path: Path, number: signal.Signals
) -> None:
    root = tmp_path / "lake"
    with serving(root) as (process, lines):
        link = LINK.search("".join(lines))
        assert link is not None, lines
        lake = LakeFolder.open(root)
        with Workspace(root) as workspace:
            token = workspace.tokens.create("t", ["write"]).secret
            key = workspace.keys.create("web", "k").secret
        with httpx.Client(base_url=link[1], timeout=30) as client:
            assert client.get("/").status_code == 401
            assert client.get(link[0]).status_code == 303
            assert client.get("/").status_code == 200
            bearer = {"Authorization": f"Bearer {token}"}
            made = client.post("/api/v1/sources", json={"name": "web"}, headers=bearer)
            assert made.status_code == 201
            events = [{"name": "view", "distinct_id": f"u{n}"} for n in range(50)]
            sent = client.post(
                "/v1/events", json=events, headers={"X-Footfall-Key": key}, timeout=60
            )
            assert sent.json()["stored"] == 50
            # Stopped at once, with a page that still listens: what was acknowledged stays.
            with client.stream("GET", "/api/v1/live") as stream:
                lines_heard = stream.iter_lines()
                next(lines_heard)
                errors = stop(process, number)
        assert process.returncode == 0, errors
        assert "Stopped; everything taken in is on disk." in errors
        assert "Traceback" not in errors
    assert lake.table("web").snapshot().n_rows == 50
    assert not list(check_lake(lake, is_full=True))


def test_a_link_is_printed_once_unless_asked_for(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake")
    with Workspace(lake.root) as workspace:
        workspace.logins.redeem(workspace.logins.create(), timedelta(days=1))
    with serving(lake.root, "--login") as (_, lines):
        assert LINK.search("".join(lines))
    command = [sys.executable, "-m", "footfall.cli.main", "serve", "--lake", str(lake.root)]
    process = subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    first = [process.stdout.readline() for _ in range(3)]
    process.kill()
    rest, _ = process.communicate()
    assert "http://127.0.0.1:" in first[1]
    assert first[2] == f"Log in: footfall token login --lake {lake.root}\n"
    assert "login?key" not in rest


def test_with_a_public_address_the_local_one_is_said_as_well(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake")
    (lake.root / "footfall.toml").write_text('[server]\npublic_url = "https://stats.example/"\n')
    with serving(lake.root) as (_, lines):
        assert lines[1] == "  https://stats.example\n"
        assert re.fullmatch(r"  http://127\.0\.0\.1:\d+ on this machine, .*\n", lines[2])


def test_a_port_that_is_taken_is_said_so(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "footfall.cli.main", "serve", "--lake", str(lake.root),
             "--port", str(port)],
            capture_output=True,
            text=True,
            timeout=60,
        )  # fmt: skip
    assert result.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in result.stderr
    assert f"--port {port + 1}" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_server_that_cannot_start_is_said_so(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake")
    (lake.root / "footfall.toml").write_text('[intake]\nplaces = "nowhere.mmdb"\n')
    result = subprocess.run(
        [sys.executable, "-m", "footfall.cli.main", "serve", "--lake", str(lake.root),
         "--port", "0"],
        capture_output=True,
        text=True,
        timeout=60,
    )  # fmt: skip
    # Neither uvicorn's code 3, which would mean "not found", nor a success.
    assert result.returncode == 2
    assert "Error: The places file 'nowhere.mmdb' cannot be read" in result.stderr


def test_a_host_that_is_not_ours_is_said_so() -> None:
    with pytest.raises(InvalidInput, match=r"--host 'no\.such\.host\.invalid' is not an address"):
        bind("no.such.host.invalid", 0)
    with pytest.raises(InvalidInput, match=r"Cannot listen on 203\.0\.113\.7"):
        bind("203.0.113.7", 0)


def test_a_free_port_is_found_and_then_taken() -> None:
    with bind("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert port > 0
        with pytest.raises(Conflict, match="is taken"):
            bind("127.0.0.1", port)


def test_a_server_that_rests_has_loaded_nothing_that_only_work_needs(tmp_path: Path) -> None:
    root = make_lake(tmp_path / "lake").root
    script = f"""
import os, signal, sys
from footfall.lake.folder import LakeFolder
from footfall.server.serve import serve

def announce(_):
    print(sorted({{"duckdb", "deltalake", "numpy", "pyarrow"}} & set(sys.modules)))
    os.kill(os.getpid(), signal.SIGINT)

serve(LakeFolder.open({str(root)!r}), port=0, announce=announce)
print(sorted({{"duckdb", "deltalake", "numpy", "pyarrow"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    # Neither before nor after events could have come, nor by stopping.
    assert done.stdout.splitlines() == ["[]", "[]"], done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another process end it at once")
def test_a_signal_to_the_whole_group_moves_everything_first(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake")
    command = [sys.executable, "-m", "footfall.cli.main", "serve", "--lake", str(lake.root)]
    with Workspace(lake.root) as workspace:
        key = workspace.keys.create("web", "k").secret
    process = subprocess.Popen(
        [*command, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    link = LINK.search("".join(process.stdout.readline() for _ in range(3)))
    assert link is not None
    events = [{"name": "view"} for _ in range(50)]
    sent = httpx.post(
        f"{link[1]}/v1/events", json=events, headers={"X-Footfall-Key": key}, timeout=60
    )
    assert sent.json()["stored"] == 50
    # As a terminal does for Ctrl-C, and a service manager for all that it started.
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, "Traceback" in errors) == (0, False), errors
    assert lake.table("web").snapshot().n_rows == 50
    assert not list(check_lake(lake, is_full=True))
