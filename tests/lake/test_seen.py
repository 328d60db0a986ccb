"""The cache of seen ids is always in step with the table, or catches up with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.lake.conftest import NOON, Clock, append_singly, batch, event, ids, ids_of

from footfall.lake import runs, seen
from footfall.lake.runs import Run, merge_in_memory, open_run, sort_keys, write_run
from footfall.lake.table import EventTable

Make = Callable[..., EventTable]


def run_of(*pairs: tuple[int, int], latest: int = 0) -> Run:
    high, low = (np.array(half, np.uint64) for half in zip(*pairs, strict=True))
    order = sort_keys((high, low))
    return Run(high[order], low[order], latest)


def keys_of(*pairs: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    run = run_of(*pairs)
    return run.high, run.low


def test_a_run_tells_keys_apart_by_both_halves() -> None:
    run = run_of((5, 1), (5, 2), (5, 3), (2**64 - 1, 0))
    asked = keys_of((4, 1), (5, 0), (5, 2), (5, 3), (5, 4), (6, 1), (2**64 - 1, 0))
    assert run.holds(asked).tolist() == [False, False, True, True, False, False, True]
    assert run_of((9, 9)).holds(keys_of((10, 9))).tolist() == [False]


def test_runs_merge_on_disk_as_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Pieces of 100 keys: the merge has to be cut into ranges.
    monkeypatch.setattr(runs, "_SLICE", 100)
    random = np.random.default_rng(1)
    several = [
        run_of(*zip(*random.integers(0, 2**63, (2, n)).tolist(), strict=True), latest=n)
        for n in (1, 400, 999)
    ]
    expected = merge_in_memory(several)
    written = write_run(tmp_path, several)
    again = open_run(tmp_path, written.name, 1400, written.latest)
    assert again.latest == 999
    assert np.array_equal(again.high, expected.high)
    assert np.array_equal(again.low, expected.low)


def turn_bit(path: Path) -> None:
    """Turn the highest bit of the first key, so that the keys are out of order."""
    content = path.read_bytes()
    path.write_bytes(content[:7] + bytes([content[7] ^ 128]) + content[8:])


def test_a_run_with_a_turned_bit_is_refused(tmp_path: Path) -> None:
    written = write_run(tmp_path, [run_of((1, 1), (2, 2), (3, 3))])
    turn_bit(tmp_path / written.name)
    with pytest.raises(ValueError, match="bytes that were written"):
        open_run(tmp_path, written.name, 3, 0)


def test_a_run_cut_short_is_refused(tmp_path: Path) -> None:
    written = write_run(tmp_path, [run_of((1, 1), (2, 2))])
    path = tmp_path / written.name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ValueError, match="2 keys"):
        open_run(tmp_path, written.name, 2, 0)


def test_what_was_not_saved_is_read_from_the_files_added_since(make_table: Make) -> None:
    table = make_table()
    table.append(ids("a"))
    table.close()
    table.append(ids("b"))
    table.append(ids("c"))
    # As after a crash: the manifest covers a alone.
    other = make_table()
    assert other.append(ids("a", "b", "c", "d")).n_stored == 1
    assert other.index.covered == other.log.version


def test_two_handles_learn_of_each_others_ids(make_table: Make) -> None:
    one, two = make_table(), make_table()
    for number in range(6):
        one.append(ids(f"one{number}"))
        two.append(ids(f"two{number}", f"one{number}"))
        if number % 2:
            one.close()
    assert one.append(ids("two5", "one0")).n_stored == 0
    assert two.append(ids("two0", "one5")).n_stored == 0
    assert len(ids_of(one)) == 12


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / seen.MANIFEST).write_text("{"),
        lambda folder: (folder / seen.MANIFEST).unlink(),
        lambda folder: (folder / seen.MANIFEST).write_text(
            json.dumps({"format": 99, "table": "", "version": 1, "runs": []})
        ),
        lambda folder: [path.unlink() for path in folder.glob("*.run")],
        lambda folder: [path.write_bytes(b"short") for path in folder.glob("*.run")],
        lambda folder: [turn_bit(path) for path in folder.glob("*.run")],
    ],
)
def test_a_damaged_cache_is_made_anew(make_table: Make, damage: Callable[[Path], object]) -> None:
    table = make_table()
    table.append(ids("a", "b"))
    table.close()
    damage(table.index.folder)
    assert make_table().append(ids("a", "b", "c")).n_stored == 1


def test_a_cache_of_another_table_is_not_believed(make_table: Make) -> None:
    import shutil

    table = make_table()
    table.append(ids("a"))
    table.close()
    shutil.rmtree(table.root)
    assert make_table().append(ids("a")).n_stored == 1


def test_making_anew_reads_only_what_is_remembered(make_table: Make, clock: Clock) -> None:
    table = make_table()
    table.append(batch(event("old"), event("new", received_at=NOON + timedelta(days=5))))
    clock.now = NOON + timedelta(days=8)
    table.index.forget(table.log.table_id)
    table.index.rebuild(table.log)
    assert table.seen(["old", "new"]) == [False, True]


def test_compaction_does_not_make_the_cache_read_again(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = append_singly(make_table(), 9)
    table.close()
    table.compact(is_forced=True)

    def refuse(*_: object) -> None:
        raise AssertionError("a file was read although nothing new is in it")

    monkeypatch.setattr(seen.SeenIndex, "_read", refuse)
    assert make_table().append(ids("e3")).n_stored == 0


def test_runs_merge_as_they_grow_and_leftovers_go(
    make_table: Make, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    monkeypatch.setattr(seen, "_MAX_IN_MEMORY", 10)
    table = make_table()
    for number in range(40):
        clock.now = NOON + timedelta(hours=number)
        rows = [event(f"e{number}-{k}", received_at=clock.now) for k in range(10)]
        table.append(batch(*rows))
    names = [path.name for path in table.index.folder.glob("*.run")]
    # 40 runs of ten were written; days that are over have one each, today less than four
    # of a size.
    assert len(names) <= 1 + 1 + 3 * 3
    assert table.index.n_keys == 400
    assert all(table.seen([f"e{n}-{k}" for n in range(40) for k in range(10)]))
    assert make_table().seen(["e0-0", "e39-9", "e40-0"]) == [True, True, False]
