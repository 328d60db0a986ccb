"""A server on a real socket in this process, and clients of different rights."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
import uvicorn
from tests.waiting import PATIENCE, wait_until

from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.server.app import Application, create_app
from footfall.server.serve import bind

OPTIONS: dict[str, Any] = {
    "ws": "none",
    "log_config": None,
    "timeout_graceful_shutdown": 5,
    # Longer than clients keep them: none is to send just when its connection is closed.
    "timeout_keep_alive": 60,
}


class Running:
    """A server that answers, and ways to talk to it."""

    def __init__(self, app: Application, port: int) -> None:
        self.app = app
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._n_sent = 0

    def token(self, *rights: str) -> str:
        return self.app.state.workspace.tokens.create("test", rights or ["read"]).secret

    @contextmanager
    def client(self, token: str | None = None, **headers: str) -> Iterator[httpx.Client]:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        with httpx.Client(base_url=self.url, headers=headers, timeout=PATIENCE) as client:
            yield client

    def send(self, events: object, source: str = "web") -> httpx.Response:
        """Send events with a write key, and return the answer once they can be asked for."""
        key = self.app.state.workspace.keys.create(source, "test").secret
        with self.client(key) as client:
            answer = client.post("/v1/events", json=events)
        stored = answer.json().get("stored", 0)
        self._n_sent += stored
        lake = self.app.state.lake
        wait_until(lambda: lake.table(source).snapshot().n_rows >= self._n_sent)
        return answer

    def news_of(self, events: object) -> dict[str, Any]:
        """What listeners are told when these events come."""
        with (
            self.client(self.token()) as client,
            client.stream("GET", "/api/v1/live", params={"source": "web"}) as response,
        ):
            lines = response.iter_lines()
            next(lines)
            wait_until(lambda: self.app.state.live.has_listeners)
            self.send(events)
            return next(json.loads(line[6:]) for line in lines if line.startswith("data: "))

    @contextmanager
    def browser(self) -> Iterator[httpx.Client]:
        """A client that has followed a login link."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE) as client:
            key = self.app.state.workspace.logins.create()
            assert client.get("/login", params={"key": key}).status_code == 303
            yield client


@contextmanager
def run(lake: LakeFolder, port: int = 0, **options: Any) -> Iterator[Running]:
    """Serve the lake from a thread until the block ends, with these options of Uvicorn."""
    with bind("127.0.0.1", port) as listener:
        app = create_app(lake)
        config = uvicorn.Config(app, **{**OPTIONS, **options})
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        wait_until(lambda: server.started or not thread.is_alive())
        assert server.started
        try:
            yield Running(app, listener.getsockname()[1])
        finally:
            app.state.live.close()
            server.should_exit = True
            thread.join()


def make_lake(folder: Path) -> LakeFolder:
    """A lake with one source, `web`, that has no events yet."""
    lake = LakeFolder.create(folder)
    lake.save_source(Source("web", timezone="Europe/Berlin", properties={"price": "float"}))
    return lake


@pytest.fixture(autouse=True, scope="session")
def quiet() -> Iterator[None]:
    """Log lines are made, so that a fault in them shows, and go nowhere."""
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        logger_factory=structlog.ReturnLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    yield
    structlog.reset_defaults()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Running]:
    """A server of an empty lake, for tests that change things."""
    with run(make_lake(tmp_path / "lake")) as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server that the tests of a module share; they leave it as they found it."""
    with run(make_lake(tmp_path_factory.mktemp("shared") / "lake")) as running:
        yield running
