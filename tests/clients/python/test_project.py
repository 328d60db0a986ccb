"""A real Django project with and without Footfall, its own tests, and under real servers."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from benchmarks.servers import free_port
from tests.clients.python.sink import Event, Sink, serving
from tests.waiting import PATIENCE, wait_until

HERE = Path(__file__).parent
pytestmark = pytest.mark.slow


@pytest.fixture
def sink() -> Iterator[Sink]:
    with serving() as sink:
        yield sink


def environment(tmp_path: Path, sink: Sink | None) -> dict[str, str]:
    given = {**os.environ, "PYTHONPATH": str(HERE), "PYTHONWARNINGS": "error",
             "DJANGO_SETTINGS_MODULE": "project.settings",
             "PROJECT_DATABASE": str(tmp_path / "project.db")}  # fmt: skip
    given.pop("FOOTFALL_URL", None)
    if sink:
        given["FOOTFALL_URL"] = sink.url
        given["FOOTFALL_SPOOL"] = str(tmp_path / "spool")
    return given


def manage(tmp_path: Path, sink: Sink | None, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        env=environment(tmp_path, sink),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def named(sink: Sink, name: str) -> list[Event]:
    return [event for event in sink.events.values() if event["name"] == name]


def test_the_projects_own_tests_pass_with_and_without(tmp_path: Path, sink: Sink) -> None:
    without = manage(tmp_path, None, "test", "project")
    assert sink.events == {}
    within = manage(tmp_path, sink, "test", "project")
    numbers = [re.findall(r"Ran (\d+) tests", text) for text in (without, within)]
    assert numbers == [["9"], ["9"]]
    # What those tests did, as events.
    names = Counter(event["name"] for event in sink.events.values())
    assert names["login"] == names["logout"] == names["comment.post"] == 1
    assert names["article.view"] == 2  # as ada, and after her comment; /plain/ is no article
    assert names["error"] == 4
    _check_users(sink)
    _check_errors(sink)
    _check_routes(sink)


def _check_users(sink: Sink) -> None:
    (comment,) = named(sink, "comment.post")
    (inner,) = named(sink, "comment.length")
    assert comment["distinct_id"] == inner["distinct_id"] == "1"
    assert comment["properties"]["article"] == "one"
    assert inner["properties"] == {"length": 4}
    assert comment["session_id"].startswith("s_")
    plain = [e for e in named(sink, "request") if e["properties"].get("route") == "plain"]
    # The project did not ask who it was, so neither did we.
    assert [event["distinct_id"][:2] for event in plain] == ["v_"]


def _check_errors(sink: Sink) -> None:
    assert {event["properties"]["kind"] for event in named(sink, "error")} == {"LookupError"}
    routes = Counter(event["properties"]["route"] for event in named(sink, "error"))
    assert routes == {"fail": 2, "fail_later": 2}
    assert not [event for event in sink.events.values() if "secret" in str(event)]


def _check_routes(sink: Sink) -> None:
    (lookup,) = named(sink, "word.lookup")
    (looked_up,) = named(sink, "looked.up")
    assert lookup["properties"]["word"] == looked_up["properties"]["word"] == "apple"
    assert lookup["distinct_id"] == looked_up["distinct_id"]
    routes = {
        e["properties"].get("route"): e["properties"]["status"] for e in named(sink, "request")
    }
    assert routes["feed"] == routes["export"] == routes["source"] == routes["articles"] == 200
    assert routes["fail"] == 500
    assert routes[None] == 404  # nowhere


@contextmanager
def under(tmp_path: Path, sink: Sink, command: Sequence[str], port: int) -> Iterator[None]:
    """The project served by `command`, stopped as an operator would."""
    manage(tmp_path, None, "migrate", "--run-syncdb", "--verbosity", "0")
    given = environment(tmp_path, sink)
    given.pop("PYTHONWARNINGS")
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=given, stdout=log, stderr=log)
        try:
            wait_until(lambda: process.poll() is not None or _get(port, "/health") == 200)
            assert process.poll() is None, (tmp_path / "server.log").read_text()[-2000:]
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def _get(port: int, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path, headers={"User-Agent": "test", **headers})
        response = connection.getresponse()
        response.read()
        return response.status
    except OSError:
        return 0
    finally:
        connection.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="gunicorn needs fork")
def test_under_gunicorn_which_forks_what_was_loaded(tmp_path: Path, sink: Sink) -> None:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--preload", "--workers", "2",
               "--max-requests", "15", "--bind", f"127.0.0.1:{port}", "project.wsgi"]  # fmt: skip
    _send_and_compare(tmp_path, sink, command, port)


def test_under_uvicorn_with_workers(tmp_path: Path, sink: Sink) -> None:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--workers", "2", "--port", str(port),
               "--lifespan", "off", "project.asgi:application"]  # fmt: skip
    _send_and_compare(tmp_path, sink, command, port)


def _send_and_compare(tmp_path: Path, sink: Sink, command: list[str], port: int) -> None:
    paths = ["/articles/", "/words/pear/", "/export/", "/fail/", "/nowhere/"] * 8
    with under(tmp_path, sink, command, port):
        answers = Counter((path, _get(port, path)) for path in paths)
    assert answers == {
        ("/articles/", 200): 8, ("/words/pear/", 200): 8, ("/export/", 200): 8,
        ("/fail/", 500): 8, ("/nowhere/", 404): 8,
    }  # fmt: skip
    # Health checks are excluded; every other request is there, once, sent once.
    seen = Counter((event["name"], _status(event)) for event in sink.events.values())
    assert seen == {
        ("request", 200): 16, ("word.lookup", 200): 8, ("looked.up", None): 8,
        ("request", 500): 8, ("error", 500): 8, ("request", 404): 8,
    }  # fmt: skip
    assert sink.n_received == len(sink.events)


def _status(event: dict[str, Any]) -> int | None:
    return event["properties"].get("status")
