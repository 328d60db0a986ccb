from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from footfall.errors import Overloaded, StorageFull
from footfall.intake.intake import Intake
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall.server.contexts import Contexts
from footfall.server.intake_http import KEY_LIFETIME, EventsEndpoint, KnownKeys

KEYS = {"good": "web", "orphan": "gone"}
EVENT = {"name": "signup", "event_id": "1", "distinct_id": "u1"}


class Answer:
    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.body = b""

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {key.decode(): value.decode() for key, value in message["headers"]}
        else:
            self.body += message["body"]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Speaks ASGI to the endpoint of a running intake."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.endpoint = EventsEndpoint(intake, KEYS.get, Contexts(intake))

    async def send(
        self,
        body: bytes | list[bytes] = b"",
        *,
        method: str = "POST",
        query: bytes = b"",
        address: str = "203.0.113.7",
        **headers: str,
    ) -> Answer:
        parts = [body] if isinstance(body, bytes) else body
        given = {"x_footfall_key": "good", "content_length": str(sum(map(len, parts)))} | headers
        scope = {
            "type": "http",
            "method": method,
            "query_string": query,
            "client": (address, 1234),
            "headers": [
                (key.replace("_", "-").encode(), value.encode())
                for key, value in given.items()
                if value
            ],
        }
        messages: list[dict[str, Any]] = [
            {"type": "http.request", "body": part, "more_body": place < len(parts) - 1}
            for place, part in enumerate(parts)
        ]
        answer = Answer()

        async def receive() -> dict[str, Any]:
            return messages.pop(0) if messages else {"type": "http.disconnect"}

        await self.endpoint(scope, receive, answer.send)
        return answer


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    lake = LakeFolder.create(tmp_path / "lake")
    lake.save_source(Source("web"))
    return lake


@pytest.fixture
def client(lake: LakeFolder) -> Iterator[Client]:
    intake = Intake.open(lake)
    yield Client(intake)
    intake.stop()


def run(client: Client, *calls: Any) -> list[Answer]:
    """Answers to several requests, one after the other."""

    async def main() -> list[Answer]:
        client.intake.start()
        answers = [await call() for call in calls]
        # Groups are answered in this loop, which has to run for as long.
        await asyncio.to_thread(client.intake._commit.stop)
        return answers

    return asyncio.run(main())


def one(client: Client, body: bytes | list[bytes] = b"", **options: Any) -> Answer:
    return run(client, lambda: client.send(body, **options))[0]


def test_events_are_answered_with_a_receipt(client: Client) -> None:
    body = json.dumps([EVENT, EVENT, {"no": "name"}]).encode()
    answer = one(client, body)
    assert answer.status == 200
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.json["stored"] == 1
    assert answer.json["duplicates"] == 1
    assert [(item["index"], item["code"]) for item in answer.json["rejected"]] == [
        (2, "missing_name")
    ]


def test_the_key_may_come_in_three_places(client: Client) -> None:
    body = json.dumps(EVENT).encode()
    answers = run(
        client,
        lambda: client.send(body),
        lambda: client.send(body, x_footfall_key="", authorization="Bearer good"),
        lambda: client.send(body, x_footfall_key="", query=b"a=b&key=good"),
    )
    assert [(answer.status, answer.json["stored"]) for answer in answers] == [
        (200, 1),
        (200, 0),
        (200, 0),
    ]


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"x_footfall_key": ""}, 401, "not_authenticated"),
        ({"x_footfall_key": "bad"}, 401, "not_authenticated"),
        ({"x_footfall_key": "x" * 10_000}, 401, "not_authenticated"),
        ({"x_footfall_key": "", "authorization": "Basic good"}, 401, "not_authenticated"),
        ({"x_footfall_key": "orphan"}, 403, "not_allowed"),
        ({"content_length": "99999999"}, 413, "too_large"),
        ({"content_length": "many"}, 400, "invalid_events"),
        ({"content_encoding": "br"}, 415, "unknown_encoding"),
    ],
)
def test_refusals(client: Client, headers: dict[str, str], status: int, code: str) -> None:
    answer = one(client, json.dumps(EVENT).encode(), **headers)
    assert (answer.status, answer.json["error"]["code"]) == (status, code)
    assert answer.json["error"]["message"]


def test_an_unreadable_body_is_refused_and_kept(client: Client, lake: LakeFolder) -> None:
    answer = one(client, b"[{]")
    assert (answer.status, answer.json["error"]["code"]) == (400, "invalid_events")
    client.intake.mover.run_once()
    with Ledger(lake.root / "ledger.db") as ledger:
        assert [item.raw for item in ledger.rejects("web")] == [b"[{]"]


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_write_keys_and_tokens_are_not_kept(
    client: Client, lake: LakeFolder, encoding: str
) -> None:
    key, token = "ffw_" + "Zm9vYmFy" + "x" * 35, "fft_" + "Zm9vYmFy" + "y" * 35
    bad = {"no": "name", "referrer": f"https://a.example/?key={key}"}
    event = {**EVENT, "url": f"https://a.example/v1/events?key={key}", "properties": {"t": token}}
    body = json.dumps([event, bad]).encode()
    packed = gzip.compress(body) if encoding else body
    first, second = run(
        client,
        lambda: client.send(packed, content_encoding=encoding),
        lambda: client.send(b"[{" + key.encode()),
    )
    assert (first.json["stored"], second.status) == (1, 400)
    client.intake.mover.run_once()
    (file,) = lake.table("web").snapshot().files
    (kept,) = pq.read_table(file.path, columns=["url", "properties"]).to_pylist()
    shown = "_Zm9vYmFy" + "*" * 35
    assert kept["url"] == f"https://a.example/v1/events?key=ffw{shown}"
    assert json.loads(kept["properties"]) == {"t": f"fft{shown}"}
    with Ledger(lake.root / "ledger.db") as ledger:
        raws = b" ".join(item.raw for item in ledger.rejects("web"))
    assert raws.count(f"ffw{shown}".encode()) == 2
    assert key.encode() not in raws


def test_a_body_comes_in_parts_and_packed(client: Client) -> None:
    packed = gzip.compress(json.dumps([EVENT]).encode())
    answer = one(client, [packed[:5], packed[5:20], packed[20:]], content_encoding="gzip")
    assert answer.json["stored"] == 1
    assert client.intake.load.waiting == 0


def test_a_body_without_end_is_stopped(client: Client) -> None:
    part = b"x" * 2**20
    answer = one(client, [part] * 12, content_length="")
    assert answer.status == 413
    assert client.intake.load.waiting == 0


def test_a_sender_that_goes_away_is_not_answered(client: Client) -> None:
    async def cut_short() -> Answer:
        answer = Answer()
        messages = [{"type": "http.request", "body": b"[", "more_body": True}]

        async def receive() -> dict[str, Any]:
            return messages.pop() if messages else {"type": "http.disconnect"}

        scope = {"method": "POST", "headers": [(b"x-footfall-key", b"good")], "client": None}
        await client.endpoint(scope, receive, answer.send)
        return answer

    (answer,) = run(client, cut_short)
    assert answer.status == 0
    assert client.intake.load.waiting == 0


@pytest.mark.parametrize(
    ("key", "hint"),
    [("bad", "is another lake's"), ("", "none came along"), ("fft_abc", "API token")],
)
def test_a_wrong_key_is_told_what_makes_a_right_one(client: Client, key: str, hint: str) -> None:
    message = one(client, b"{}", x_footfall_key=key).json["error"]["message"]
    assert hint in message
    assert "`footfall token create --write SOURCE`" in message


@pytest.mark.parametrize(
    ("error", "status", "wait"),
    [
        (Overloaded("too much", retry_after=3), 503, "3"),
        (StorageFull("no space", retry_after=10), 503, "10"),
    ],
)
def test_overload_says_when_to_come_again(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Overloaded, status: int, wait: str
) -> None:
    async def accept(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(client.intake, "accept", accept)
    answer = one(client, b"{}")
    assert (answer.status, answer.headers["retry-after"]) == (status, wait)


def test_too_much_at_once_is_refused_unread(client: Client) -> None:
    client.intake.load.hold(64 * 2**20)
    answer = one(client, json.dumps(EVENT).encode())
    client.intake.load.hold(-64 * 2**20)
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")


def test_browsers_may_send_from_anywhere(client: Client) -> None:
    body = json.dumps(EVENT).encode()
    page = "https://shop.example"
    preflight, sent, refused, other = run(
        client,
        lambda: client.send(method="OPTIONS", origin=page, access_control_request_method="POST"),
        lambda: client.send(body, origin=page),
        lambda: client.send(body, origin=page, x_footfall_key="bad"),
        lambda: client.send(method="GET"),
    )
    assert preflight.status == 204
    assert "POST" in preflight.headers["access-control-allow-methods"]
    assert "x-footfall-key" in preflight.headers["access-control-allow-headers"]
    assert {a.headers["access-control-allow-origin"] for a in (preflight, sent, refused)} == {page}
    assert (other.status, other.headers["allow"]) == (405, "POST, OPTIONS")
    assert "access-control-allow-origin" not in other.headers


def test_visitors_are_told_apart_without_keeping_their_address(
    client: Client, lake: LakeFolder
) -> None:
    body = b'{"name": "view"}'
    agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36"
    run(
        client,
        lambda: client.send(body, user_agent=agent, accept_language="de-AT,de;q=0.9"),
        lambda: client.send(body, user_agent=agent),
        lambda: client.send(body, user_agent=agent, address="203.0.113.8"),
    )
    client.intake.mover.run_once()
    import pyarrow.parquet as pq

    files = lake.table("web").snapshot().files
    rows = [
        row for file in files for row in pq.read_table(file.path, partitioning=None).to_pylist()
    ]
    assert len(rows) == 3
    assert len({row["actor_id"] for row in rows}) == 2
    assert sorted(row["language"] or "" for row in rows) == ["", "", "de-AT"]
    kept = b"".join(path.read_bytes() for path in lake.root.rglob("*") if path.is_file())
    assert b"203.0.113" not in kept


def test_keys_are_looked_up_again_after_a_while() -> None:
    now, asked = 0.0, []

    def authenticate(key: str) -> str | None:
        asked.append(key)
        return "web"

    keys = KnownKeys(authenticate, lambda: now)

    async def main() -> None:
        nonlocal now
        assert await keys.source("k") == "web"
        assert await keys.source("k") == "web"
        now = KEY_LIFETIME
        assert await keys.source("k") == "web"

    asyncio.run(main())
    assert asked == ["k", "k"]
