from __future__ import annotations

from datetime import UTC, datetime, timedelta

from footfall.intake.pending import Pending

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


def test_ids_are_known_while_pending_and_for_a_while_after() -> None:
    clock = Clock()
    pending = Pending(clock)
    pending.add("web", ["a", "b", "c"])
    assert pending.among("web", ["a", "x"]) == {"a"}
    assert pending.among("shop", ["a"]) == set()
    pending.moved("web", ["a", "b"])
    assert len(pending) == 1
    assert pending.among("web", ["a", "c", "x"]) == {"a", "c"}
    assert pending.known_since == START


def test_generations_pass_by_time() -> None:
    clock = Clock()
    pending = Pending(clock)
    pending.moved("web", ["first"])
    clock.now = START + timedelta(minutes=10)
    pending.moved("web", ["second"])  # goes with the first
    assert pending.known_since == START
    clock.now = START + timedelta(minutes=20)
    pending.moved("web", ["third"])
    assert pending.among("web", ["first", "second", "third"]) == {"third"}
    # What came after the second generation began is all known.
    assert pending.known_since == START + timedelta(minutes=10)


def test_generations_pass_by_number() -> None:
    clock = Clock()
    pending = Pending(clock, n_recent=3)
    for minute in range(4):
        clock.now = START + timedelta(minutes=minute)
        pending.moved("web", [f"{minute}-{n}" for n in range(3)])
    assert pending.among("web", [f"{m}-0" for m in range(4)]) == {"3-0"}
    assert pending.known_since == START + timedelta(minutes=2)


def test_no_more_than_so_many_are_pending() -> None:
    pending = Pending(Clock(), most=2)
    pending.add("web", ["a", "b", "c"])
    assert pending.is_full
    pending.add("web", ["d"])
    assert pending.among("web", ["a", "d"]) == {"a"}
    pending.moved("web", ["a", "b"])
    pending.add("web", ["d"])
    assert pending.among("web", ["d"]) == {"d"}
