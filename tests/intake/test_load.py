"""What is being taken in is counted, and more than the settings allow is refused."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from footfall.errors import Overloaded
from footfall.intake.load import Load
from footfall.settings import IntakeSettings


@dataclass
class Elsewhere:
    """Bytes that wait for the disk, and those that wait for the lake."""

    queued: int = 0
    backlog: int = 0


@pytest.fixture
def elsewhere() -> Elsewhere:
    return Elsewhere()


@pytest.fixture
def load(elsewhere: Elsewhere) -> Load:
    settings = IntakeSettings(max_waiting="1KiB", max_backlog="2KiB")
    return Load(settings, queued=lambda: elsewhere.queued, backlog=lambda: elsewhere.backlog)


def test_bodies_and_records_count_together(load: Load, elsewhere: Elsewhere) -> None:
    elsewhere.queued = 1000
    load.hold(20)
    assert load.waiting == 1020
    load.check(4)  # 1024 are allowed
    with pytest.raises(Overloaded, match="1020 bytes are being taken in") as caught:
        load.check(5)
    assert caught.value.retry_after == 1
    load.hold(-20)
    load.check(24)


def test_alone_a_body_may_be_larger(load: Load) -> None:
    load.check(10_000)
    with load.held(1), pytest.raises(Overloaded):
        load.check(10_000)


def test_what_is_held_is_let_go_of_after_an_error(load: Load) -> None:
    with pytest.raises(KeyError), load.held(7):
        assert load.waiting == 7
        raise KeyError
    assert load.waiting == 0


def test_a_backlog_refuses_the_smallest_body(load: Load, elsewhere: Elsewhere) -> None:
    elsewhere.backlog = 2048
    load.check(1)
    elsewhere.backlog = 2049
    with pytest.raises(Overloaded, match=r"2049 bytes wait .* max_backlog") as caught:
        load.check(1)
    assert caught.value.retry_after == 30
