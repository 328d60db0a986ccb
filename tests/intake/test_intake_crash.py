"""What fails or ends in the middle costs nothing and blocks nothing else."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests.intake.running import HOUR, Clock, balance, body, event, fail, ids, serve

from footfall.errors import LakeError, StorageFull
from footfall.intake import carrier as carrier_module
from footfall.intake.carrier import Carrier
from footfall.intake.chores import adopt
from footfall.intake.intake import Intake
from footfall.intake.ledger import Ledger
from footfall.intake.payload import VERSION, Context, Payload, encode_payload, event_ids
from footfall.intake.standing import Moved
from footfall.lake.folder import LakeFolder
from footfall.lake.table import EventTable
from footfall.model.ledger import Entry
from footfall.model.source import Source


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
        patch.setattr(EventTable, "append", fail)
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


def test_a_table_that_cannot_be_written_does_not_stop_the_others(
    lake: LakeFolder, intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = EventTable.append

    def append(self: EventTable, *args: Any, **options: Any) -> Any:
        return fail() if self.source.name == "web" else real(self, *args, **options)

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
        if any("poison" in event_ids(item.payload.body) for item in requests):
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


@pytest.mark.parametrize("bad", [b'[{"name":]', b'[{"name":"x"}]', b'["\xff"]', b"\xff\n\xff"])
def test_events_that_cannot_be_read_take_no_others_along(
    lake: LakeFolder, intake: Intake, bad: bytes
) -> None:
    first, last = (body(event(name), event(name + "b")) for name in "az")
    records = [
        Payload(VERSION, "web", 0, "http", Context(), text, 2) for text in (first, bad, last)
    ]
    intake.journal.commit([encode_payload(each) for each in records])
    intake.move()
    assert ids(lake) == ["a", "ab", "z", "zb"]
    assert balance(lake).rejected == 2
    with Ledger(lake.root / "ledger.db") as ledger:
        reasons = {each.reason for each in ledger.rejects("web")}
    assert all("cannot be read" in reason for reason in reasons)
    assert reasons


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
        patch.setattr(EventTable, "append", fail)
        intake.append("web", [event("1")])
    lake.remove_source("web", with_data=True)
    intake.append("shop", [event("2")])
    with Ledger(lake.root / "ledger.db") as ledger:
        (reject,) = ledger.rejects("web")
    assert "no source 'web'" in reject.reason
    assert balance(lake) == Entry("web", HOUR, "*", 1, 0, 0, 1)


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
