"""The thread that moves the journal: its pauses, and what has it move at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from tests.waiting import PATIENCE

from footfall.errors import LakeError
from footfall.intake.journal import JOURNALS
from footfall.intake.moving import Moving
from footfall.intake.standing import Moved
from footfall.lake.folder import LakeFolder


class Wake(threading.Event):
    """Lets so many pauses pass at once, and the next one last."""

    def __init__(self, n_passed: int) -> None:
        super().__init__()
        self.n_passed = n_passed
        self.n_set = 0
        self.pauses: list[float] = []
        self.is_lasting = threading.Event()

    def set(self) -> None:
        self.n_set += 1
        super().set()

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.pauses.append(timeout)
        if len(self.pauses) <= self.n_passed:
            return False
        self.is_lasting.set()
        return super().wait()


class Carrying:
    """As carriage and mover at once: nothing to carry, and what is said to be stuck."""

    def __init__(self, stuck: dict[str, int]) -> None:
        self.stuck = stuck

    def rest(self) -> None:
        pass

    def clear(self) -> None:
        pass


@pytest.fixture
def start(lake: LakeFolder, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FOOTFALL_INTAKE_MOVE_EVERY", "2s")
    lake = LakeFolder.open(lake.root)
    (lake.root / JOURNALS).mkdir()

    def start(
        move: Callable[[], Moved], n_rounds: int, stuck: dict[str, int] | None = None
    ) -> tuple[Moving, Wake]:
        """A thread that has made so many rounds, and pauses."""
        carrying = cast("Any", Carrying(stuck or {}))
        moving = Moving(lake, carrying, carrying, move)
        moving._wake = wake = Wake(n_rounds)
        moving.start()
        assert wake.is_lasting.wait(PATIENCE)
        return moving, wake

    return start


def test_pauses_stay_the_same_while_all_goes_well(start: Any) -> None:
    moving, wake = start(lambda: Moved(1), 3)
    moving.stop()
    assert wake.pauses == [2, 2, 2, 2]


def test_pauses_grow_while_moving_fails(start: Any) -> None:
    results: list[Moved | None] = [*[None] * 5, Moved(1), None]

    def move() -> Moved:
        moved = results.pop(0)
        if moved is None:
            raise LakeError("disk on fire")
        return moved

    moving, wake = start(move, 7)
    moving.stop()
    # Doubled after each of five failures, but never more than half a minute; then anew.
    assert wake.pauses == [2, 4, 8, 16, 30, 30, 2, 4]


def test_pauses_grow_while_a_table_cannot_be_written(start: Any) -> None:
    moving, wake = start(Moved, 2, stuck={"web": 0})
    moving.rouse()
    assert wake.n_set == 0  # what waits is not what came
    moving.stop()
    assert wake.pauses == [2, 4, 8]


def test_what_comes_after_an_empty_round_is_moved_at_once(start: Any) -> None:
    rounds = 0
    is_second = threading.Event()

    def move() -> Moved:
        nonlocal rounds
        rounds += 1
        if rounds == 2:
            is_second.set()
        return Moved(rounds - 1)

    moving, wake = start(move, 1)
    moving.rouse()
    assert is_second.wait(PATIENCE)
    assert wake.n_set == 1
    moving.stop()
    assert rounds == 2


def test_what_comes_after_events_waits_for_its_round(start: Any) -> None:
    moving, wake = start(lambda: Moved(1), 1)
    moving.rouse()
    assert wake.n_set == 0
    moving.stop()
