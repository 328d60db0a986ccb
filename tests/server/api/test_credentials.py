"""Write keys and tokens made through the API."""

from __future__ import annotations

import json

from tests.server.conftest import Running


def test_a_key_made_here_sends_and_a_revoked_one_does_not(server: Running) -> None:
    with server.client(server.token("admin")) as client:
        made = client.post("/api/v1/sources/web/keys", json={"label": "app"}).json()
        assert made["key"].startswith(made["prefix"])
        with server.client(made["key"]) as sender:
            assert sender.post("/v1/events", json={"name": "hi"}).json()["stored"] == 1
        listed = client.get("/api/v1/sources/web/keys").json()["keys"]
        assert [(key["label"], key["revoked_at"]) for key in listed] == [("app", None)]
        assert made["key"] not in json.dumps(listed)
        # A key is revoked by its own source's address only.
        assert client.post("/api/v1/sources", json={"name": "shop"}).status_code == 201
        assert client.delete(f"/api/v1/sources/shop/keys/{made['prefix']}").status_code == 404
        assert client.delete(f"/api/v1/sources/web/keys/{made['prefix']}").status_code == 200
        other = client.post("/api/v1/sources/web/keys", json={}).json()["key"]
        client.delete(f"/api/v1/sources/web/keys/{other[:12]}")
        with server.client(other) as sender:
            assert sender.post("/v1/events", json={"name": "hi"}).status_code == 401


def test_a_token_made_here_works(server: Running) -> None:
    with server.client(server.token("admin")) as client:
        made = client.post("/api/v1/tokens", json={"label": "x", "rights": ["read"]})
        assert made.status_code == 201
        with server.client(made.json()["token"]) as reader:
            assert reader.get("/api/v1/sources").status_code == 200
        listed = client.get("/api/v1/tokens").json()["tokens"]
        assert made.json()["prefix"] in [token["prefix"] for token in listed]
        assert made.json()["token"] not in json.dumps(listed)
        assert client.post("/api/v1/tokens", json={"rights": ["all"]}).status_code == 400
