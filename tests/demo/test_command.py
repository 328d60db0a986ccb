"""`footfall demo` as a person calls it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from tests.waiting import PATIENCE

COMMAND = [sys.executable, "-m", "footfall.cli.main", "demo", "--events", "2000", "--days", "14"]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo") / "lake"
    done = _run("--no-serve", "--lake", str(root))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert re.search(r"Made a demo lake at .*: [\d,]+ events of 14 days", done.stderr)
    return root


def test_second_call_says_that_the_lake_is_there(root: Path) -> None:
    done = _run("--no-serve", "--lake", str(root))
    assert done.returncode == 0
    assert "is there already" in done.stderr


def test_lake_is_found_as_by_other_commands(root: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "FOOTFALL_LAKE": str(root)}
    assert "is there already" in _run("--no-serve", cwd=tmp_path, environment=environment).stderr
    done = _run("--no-serve", cwd=root)
    assert "is there already" in done.stderr


def test_a_lake_of_other_origin_is_refused(tmp_path: Path) -> None:
    (tmp_path / "footfall.toml").touch()
    done = _run("--no-serve", cwd=tmp_path)
    assert done.returncode == 1
    assert "not a demo lake" in done.stderr


def test_too_few_events_are_refused(tmp_path: Path) -> None:
    done = _run("--events", "5", "--lake", str(tmp_path / "lake"))
    assert done.returncode != 0
    assert "5 events" in done.stderr
    assert not (tmp_path / "lake").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="a child cannot be sent Ctrl-C there")
def test_one_link_is_printed_and_logs_in(root: Path) -> None:
    with subprocess.Popen(
        [*COMMAND, "--lake", str(root), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        try:
            assert child.stdout is not None
            link = child.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+/login\?key=\S+", link)
            jar = CookieJar()
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
            with opener.open(link) as page:
                assert page.status == 200
                assert "/login" not in page.url
            assert len(list(jar)) == 1
        finally:
            child.send_signal(signal.SIGINT)
            rest, _ = child.communicate(timeout=PATIENCE)
        assert rest == ""


def _run(
    *arguments: str, cwd: Path | None = None, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=environment,
        timeout=120,
    )
