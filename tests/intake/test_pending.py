from __future__ import annotations

from datetime import UTC, datetime, timedelta

from footfall.intake.pending import Pending
from footfall.intake.standing import Standing
from footfall.model.time import to_epoch_us

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


def go(pending: Pending, source: str, ids: list[str], until: int) -> None:
    """Have the ids of events that end at `until` come and be moved."""
    pending.add(source, ids, until)
    pending.cut()
    pending.moved(Standing(until))


def test_ids_are_known_while_pending_and_for_a_while_after() -> None:
    clock = Clock()
    pending = Pending(clock)
    pending.add("web", ["a", "b"], 10)
    pending.cut()
    pending.add("web", ["c"], 20)
    assert pending.among("web", ["a", "c", "x"]) == {"a", "c"}
    assert pending.among("shop", ["a"]) == set()
    pending.moved(Standing(9))
    assert len(pending) == 3
    # What came after the cut stays, as it may not be moved as a whole.
    pending.moved(Standing(20))
    assert len(pending) == 1
    assert pending.among("web", ["a", "c", "x"]) == {"a", "c"}
    assert pending.known_since == to_epoch_us(START)


def test_what_waits_for_its_table_stays_pending() -> None:
    pending = Pending(Clock())
    for n in range(20):
        pending.add("web", [f"w{n}"], 10 * n + 5)
        pending.add("shop", [f"s{n}"], 10 * n + 10)
        pending.cut()
        pending.moved(Standing(10 * n + 10, {"web": 0}))
    assert len(pending) == 20
    assert pending.among("web", ["w0", "w19", "w20"]) == {"w0", "w19"}
    pending.moved(Standing(200, {"web": 200}))
    assert len(pending) == 0
    assert pending.among("web", ["w0", "w19"]) == {"w0", "w19"}
    assert pending.among("shop", ["s0", "s19"]) == {"s0", "s19"}


def test_generations_pass_by_time() -> None:
    clock = Clock()
    pending = Pending(clock)
    go(pending, "web", ["first"], 1)
    clock.now = START + timedelta(minutes=10)
    go(pending, "web", ["second"], 2)  # goes with the first
    assert pending.known_since == to_epoch_us(START)
    clock.now = START + timedelta(minutes=20)
    go(pending, "web", ["third"], 3)
    assert pending.among("web", ["first", "second", "third"]) == {"third"}
    # What came after the second generation began is all known.
    assert pending.known_since == to_epoch_us(START + timedelta(minutes=10))


def test_generations_pass_by_number() -> None:
    clock = Clock()
    pending = Pending(clock, n_recent=3)
    for minute in range(4):
        clock.now = START + timedelta(minutes=minute)
        go(pending, "web", [f"{minute}-{n}" for n in range(3)], minute)
    assert pending.among("web", [f"{m}-0" for m in range(4)]) == {"3-0"}
    assert pending.known_since == to_epoch_us(START + timedelta(minutes=2))


def test_no_more_than_so_many_are_pending() -> None:
    pending = Pending(Clock(), most=2)
    pending.add("web", ["a", "b", "c"], 1)
    assert pending.is_full
    pending.add("web", ["d"], 2)
    assert pending.among("web", ["a", "d"]) == {"a"}
    pending.cut()
    pending.moved(Standing(2))
    pending.add("web", ["d"], 3)
    assert pending.among("web", ["d"]) == {"d"}
