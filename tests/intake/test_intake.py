"""What is taken in comes into the lake, once, and is counted."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from tests.intake.running import HOUR, NOW, Clock, balance, body, event, ids, rows, serve

from footfall.errors import InvalidEvents, UnknownSource
from footfall.intake.intake import Intake
from footfall.intake.journal import Journal
from footfall.intake.ledger import Ledger
from footfall.intake.payload import Context
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable
from footfall.model.ledger import Entry


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
        assert intake.backlog == 0
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
    intake.append("web", [event("first")])  # without a table none would be asked
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
    assert len(ids(lake)) == 6
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


def test_append_takes_any_mapping(lake: LakeFolder, intake: Intake) -> None:
    inner = MappingProxyType({"price": 2.5})
    receipt = intake.append("web", [MappingProxyType(event("1", properties=inner))])
    assert (receipt.stored, receipt.rejected) == (1, ())
    assert rows(lake)[0]["p_price"] == 2.5
