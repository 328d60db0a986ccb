from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.clients.python.sink import Catcher
from tests.waiting import wait_until

from footfall_client import Client, MissingPackage, Problem, SettingError
from footfall_client.transport import Outcome

LATER = Outcome("later", "away.")


def test_events_arrive_in_order_and_are_counted(client: Client, catcher: Catcher) -> None:
    for n in range(1200):
        assert client.capture("step", f"u{n % 3}", path="/a", properties={"n": n})
    assert client.flush()
    assert [event["properties"]["n"] for event in catcher.events] == list(range(1200))
    assert catcher.events[4]["distinct_id"] == "u1"
    assert catcher.events[4]["path"] == "/a"
    assert client.stats.to_dict() == {
        "captured": 1200, "stored": 1200, "requests": len(catcher.batches), "waiting": 0,
        "dropped": 0, "duplicates": 0, "lost": 0, "refused": 0, "rejected": 0, "retries": 0,
        "spooled": 0, "unfit": 0,
    }  # fmt: skip
    assert "captured=1200" in repr(client.stats)


def test_batches_hold_so_many_events_at_most(catcher: Catcher) -> None:
    catcher.gate.clear()
    with Client("http://test", "k", batch=7, every="1ms", spool=False, transport=catcher) as client:
        for n in range(30):
            client.capture("x", n)
        catcher.gate.set()
        assert client.flush()
    assert max(len(batch) for batch in catcher.batches) == 7
    assert len(catcher.events) == 30


def test_a_lone_event_is_sent_without_a_flush(client: Client, catcher: Catcher) -> None:
    client.capture("x")
    wait_until(lambda: len(catcher.events) == 1)
    client.capture("y")
    wait_until(lambda: len(catcher.events) == 2)


def test_who_somebody_is_becomes_events(client: Client, catcher: Catcher) -> None:
    client.identify("u1", "v_1", properties={"plan": "pro"})
    client.alias("u1", "old")
    client.flush()
    found = [(e["name"], e["distinct_id"], e["anonymous_id"]) for e in catcher.events]
    assert found == [("identify", "u1", "v_1"), ("alias", "u1", "old")]
    assert catcher.events[0]["properties"] == {"plan": "pro"}


def test_a_full_bucket_drops_the_newest_counts_and_says_so_once(catcher: Catcher) -> None:
    problems: list[Problem] = []
    catcher.gate.clear()
    client = Client(
        "http://test", "k", batch=1, bucket=5, spool=False, transport=catcher, every="1ms",
        on_error=problems.append,
    )  # fmt: skip
    client.capture("first")
    wait_until(lambda: client.stats.waiting == 1 and not client.stats.requests - 1)
    # One is on its way, five fit, four are too many.
    assert [client.capture("x", n) for n in range(9)] == [True] * 5 + [False] * 4
    catcher.gate.set()
    assert client.flush()
    assert len(catcher.events) == 6
    assert client.stats.dropped == 4
    assert sum(problem.n_events for problem in problems if problem.code == "full") == 4
    client.close()


def test_neither_faults_nor_waits_reach_the_host(
    client: Client, catcher: Catcher, caplog: pytest.LogCaptureFixture
) -> None:
    class Hostile:
        def __str__(self) -> str:
            raise RuntimeError("no text")

    catcher.gate.clear()
    assert not client.capture("x", properties={"value": Hostile()})
    assert not client.capture("", "u1")
    assert client.capture("good", "u1")
    catcher.gate.set()
    client.flush()
    assert [event["name"] for event in catcher.events] == ["good"]
    assert client.stats.unfit == 2
    assert "could not be written" in caplog.text or "name of an event" in caplog.text


def test_a_hook_that_raises_is_told_and_the_client_goes_on(
    catcher: Catcher, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(problem: Problem) -> None:
        raise RuntimeError("the hook is broken")

    catcher.script = [Outcome("refused", "not allowed.")]
    with Client(
        "http://test", "k", every="1ms", spool=False, transport=catcher, on_error=hook
    ) as it:
        it.capture("lost")
        it.flush()
        it.capture("kept")
        assert it.flush()
    assert [event["name"] for event in catcher.events] == ["kept"]
    assert "the hook is broken" in caplog.text
    assert it.stats.refused == 1


def test_a_defect_of_the_transport_ends_nothing(client: Client, catcher: Catcher) -> None:
    send, calls = catcher.send, [0]

    def broken(body: bytes) -> Outcome:
        calls[0] += 1
        if calls[0] == 1:
            raise ZeroDivisionError
        return send(body)

    catcher.send = broken
    client.capture("first")
    assert not client.flush()
    client.capture("second")
    assert client.flush()
    assert {event["name"] for event in catcher.events} == {"first", "second"}


def test_flush_says_whether_all_arrived(catcher: Catcher) -> None:
    catcher.script = [LATER]
    with Client("http://test", "k", every="1h", spool=False, transport=catcher) as client:
        client.capture("x")
        assert not client.flush()
        assert client.stats.waiting == 1
        assert client.flush()
        assert client.stats.waiting == 0


def test_flush_gives_up_in_time(catcher: Catcher) -> None:
    catcher.gate.clear()
    client = Client("http://test", "k", spool=False, transport=catcher)
    client.capture("x")
    assert not client.flush("50ms")
    catcher.gate.set()
    client.close()


@pytest.mark.parametrize("timeout", [5, 0, 0.5, "5", "soon", "", "0s"])
def test_a_wait_is_a_duration_like_all_others(catcher: Catcher, timeout: Any) -> None:
    with Client("http://test", "k", spool=False, transport=catcher) as client:
        for wait in (client.flush, client.close):
            with pytest.raises(SettingError, match=r'timeout: .* a duration such as "500ms"'):
                wait(timeout)
        # It is open still.
        assert client.capture("x")
    assert len(catcher.events) == 1


def test_closing_sends_what_waits_and_takes_no_more(catcher: Catcher) -> None:
    client = Client("http://test", "k", every="1h", spool=False, transport=catcher)
    client.capture("x")
    client.close()
    client.close()
    assert len(catcher.events) == 1
    assert not client.capture("y")
    assert client.flush("60s")


def test_closing_while_the_network_hangs_brings_all_to_the_disk(
    tmp_path: Path, catcher: Catcher
) -> None:
    catcher.gate.clear()
    client = Client("http://test", "k", batch=2, every="1ms", spool=tmp_path, transport=catcher)
    for n in range(5):
        client.capture("x", n)
    wait_until(lambda: client.stats.requests == 1)
    client.close("50ms")
    assert client.stats.lost == 0
    again = Catcher()
    with Client("http://test", "k", spool=tmp_path, transport=again) as later:
        assert later.flush()
    assert {event["distinct_id"] for event in again.events} == {"0", "1", "2", "3", "4"}
    catcher.gate.set()


def test_many_threads_lose_nothing(client: Client, catcher: Catcher) -> None:
    def work(who: int) -> None:
        for n in range(200):
            client.capture("x", who, properties={"n": n})
            if n % 50 == 0:
                time.sleep(0.001)

    threads = [threading.Thread(target=work, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.flush()
    assert len({event["event_id"] for event in catcher.events}) == 1600


def test_a_client_that_is_off_takes_nothing_and_starts_nothing(catcher: Catcher) -> None:
    before = set(threading.enumerate())
    client = Client("http://test", "k", transport=catcher, spool=False, is_enabled=False)
    assert not client.capture("x")
    assert client.flush()
    # Those of others may end meanwhile.
    assert set(threading.enumerate()) <= before
    assert client.stats.captured == 0


@pytest.mark.parametrize(
    ("settings", "parameter"),
    [
        ({"url": "ftp://a", "key": "k"}, "url"),
        ({"url": "footfall.example", "key": "k"}, "url"),
        ({"url": "http://a:port", "key": "k"}, "url"),
        ({"url": "http://a"}, "key"),
        ({"url": "http://a", "key": "k\n"}, "key"),
        ({"url": "http://a", "key": "k", "every": "often"}, "every"),
        ({"url": "http://a", "key": "k", "timeout": "0s"}, "timeout"),
        ({"url": "http://a", "key": "k", "timeout": 3}, "timeout"),
        ({"url": "http://a", "key": "k", "spool_size": "64 apples"}, "spool_size"),
        ({"url": "http://a", "key": "k", "batch": 500, "bucket": 10}, "bucket"),
        ({"url": "file://elsewhere/lake"}, "url"),
        ({"url": "file:///no/such/lake", "source": "web"}, "url"),
    ],
)
def test_wrong_settings_are_named(settings: dict[str, object], parameter: str) -> None:
    with pytest.raises(SettingError) as found:
        Client(**settings)  # type: ignore[arg-type]
    assert found.value.parameter == parameter
    assert str(found.value).startswith(f"{parameter}: ")


def test_a_lake_without_the_package_names_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "footfall.lake.folder", None)
    with pytest.raises(MissingPackage, match=r"pip install -e \."):
        Client(f"file://{tmp_path}", source="web")
