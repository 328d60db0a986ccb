from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from footfall.server.logs import configure_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**before)


def fail(token: str) -> None:
    raise RuntimeError(f"failed with {len(token)} letters")


def log_failure() -> None:
    try:
        fail("fft_secret")
    except RuntimeError as error:
        structlog.get_logger("footfall.test").error("failed", path="/x", exc_info=error)


@pytest.mark.parametrize("as_json", [True, False])
def test_a_traceback_shows_no_values(stream: io.StringIO, as_json: bool) -> None:
    configure_logs(as_json=as_json, stream=stream)
    log_failure()
    text = stream.getvalue()
    assert "failed with 10 letters" in text
    assert "log_failure" in text
    # The source line with the literal is in a plain traceback; the variable's value is not.
    assert "token = " not in text
    assert "locals" not in text


def test_json_is_one_object_a_line(stream: io.StringIO) -> None:
    configure_logs(as_json=True, stream=stream)
    structlog.get_logger("footfall.test").info("request", path="/", status=200)
    logging.getLogger("uvicorn.error").warning("bad %s", "request")
    log_failure()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["request", "bad request", "failed"]
    assert [line["level"] for line in lines] == ["info", "warning", "error"]
    assert all("timestamp" in line for line in lines)
    assert lines[0]["status"] == 200


def test_the_environment_chooses_the_form(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    configure_logs(stream=stream)
    structlog.get_logger().info("for people")
    monkeypatch.setenv("FOOTFALL_LOG", "json")
    configure_logs(stream=stream)
    structlog.get_logger().info("for machines")
    people, machines = stream.getvalue().splitlines()
    assert "[info     ] for people" in people
    assert json.loads(machines)["event"] == "for machines"


def test_advice_to_install_websockets_is_left_out(stream: io.StringIO) -> None:
    configure_logs(as_json=True, stream=stream)
    server = logging.getLogger("uvicorn.error")
    server.warning("Unsupported upgrade request.")
    server.warning("No supported WebSocket library detected. Please use …")
    server.warning("Invalid HTTP request received.")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "Invalid HTTP request received."
