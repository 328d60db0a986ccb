from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.waiting import PATIENCE, wait_until
from typer.testing import CliRunner

from footfall.cli.main import app
from footfall.lake.folder import LakeFolder

COMMAND = [sys.executable, "-m", "footfall.cli.main"]
EVENTS = [
    '{"name":"buy","timestamp":"2026-11-01T10:00:00Z","user_id":"u1","price":2.5}',
    '{"name":"look","timestamp":"2026-11-01T10:01:00Z","user_id":"u2","price":"free"}',
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "events.jsonl"
    path.write_text("".join(f"{line}\n" for line in EVENTS), "utf-8")
    return path


def test_what_was_done_is_told(run: Run, path: Path) -> None:
    done = run("ingest", str(path), "--source", "web")
    assert done.exit_code == 0, done.output
    assert done.stdout == "1 file, 2 events received: 2 stored, 0 duplicates, 0 rejected\n"
    assert "1 values did not fit their declared type" in done.stderr
    again = run("ingest", str(path), "--source", "web")
    assert again.stdout.startswith("1 file, 0 events received")
    assert "Nothing in there is new: it was taken in before" in again.stderr


def test_counts_as_json(run: Run, path: Path) -> None:
    (path.parent / "more.gz").write_bytes(gzip.compress(EVENTS[0].encode() + b"\nbad\n"))
    done = run("ingest", str(path), str(path.parent / "*.gz"), "-s", "web", "--json")
    assert json.loads(done.stdout) == {
        "files": 2,
        "received": 4,
        "stored": 2,
        "duplicates": 1,
        "rejected": 1,
        "mismatched": 1,
    }
    again = json.loads(run("ingest", str(path), "-s", "web", "--json").stdout)
    assert (again["received"], again["stored"]) == (0, 0)


def test_standard_input(run: Run) -> None:
    done = run("ingest", "-", "-s", "web", input="\n".join(EVENTS))
    assert "2 stored" in done.stdout


def test_strict_ends_with_exit_code_4(run: Run, path: Path) -> None:
    path.write_text(f"{EVENTS[0]}\n{{\n{EVENTS[1]}\n", "utf-8")
    done = run("ingest", str(path), "-s", "web", "--strict")
    assert done.exit_code == 4
    assert f"Stopped at {path}, line 2: not JSON" in done.stderr
    assert "1 stored" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("none.log", "-s", "web"), 3, "No file 'none.log'"),
        (("-", "-s", "wep"), 3, "Did you mean 'web'?"),
        (("-",), 2, "--source"),
        ((), 2, "FILES"),
    ],
)
def test_what_is_wrong_is_told(
    run: Run, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = run("ingest", *arguments, input="")
    assert done.exit_code == code
    assert message in done.stderr


def test_log_in_two_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FOOTFALL_LAKE", raising=False)
    log = '192.0.2.1 - - [01/Nov/2026:10:05:03 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8"\n'
    (tmp_path / "access.log").write_text(log, "utf-8")
    runner = CliRunner()
    for command in (
        ["source", "add", "web", "--mapping", "combined"],
        ["ingest", "access.log", "--source", "web"],
    ):
        done = runner.invoke(app, command, prog_name="footfall")
        assert done.exit_code == 0, done.output
    assert LakeFolder.open("footfall").table("web").snapshot().n_rows == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no process can be interrupted alone there")
def test_ctrl_c_ends_following_in_good_order(lake: LakeFolder, path: Path) -> None:
    environment = {**os.environ, "FOOTFALL_LAKE": str(lake.root)}
    command = [*COMMAND, "ingest", str(path), "-s", "web", "--follow", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as process:
        wait_until(lambda: _n_rows(lake) == 2)
        with path.open("a", encoding="utf-8") as file:
            file.write(EVENTS[0].replace("u1", "u3") + "\n")
        wait_until(lambda: _n_rows(lake) == 3)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert json.loads(out)["stored"] == 3


def _n_rows(lake: LakeFolder) -> int:
    return lake.table("web").snapshot().n_rows
