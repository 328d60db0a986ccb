"""What the UserALE.js script does on the wire, sent to a real server."""

from __future__ import annotations

import json
import socket

import httpx
from tests.clients.trackers.conftest import Inbox

UPGRADE = (
    "GET /userale HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def record(number: int, tool: str) -> dict[str, object]:
    return {"type": "click", "logType": "raw", "clientTime": 1793534398250 + number,
            "userId": "u1", "sessionID": "s1", "toolName": tool}  # fmt: skip


def test_the_websocket_is_refused_and_the_connection_goes_on(inbox: Inbox) -> None:
    body = json.dumps([record(1, inbox.id)])
    post = (
        "POST /userale HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: applicaiton/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    )
    with socket.create_connection(("127.0.0.1", inbox.port), timeout=10) as connection:
        connection.sendall(UPGRADE.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 405 ")
    with socket.create_connection(("127.0.0.1", inbox.port), timeout=10) as connection:
        connection.sendall(post.encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 ")
    inbox.events(1)


def test_a_batch_sent_twice_counts_once(inbox: Inbox) -> None:
    body = json.dumps([record(n, "any") for n in range(5)])
    with httpx.Client(
        base_url=inbox.url, headers={"Authorization": inbox.key}, timeout=60
    ) as client:
        answers = [client.post("/userale", content=body).status_code for _ in range(2)]
    assert answers == [200, 200]
    events = inbox.events(5)
    assert {(event["name"], event["distinct_id"], event["session_id"]) for event in events} == {
        ("click", "u1", "s1")
    }
    inbox.expect("userale", 5, duplicates=5)
