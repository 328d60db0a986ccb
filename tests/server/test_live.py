from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from tests.server.conftest import Running
from tests.waiting import PATIENCE, wait_until

from footfall.server.live import LiveHub, News, Seen, watch_tables
from footfall.server.metrics import Metrics

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def news(version: int, source: str = "web") -> News:
    return News(source, version, 1, NOON)


async def heard_by(hub: LiveHub, most: int) -> list[News | None]:
    found: list[News | None] = []
    heard = hub.listen()
    assert await anext(heard) is None
    async for each in heard:
        found.append(each)
        if len(found) == most:
            break
    return found


def test_each_version_is_news_once() -> None:
    async def scenario() -> list[News | None]:
        hub = LiveHub(Metrics())
        hub.start()
        listener = asyncio.create_task(heard_by(hub, 3))
        await asyncio.sleep(0)
        for each in (news(1), news(1), news(3), news(2), news(1, "shop")):
            hub.publish(each)
        return await asyncio.wait_for(listener, PATIENCE)

    assert asyncio.run(scenario()) == [news(1), news(3), news(1, "shop")]


def test_news_may_come_from_any_thread() -> None:
    async def scenario() -> list[News | None]:
        hub = LiveHub(Metrics())
        hub.start()
        listener = asyncio.create_task(heard_by(hub, 2))
        await asyncio.sleep(0)
        await asyncio.gather(*(asyncio.to_thread(hub.publish, news(n, f"s{n}")) for n in (1, 2)))
        return await asyncio.wait_for(listener, PATIENCE)

    assert {each.source for each in asyncio.run(scenario()) if each} == {"s1", "s2"}


def test_silence_is_told_by_heartbeats() -> None:
    async def scenario() -> list[News | None]:
        hub = LiveHub(Metrics(), heartbeat=0.01)
        hub.start()
        return await asyncio.wait_for(heard_by(hub, 2), PATIENCE)

    assert asyncio.run(scenario()) == [None, None]


def test_a_listener_that_does_not_read_is_cut_off_and_the_others_are_not() -> None:
    async def scenario() -> tuple[int, int]:
        hub = LiveHub(Metrics())
        hub.start()
        slow = hub.listen()
        await anext(slow)
        first = asyncio.create_task(anext(slow))
        await asyncio.sleep(0)
        for version in range(1, 1001):
            hub.publish(news(version))
            if version == 1:
                await first
        quick = asyncio.create_task(heard_by(hub, 1))
        await asyncio.sleep(0.05)
        hub.publish(news(2000))
        n_slow = len([each async for each in slow])
        return n_slow, len(await asyncio.wait_for(quick, PATIENCE))

    n_slow, n_quick = asyncio.run(scenario())
    # It was sent the first, and of the 256 that waited one gave way to the end.
    assert n_slow == 255
    assert n_quick == 1


def test_closing_ends_every_stream() -> None:
    async def scenario() -> list[list[News | None]]:
        hub = LiveHub(Metrics())
        hub.start()
        listeners = [asyncio.create_task(heard_by(hub, 99)) for _ in range(3)]
        await asyncio.sleep(0)
        hub.publish(news(1))
        await asyncio.sleep(0.01)
        hub.close()
        assert [each async for each in hub.listen()] == [None]
        return await asyncio.wait_for(asyncio.gather(*listeners), PATIENCE)

    assert asyncio.run(scenario()) == [[news(1)]] * 3


async def told(look: Callable[[], dict[str, Seen]], n_news: int) -> list[News | None]:
    """The first news of tables that look so, one look after another."""
    hub = LiveHub(Metrics())
    hub.start()
    watch = asyncio.create_task(watch_tables(hub, look, lambda: NOON, every=0.001))
    found = await asyncio.wait_for(heard_by(hub, n_news), PATIENCE)
    watch.cancel()
    return found


def test_what_others_write_is_news_and_compaction_is_not() -> None:
    looks = iter(
        [
            {"web": Seen(1, 10)},
            {"web": Seen(2, 10)},  # compacted: the same rows in fewer files
            {"web": Seen(3, 15), "shop": Seen(0, 2)},
            {"web": Seen(4, 12), "shop": Seen(0, 2)},  # three events were erased
        ]
    )
    last: dict[str, Seen] = {}

    def look() -> dict[str, Seen]:
        last.update(next(looks, last))
        return dict(last)

    assert asyncio.run(told(look, 3)) == [
        News("web", 3, 5, NOON),
        News("shop", 0, 2, NOON),
        News("web", 4, 0, NOON),
    ]


def test_news_go_on_after_a_look_that_failed() -> None:
    looks: list[dict[str, Seen] | Exception] = [
        {"web": Seen(1, 10), "shop": Seen(5, 50)},
        OSError("the disk is gone"),
        {"web": Seen(2, 13)},  # the other table could not be read
        {"web": Seen(2, 13), "shop": Seen(6, 51)},
    ]

    def look() -> dict[str, Seen]:
        found = looks.pop(0) if len(looks) > 1 else looks[0]
        if isinstance(found, Exception):
            raise found
        return found

    assert asyncio.run(told(look, 2)) == [News("web", 2, 3, NOON), News("shop", 6, 1, NOON)]


def test_what_comes_before_the_second_look_is_news() -> None:
    rows = 10

    async def scenario() -> News | None:
        nonlocal rows
        hub = LiveHub(Metrics())
        hub.start()
        look = lambda: {"web": Seen(rows, rows)}  # noqa: E731 - as short as what it stands for
        watch = asyncio.create_task(watch_tables(hub, look, lambda: NOON, every=0.001))
        # The watch waits for somebody by now.
        await asyncio.sleep(0)
        heard = hub.listen()
        await anext(heard)
        rows = 11
        found = await asyncio.wait_for(anext(heard), PATIENCE)
        watch.cancel()
        return found

    assert asyncio.run(scenario()) == News("web", 11, 1, NOON)


def test_tables_that_cannot_be_looked_at_keep_nobody_waiting() -> None:
    def look() -> dict[str, Seen]:
        raise OSError("the disk is gone")

    async def scenario() -> None:
        hub = LiveHub(Metrics())
        hub.start()
        watch = asyncio.create_task(watch_tables(hub, look, lambda: NOON, every=PATIENCE))
        await asyncio.sleep(0)
        assert await anext(hub.listen()) is None
        watch.cancel()

    asyncio.run(scenario())


def test_nobody_looks_while_nobody_listens() -> None:
    n_looks = 0

    def look() -> dict[str, Seen]:
        nonlocal n_looks
        n_looks += 1
        return {}

    async def scenario() -> None:
        hub = LiveHub(Metrics())
        hub.start()
        watch = asyncio.create_task(watch_tables(hub, look, lambda: NOON, every=0.001))
        await asyncio.sleep(0.05)
        watch.cancel()

    asyncio.run(scenario())
    assert n_looks == 0


def test_a_stream_over_http_ends_when_the_server_stops(server: Running) -> None:
    with (
        server.client(server.token()) as client,
        client.stream("GET", "/api/v1/live", params={"source": "web"}) as response,
    ):
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        assert next(lines) == "retry: 2000"
        wait_until(lambda: server.app.state.live.has_listeners)
        server.app.state.live.publish(news(7, "other"))
        server.app.state.live.publish(news(8))
        server.app.state.live.close()
        rest = [line for line in lines if line]
    assert rest == ['data: {"source":"web","version":8,"n_stored":1,"at":"2026-11-01T12:00:00Z"}']


def test_a_listener_that_goes_away_is_forgotten(server: Running) -> None:
    with (
        server.client(server.token()) as client,
        client.stream("GET", "/api/v1/live") as response,
    ):
        # Kept, for letting go of the iterator would close the connection at once.
        lines = response.iter_lines()
        next(lines)
        wait_until(lambda: server.app.state.live.has_listeners)
    wait_until(lambda: not server.app.state.live.has_listeners)


def test_news_of_an_unknown_source_are_refused(server: Running) -> None:
    with server.client(server.token()) as client:
        assert client.get("/api/v1/live?source=nix").status_code == 404
