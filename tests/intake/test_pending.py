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


def test_ids_are_known_while_pending_and_for_a_while_after() -> None:
    pending = Pending(Clock())
    pending.add("web", ["a", "b"], 10)
    pending.add("web", ["c"], 20)
    pending.add("web", [], 30)
    assert len(pending) == 3
    assert pending.among("web", ["a", "c", "x"]) == {"a", "c"}
    assert pending.among("shop", ["a"]) == set()
    pending.moved(Standing(20))
    assert pending.among("web", ["a", "c", "x"]) == {"a", "c"}
    assert pending.known_since == to_epoch_us(START)


def test_generations_pass_by_time() -> None:
    clock = Clock()
    pending = Pending(clock)
    for place, name in enumerate(["first", "second", "third"]):
        clock.now = START + place * timedelta(minutes=10)
        pending.add("web", [name], place)
        pending.moved(Standing(place))
        # The last two are kept, and the third comes ten minutes after the second.
        since = START if place < 2 else START + timedelta(minutes=10)
        assert pending.known_since == to_epoch_us(since)
    assert pending.among("web", ["first", "second", "third"]) == {"second", "third"}


def test_generations_pass_by_number() -> None:
    clock = Clock()
    pending = Pending(clock, n_recent=3)
    for minute in range(4):
        clock.now = START + timedelta(minutes=minute)
        pending.add("web", [f"{minute}-{n}" for n in range(3)], minute)
        pending.moved(Standing(minute))
    assert pending.among("web", [f"{m}-0" for m in range(4)]) == {"2-0", "3-0"}
    # What came after the one before the last began is all known.
    assert pending.known_since == to_epoch_us(START + timedelta(minutes=2))


def test_what_is_not_moved_stays_however_much_comes() -> None:
    pending = Pending(Clock(), n_recent=1)
    for place in range(6):
        pending.add("web", [str(place)], 10 * place + 10)
    pending.moved(Standing(9))
    assert len(pending) == 6
    assert pending.known_since == to_epoch_us(START)
    pending.moved(Standing(20))
    assert pending.among("web", list("012345")) == set("2345")
    pending.moved(Standing(60))
    assert pending.among("web", list("012345")) == set("45")


def test_what_waits_for_its_table_stays_while_others_go() -> None:
    pending = Pending(Clock(), n_recent=2)
    for n in range(20):
        pending.add("web", [f"w{n}"], 10 * n + 5)
        pending.add("shop", [f"s{n}"], 10 * n + 10)
        pending.moved(Standing(10 * n + 10, {"web": 0}))
    # All of the one, and of the other what came last: two generations of two.
    assert pending.among("web", [f"w{n}" for n in range(21)]) == {f"w{n}" for n in range(20)}
    assert pending.among("shop", [f"s{n}" for n in range(20)]) == {"s18", "s19"}
    assert len(pending) == 22
    pending.moved(Standing(200, {"web": 200}))
    assert pending.among("web", [f"w{n}" for n in range(20)]) == {"w18", "w19"}
    assert len(pending) == 4


def test_no_more_than_so_many_are_known() -> None:
    pending = Pending(Clock(), most=3, n_recent=1)
    for place, name in enumerate("abc"):
        pending.add("web", [name], place)
    assert pending.is_full
    pending.add("web", ["d"], 3)
    assert pending.among("web", ["a", "d"]) == {"a"}
    pending.moved(Standing(3))
    assert not pending.is_full
    pending.add("web", ["d"], 4)
    assert pending.among("web", ["a", "b", "c", "d"]) == {"b", "c", "d"}
