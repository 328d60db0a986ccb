from __future__ import annotations

import asyncio
import errno
import gzip
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from footfall.errors import InvalidEvents, LakeError, Overloaded, StorageFull, UnknownSource
from footfall.intake import carrier as carrier_module
from footfall.intake import intake as intake_module
from footfall.intake.carrier import Carrier
from footfall.intake.chores import adopt
from footfall.intake.intake import Intake
from footfall.intake.journal import Journal
from footfall.intake.ledger import Ledger
from footfall.intake.payload import Context
from footfall.intake.standing import Moved
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable
from footfall.model.ledger import Entry
from footfall.model.source import Source

NOW = datetime(2026, 11, 1, 12, 30, tzinfo=UTC)
HOUR = NOW.replace(minute=0)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def lake(tmp_path: Path, clock: Clock) -> LakeFolder:
    lake = LakeFolder.create(tmp_path / "lake", clock=clock)
    lake.save_source(Source("web", properties={"price": "float"}))
    lake.save_source(Source("shop"))
    return lake


@pytest.fixture
def intake(lake: LakeFolder, clock: Clock) -> Iterator[Intake]:
    intake = Intake.open(lake, clock)
    yield intake
    if intake.journal.is_open:
        intake.close()


def event(event_id: str, **more: Any) -> dict[str, Any]:
    return {"name": "a", "event_id": event_id, "timestamp": "2026-11-01T10:00:00Z", **more}


def rows(lake: LakeFolder, source: str = "web") -> list[dict[str, Any]]:
    files = lake.table(source).snapshot().files
    tables = [pq.read_table(file.path, partitioning=None) for file in files]
    found = pa.concat_tables(tables, promote_options="default").to_pylist() if tables else []
    return sorted(found, key=lambda row: row["event_id"])


def ids(lake: LakeFolder, source: str = "web") -> list[str]:
    return [row["event_id"] for row in rows(lake, source)]


def balance(lake: LakeFolder, source: str = "web") -> Entry:
    with Ledger(lake.root / "ledger.db") as ledger:
        found = ledger.balance(source)[source]
    assert found.is_balanced
    return found


def serve(intake: Intake, work: Callable[[], Any]) -> Any:
    """Run `work` in a loop while the intake serves, then stop it gracefully."""

    async def main() -> Any:
        intake.start()
        try:
            return await work()
        finally:
            await asyncio.to_thread(intake.stop)

    return asyncio.run(main())


def body(*events: Any) -> bytes:
    return json.dumps(events).encode()


def test_accepted_events_are_in_the_lake_after_a_graceful_stop(
    lake: LakeFolder, intake: Intake
) -> None:
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    context = Context("0f", chrome, "de-AT")
    sent = event(
        "1",
        url="https://shop.example/a?utm_source=x",
        properties={"price": 9.5, "plan": "pro"},
        timestamp=1_793_527_200,
    )

    async def work() -> Any:
        return await intake.accept("web", body(sent, event("2", user_id="u")), context=context)

    receipt = serve(intake, work)
    assert receipt.to_dict() == {"stored": 2, "duplicates": 0, "rejected": []}
    first, second = rows(lake)
    assert first["timestamp"] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert first["received_at"] == NOW
    assert first["path"] == "/a"
    assert first["utm_source"] == "x"
    assert first["channel"] == "campaign"
    assert first["browser"] == "Chrome"
    assert first["language"] == "de-AT"
    assert first["p_price"] == 9.5
    assert json.loads(first["properties"]) == {"plan": "pro"}
    assert first["distinct_id"] is None
    assert first["actor_id"].startswith("v_")
    assert (second["distinct_id"], second["actor_id"]) == ("u", "u")
    assert second["properties"] is None
    assert balance(lake) == Entry("web", HOUR, "*", 2, 2)
    assert list(Journal.leftovers(lake.root / "journal")) == []


def test_repetitions_are_counted_wherever_they_come_from(
    lake: LakeFolder, intake: Intake, clock: Clock
) -> None:
    async def work() -> list[Any]:
        receipts = [await intake.accept("web", body(event("1"), event("2"), event("1")))]
        receipts.append(await intake.accept("web", body(event("2"), event("3"))))
        intake.move()
        assert len(intake.pending) == 0
        receipts.append(await intake.accept("web", body(event("3"), event("4"))))
        receipts.append(await intake.accept("web", body(event("4"))))
        receipts.append(await intake.accept("shop", body(event("4"))))
        return receipts

    receipts = serve(intake, work)
    counts = [(receipt.stored, receipt.duplicates) for receipt in receipts]
    assert counts == [(2, 1), (1, 1), (1, 1), (0, 1), (1, 0)]
    assert ids(lake) == ["1", "2", "3", "4"]
    # web: 3 + 2 + 2 + 1 = 8 received, of which 1 + 1 + 1 + 1 had come before
    assert balance(lake) == Entry("web", HOUR, "*", 8, 4, 4)


def test_repetitions_of_new_events_are_found_without_asking_the_lake(
    lake: LakeFolder, intake: Intake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    real = EventTable.seen
    monkeypatch.setattr(
        EventTable, "seen", lambda self, ids: asked.append(sorted(ids)) or real(self, ids)
    )
    new = event("new", timestamp="2026-11-01T12:30:00Z")
    undated = {"name": "a", "event_id": "undated"}

    async def work() -> list[Any]:
        receipts = []
        for _ in range(2):
            for sent in (new, event("old"), undated, {"name": "a"}):
                receipts.append(await intake.accept("web", body(sent)))
            intake.move()
        return receipts

    receipts = serve(intake, work)
    assert [receipt.duplicates for receipt in receipts] == [0, 0, 0, 0, 1, 1, 1, 0]
    assert asked == [["old"], ["undated"]]
    assert len(ids(lake)) == 5
    again = Intake.open(lake, clock)
    assert again.append("web", [new]).duplicates == 1  # known by the lake alone
    again.close()


def test_the_same_event_at_the_same_time_is_stored_once(lake: LakeFolder, intake: Intake) -> None:
    async def work() -> list[Any]:
        return await asyncio.gather(
            *(intake.accept("web", body(event(str(n // 4)))) for n in range(40))
        )

    receipts = serve(intake, work)
    assert sum(receipt.stored for receipt in receipts) == 10
    assert sum(receipt.duplicates for receipt in receipts) == 30
    assert len(ids(lake)) == 10
    assert balance(lake) == Entry("web", HOUR, "*", 40, 10, 30)


def test_rejects_are_kept_and_counted(lake: LakeFolder, intake: Intake) -> None:
    async def work() -> Any:
        receipt = await intake.accept("web", body(event("1"), {"no": "name"}))
        with pytest.raises(InvalidEvents):
            await intake.accept("web", b"not json")
        with pytest.raises(UnknownSource):
            await intake.accept("nowhere", body(event("1")))
        return receipt

    receipt = serve(intake, work)
    (rejected,) = receipt.to_dict()["rejected"]
    assert (rejected["index"], rejected["code"]) == (1, "missing_name")
    with Ledger(lake.root / "ledger.db") as ledger:
        found = [(item.line, item.code, item.raw, item.origin) for item in ledger.rejects("web")]
    assert found == [
        (1, "missing_name", b'{"no": "name"}', "http"),
        (0, "invalid_events", b"not json", "http"),
    ]
    assert balance(lake) == Entry("web", HOUR, "*", 3, 1, 0, 2)


def test_hours_and_protocols_are_counted_apart(
    lake: LakeFolder, intake: Intake, clock: Clock
) -> None:
    intake.append("web", [event("1"), event("1")])
    clock.now = NOW + timedelta(hours=1)

    async def work() -> None:
        await intake.accept("web", body(event("1"), event("2"), event("3")))

    serve(intake, work)
    with Ledger(lake.root / "ledger.db") as ledger:
        assert ledger.entries("web") == [
            Entry("web", HOUR, "library", 2, 1, 1),
            Entry("web", HOUR + timedelta(hours=1), "http", 3, 2, 1),
        ]


def test_append_gives_what_became_of_dicts(lake: LakeFolder, intake: Intake) -> None:
    events = [event(str(n), timestamp=NOW - timedelta(seconds=n)) for n in range(12_000)]
    receipt = intake.append("web", [*events, {"bad": 1}, event("7")])
    assert (receipt.stored, receipt.duplicates) == (12_000, 1)
    assert [(item.index, item.code) for item in receipt.rejected] == [(12_000, "missing_name")]
    assert len(ids(lake)) == 12_000
    assert balance(lake) == Entry("web", HOUR, "*", 12_002, 12_000, 1, 1)


def test_append_takes_what_python_and_numpy_hold(lake: LakeFolder, intake: Intake) -> None:
    import numpy as np

    when = np.datetime64("2026-11-01T10:00:00")
    more = {"timestamp": when, "properties": {"price": np.float32(2.5), "n": np.int64(3)}}
    intake.append("web", [event("1") | more, event("2", timestamp=datetime(2026, 11, 1, 10))])  # noqa: DTZ001
    first, second = rows(lake)
    assert first["timestamp"] == second["timestamp"] == datetime(2026, 11, 1, 10, tzinfo=UTC)
    assert (first["p_price"], first["properties"]) == (2.5, '{"n":3}')


def test_two_processes_write_one_lake(lake: LakeFolder, clock: Clock) -> None:
    def write(place: int) -> Any:
        other = Intake.open(LakeFolder.open(lake.root, clock=clock), clock)
        receipts = [
            other.append("web", [event(f"{place}-{n}"), event(f"shared-{n}")]) for n in range(8)
        ]
        other.close()
        return other.journal.id, sum(each.stored + each.duplicates for each in receipts)

    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(write, range(3)))
    assert len({journal for journal, _ in results}) == 3
    assert [n for _, n in results] == [16] * 3
    assert len(ids(lake)) == len(set(ids(lake))) == 3 * 8 + 8
    assert balance(lake) == Entry("web", HOUR, "*", 48, 32, 16)


def test_a_value_of_the_wrong_type_stays_in_the_json_and_is_counted(
    lake: LakeFolder, intake: Intake
) -> None:
    intake.append("web", [event("1", properties={"price": "much"})])
    (row,) = rows(lake)
    assert (row["p_price"], row["properties"]) == (None, '{"price":"much"}')
    assert balance(lake).mismatched == 1


def test_what_a_crash_left_is_moved_by_the_next_process(
    lake: LakeFolder, intake: Intake, clock: Clock
) -> None:
    async def work() -> None:
        intake._commit.start()
        await intake.accept("web", body(event("1"), event("2")))

    asyncio.run(work())
    intake._commit.stop()
    intake.journal.close()  # as the system does for a process that dies
    intake.ledger.close()
    with Ledger(lake.root / "ledger.db") as ledger:
        moved = adopt(lake, Carrier(lake, ledger))
        assert (moved.n_stored, moved.n_duplicates) == (2, 0)
        assert adopt(lake, Carrier(lake, ledger)).n_stored == 0
    assert ids(lake) == ["1", "2"]
    assert balance(lake) == Entry("web", HOUR, "*", 2, 2)


def test_after_a_restart_pending_events_are_known(
    lake: LakeFolder, intake: Intake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(EventTable, "append", _fail)
        intake.append("web", [event("1")])
        assert intake.mover.stuck == {"web": 0}
        intake.journal.close()
        intake.ledger.close()
        again = Intake.open(lake, clock)
        assert again.journal.id == intake.journal.id

        async def work() -> Any:
            return await again.accept("web", body(event("1"), event("2")))

        receipt = serve(again, work)
    assert (receipt.stored, receipt.duplicates) == (1, 1)
    Intake.open(lake, clock).close()
    assert ids(lake) == ["1", "2"]


def _fail(*_: object, **__: object) -> None:
    raise LakeError("disk on fire")


def test_a_table_that_cannot_be_written_does_not_stop_the_others(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = EventTable.append

    def append(self: EventTable, *args: Any, **options: Any) -> Any:
        return _fail() if self.source.name == "web" else real(self, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(EventTable, "append", append)
        intake.append("web", [event("1"), {"bad": 1}])
        intake.append("shop", [event("2")])
        intake.append("web", [event("3")])
        assert (ids(lake), ids(lake, "shop")) == ([], ["2"])
        assert intake.mover.stuck == {"web": 0}
    intake.append("shop", [event("4")])
    assert intake.mover.stuck == {}
    assert (ids(lake), ids(lake, "shop")) == (["1", "3"], ["2", "4"])
    assert balance(lake) == Entry("web", HOUR, "*", 3, 2, 0, 1)


def test_a_crash_between_lake_and_ledger_is_mended(
    lake: LakeFolder, intake: Intake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        real = Ledger.add

        def add(self: Ledger, entries: Any, stream: str, position: int) -> bool:
            if not stream.endswith(":accepted"):
                raise LakeError("killed")
            return real(self, entries, stream, position)

        patch.setattr(Ledger, "add", add)
        intake.append("web", [event("1"), event("1"), {"bad": 1}])
    intake.journal.close()
    intake.ledger.close()
    Intake.open(lake, clock).close()
    assert ids(lake) == ["1"]
    assert balance(lake) == Entry("web", HOUR, "*", 3, 1, 1, 1)


def test_one_bad_record_never_blocks_the_rest(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = carrier_module._columns

    def columns(source: Source, requests: list[Any]) -> Any:
        if any(each.event_id == "poison" for item in requests for each in item.events):
            raise ValueError("cannot be a column")
        return real(source, requests)

    monkeypatch.setattr(carrier_module, "_columns", columns)

    async def work() -> None:
        intake.mover.run_once = lambda *_: Moved()  # type: ignore[method-assign]
        for name in ("1", "2", "poison", "4", "5"):
            await intake.accept("web", body(event(name), event(name + "b")))
        del intake.mover.run_once

    serve(intake, work)
    assert ids(lake) == ["1", "1b", "2", "2b", "4", "4b", "5", "5b"]
    with Ledger(lake.root / "ledger.db") as ledger:
        rejects = list(ledger.rejects("web"))
    assert [(each.code, each.origin, each.line) for each in rejects] == [
        ("not_stored", "journal", -1),
        ("not_stored", "journal", -2),
    ]
    assert [json.loads(each.raw)["event_id"] for each in rejects] == ["poison", "poisonb"]
    assert balance(lake) == Entry("web", HOUR, "*", 10, 8, 0, 2)


def test_a_record_of_unknown_make_is_set_aside(lake: LakeFolder, intake: Intake) -> None:
    intake.journal.commit([b"gibberish"])
    intake.append("web", [event("1")])
    assert ids(lake) == ["1"]
    (damage,) = intake.journal.damages
    assert damage.kept is not None
    assert b"gibberish" in damage.kept.read_bytes()


def test_events_of_a_removed_source_become_rejects(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(EventTable, "append", _fail)
        intake.append("web", [event("1")])
    lake.remove_source("web", with_data=True)
    intake.append("shop", [event("2")])
    with Ledger(lake.root / "ledger.db") as ledger:
        (reject,) = ledger.rejects("web")
    assert "no source 'web'" in reject.reason
    assert balance(lake) == Entry("web", HOUR, "*", 1, 0, 0, 1)


def test_a_full_disk_is_told_and_later_requests_work(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int, content: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def work() -> Any:
        await intake.accept("web", body(event("1")))
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", full)
            results = await asyncio.gather(
                *(intake.accept("web", body(event(name))) for name in ("1", "2", "2")),
                return_exceptions=True,
            )
        assert all(isinstance(result, StorageFull) for result in results)
        return await intake.accept("web", body(event("1"), event("2")))

    receipt = serve(intake, work)
    assert (receipt.stored, receipt.duplicates) == (1, 1)
    assert ids(lake) == ["1", "2"]
    assert balance(lake) == Entry("web", HOUR, "*", 3, 2, 1)


def test_too_much_waiting_is_refused_before_it_is_read(
    lake: LakeFolder, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOOTFALL_INTAKE_MAX_WAITING", "1KiB")
    monkeypatch.setenv("FOOTFALL_INTAKE_MAX_BACKLOG", "1KiB")
    intake = Intake.open(LakeFolder.open(lake.root, clock=clock), clock)
    intake.check_load(10_000)  # alone it may be larger
    intake.hold(1000)
    with pytest.raises(Overloaded) as caught:
        intake.check_load(100)
    assert caught.value.retry_after == 1
    intake.hold(-1000)
    monkeypatch.setattr(EventTable, "append", _fail)
    intake.append("web", [event("1", title="x" * 2000)])
    assert intake.backlog > 2000
    with pytest.raises(Overloaded, match="max_backlog") as caught:
        intake.check_load(1)
    assert caught.value.retry_after == 30
    intake.journal.close()
    intake.ledger.close()


def test_a_large_packed_body_is_unpacked_beside_the_loop(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[bool] = []
    held: list[int] = []
    real = intake_module.unpack

    def unpack(body: bytes, encoding: str, limit: int) -> bytes:
        threads.append(threading.current_thread() is threading.main_thread())
        held.append(intake.waiting)
        return real(body, encoding, limit)

    monkeypatch.setattr(intake_module, "unpack", unpack)
    noise = "".join(f"{number:x}" for number in range(10_000))
    large = gzip.compress(body(event("1", title=noise)))
    assert len(large) > 4096

    async def work() -> None:
        await intake.accept("web", large)
        await intake.accept("web", gzip.compress(body(event("2"))))

    serve(intake, work)
    assert threads == [False, True]
    assert held == [len(large), 0]
    assert ids(lake) == ["1", "2"]


def test_append_takes_any_mapping(lake: LakeFolder, intake: Intake) -> None:
    inner = MappingProxyType({"price": 2.5})
    receipt = intake.append("web", [MappingProxyType(event("1", properties=inner))])
    assert (receipt.stored, receipt.rejected) == (1, ())
    assert rows(lake)[0]["p_price"] == 2.5


def test_a_ledger_that_was_full_for_a_while_is_mended(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Ledger.add

    def add(self: Ledger, entries: Any, stream: str, position: int) -> bool:
        if stream.endswith(":accepted"):
            return real(self, entries, stream, position)
        raise StorageFull("no space")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "add", add)
        intake.append("web", [event("1")])
    assert intake.mover.stuck == {"web": 0}
    intake.append("web", [event("2")])
    assert intake.mover.stuck == {}
    assert ids(lake) == ["1", "2"]
    assert balance(lake) == Entry("web", HOUR, "*", 2, 2)


def test_a_ledger_that_fails_lets_the_journal_go(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(intake.mover, "run_once", broken)
    with pytest.raises(RuntimeError):
        intake.close()
    assert not intake.journal.is_open


def test_rejects_are_not_passed_over_after_two_crashes(
    lake: LakeFolder, intake: Intake, clock: Clock
) -> None:
    # Counted up to 500 in the ledger, while the journal that came back from the crash is
    # shorter: offsets below would be taken for counted already.
    stream = intake.journal.stream
    nothing = [Entry("web", HOUR, "http")]
    intake.ledger.add(nothing, f"{stream}:accepted", 500)
    intake.close()
    again = Intake.open(lake, clock)
    assert again.journal.stream == stream
    receipt = again.append("web", [{"bad": 1}])
    again.close()
    assert len(receipt.rejected) == 1
    assert balance(lake) == Entry("web", HOUR, "*", 1, 0, 0, 1)
