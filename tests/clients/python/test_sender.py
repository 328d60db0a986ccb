"""Retries against a clock that the test holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.clients.python.sink import Catcher

from footfall_client.bucket import Bucket
from footfall_client.reports import Problem, Reports
from footfall_client.sender import Sender
from footfall_client.spool import Spool
from footfall_client.transport import Outcome


class Bench:
    """A sender without thread; `chance` is 1, so pauses are as long as they get."""

    def __init__(self, *script: Outcome, spool: Path | None = None, most: int = 2**20) -> None:
        self.now = 1000.0
        self.problems: list[Problem] = []
        self.catcher = Catcher(*script)
        self.bucket = Bucket(1000, 2**20)
        self.spool = Spool(str(spool), most, clock=lambda: self.now) if spool else None
        self.sender = Sender(
            self.bucket,
            self.catcher,
            self.spool,
            Reports(self.problems.append),
            batch=4,
            clock=lambda: self.now,
            chance=lambda: 1.0,
        )

    def put(self, *names: str) -> None:
        for name in names:
            self.bucket.put(json.dumps({"name": name}).encode())

    @property
    def names(self) -> list[str]:
        return [event["name"] for event in self.catcher.events]


def later(wait: float | None = None) -> Outcome:
    return Outcome("later", "away.", retry_after=wait)


def test_pauses_double_up_to_a_minute() -> None:
    bench = Bench(*[later() for _ in range(9)])
    bench.put("a")
    pauses = []
    for _ in range(9):
        pauses.append(bench.sender.step())
        bench.now += pauses[-1]
    assert pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert bench.sender.step() == 30
    assert bench.names == ["a"]
    assert bench.sender.tally.retries == 9


def test_nothing_is_tried_before_its_time() -> None:
    bench = Bench(later())
    bench.put("a")
    assert bench.sender.step() == 0.5
    bench.now += 0.3
    assert bench.sender.step() == pytest.approx(0.2)
    assert bench.sender.tally.requests == 1
    # Somebody who flushes does not want to wait for that.
    bench.sender.step(is_urgent=True)
    assert bench.names == ["a"]


def test_chance_makes_pauses_shorter() -> None:
    bench = Bench(later())
    bench.sender._chance = lambda: 0.0
    bench.put("a")
    assert bench.sender.step() == 0.25


def test_retry_after_is_honored_even_when_urgent() -> None:
    bench = Bench(later(wait=30))
    bench.put("a")
    assert bench.sender.step() == 30
    bench.now += 29
    bench.sender.step(is_urgent=True)
    assert bench.names == []
    bench.now += 1
    bench.sender.step()
    assert bench.names == ["a"]


def test_order_is_kept_over_a_failure_in_memory() -> None:
    bench = Bench(Outcome("stored"), later())
    bench.put(*"abcdefghij")  # batches of four
    bench.sender.step()
    assert bench.names == list("abcd")
    assert bench.sender.n_waiting == 6
    bench.now += 1
    bench.sender.step()
    assert bench.names == list("abcdefghij")
    assert bench.sender.is_clear


def test_refused_events_are_counted_and_do_not_stop_others() -> None:
    bench = Bench(Outcome("refused", "401: no such key."))
    bench.put(*"abcdef")
    bench.sender.step()
    assert bench.names == ["e", "f"]
    assert bench.sender.tally.refused == 4
    (problem,) = bench.problems
    assert (problem.code, problem.n_events) == ("refused", 4)
    assert problem.message == "4 events are refused: 401: no such key."


@pytest.mark.parametrize(
    ("outcome", "message"),
    [
        (Outcome("refused", "401: no."), "1 event is refused: 401: no."),
        (Outcome("stored", rejected=("x: y",)), "1 event was rejected, for x: y"),
    ],
)
def test_one_event_is_told_as_one(outcome: Outcome, message: str) -> None:
    bench = Bench(outcome)
    bench.put("a")
    bench.sender.step()
    assert [problem.message for problem in bench.problems] == [message]


def test_rejects_are_told_with_the_first_reason() -> None:
    bench = Bench(Outcome("stored", stored=1, rejected=("too_deep: too deep", "x: y")))
    bench.put(*"abc")
    bench.sender.step()
    assert (bench.sender.tally.stored, bench.sender.tally.rejected) == (1, 2)
    assert "too_deep" in bench.problems[0].message


def test_what_is_too_large_is_sent_in_pieces() -> None:
    large = Outcome("large", "413")
    bench = Bench(large, Outcome("stored"), large, Outcome("refused", "413"))
    bench.put(*"abcd")
    bench.sender.step()
    # abcd: no; ab: yes; cd: no; c alone: never; d: yes.
    assert bench.names == ["a", "b", "d"]
    assert bench.sender.tally.refused == 1


def test_pieces_wait_as_well() -> None:
    bench = Bench(Outcome("large"), later())
    bench.put(*"abcd")
    bench.sender.step()
    bench.now += 1
    bench.sender.step()
    assert bench.names == list("abcd")


def test_while_away_events_go_to_the_disk_and_come_back_in_order(tmp_path: Path) -> None:
    bench = Bench(later(), later(), spool=tmp_path)
    bench.put(*"abcdef")
    assert bench.sender.step() == 0.5
    assert (len(bench.bucket), bench.sender.tally.spooled) == (0, 6)
    bench.put("g")
    bench.sender.step()
    assert (len(bench.bucket), bench.sender.tally.requests) == (0, 1)
    bench.now += 1
    bench.sender.step()
    assert bench.sender.tally.requests == 2
    bench.now += 2
    bench.put("h")
    bench.sender.step()
    assert bench.names == list("abcdefgh")
    assert bench.sender.is_clear
    assert [problem.code for problem in bench.problems] == ["away", "away"]


def test_a_long_spool_does_not_hold_up_new_events(tmp_path: Path) -> None:
    bench = Bench(spool=tmp_path)
    other = Bench(later(), spool=tmp_path)
    for n in range(25):
        other.put(f"old{n}")
        other.sender.step()
    bench.put("new")
    assert bench.sender.step() == 0
    assert len(bench.names) == 21
    assert "new" in bench.names
    assert bench.sender.step() == 30
    assert sorted(bench.names) == sorted(["new", *(f"old{n}" for n in range(25))])


def test_a_full_spool_leaves_the_rest_in_memory(tmp_path: Path) -> None:
    bench = Bench(*[later() for _ in range(3)], spool=tmp_path, most=130)
    bench.put(*"abcdefghijkl")
    bench.sender.step()
    spooled = bench.sender.tally.spooled
    assert 0 < spooled < 12
    assert bench.sender.n_waiting == 12 - spooled
    assert "spool" in [problem.code for problem in bench.problems]
    bench.catcher.script.clear()
    for _ in range(3):
        bench.now += 60
        bench.sender.step()
    assert sorted(bench.names) == list("abcdefghijkl")


def test_a_spool_that_cannot_be_written_is_told_and_memory_is_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    bench = Bench(later(), spool=tmp_path / "file" / "spool")
    bench.put(*"abcdef")
    bench.sender.step()
    assert bench.sender.n_waiting == 6
    assert "cannot be used" in bench.problems[-1].message
    bench.now += 1
    bench.sender.step()
    assert bench.names == list("abcdef")


def test_what_is_left_at_the_end_is_counted_as_lost() -> None:
    bench = Bench(later())
    bench.put(*"ab")
    bench.sender.step()
    bench.sender.give_up()
    assert bench.sender.tally.lost == 2
