"""What probes are told."""

from __future__ import annotations

import pytest
from tests.server.conftest import Running


def test_health_tells_what_is_the_matter(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.client() as client:
        assert client.get("/healthz").json()["status"] == "ok"
        assert client.get("/readyz").json()["checks"] == {"intake": "ok", "lake": "ok"}

        def fail() -> None:
            raise OSError("/secret/disk is gone")

        monkeypatch.setattr(server.app.state.lake, "sources", fail)
        broken = client.get("/readyz")
        assert (broken.status_code, broken.json()["checks"]["lake"]) == (503, "OSError")
        assert "secret" not in broken.text
        assert client.get("/healthz").status_code == 200
