"""The last entry of a log: set aside where a power cut tore it, kept where it rotted."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.lake.conftest import append_singly, ids, ids_of

from footfall.errors import LakeError
from footfall.lake.checkpoints import damaged_entry, is_torn
from footfall.lake.table import EventTable, Position

Make = Callable[..., EventTable]

# What a power cut leaves of the last entry: its name alone, its beginning, sectors of zeros.
TORN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "half": lambda entry: entry[: len(entry) // 2],
    "zeros": lambda entry: bytes(len(entry)),
    "tail": lambda entry: entry[:100] + bytes(len(entry) - 100),
    "hole": lambda entry: entry[:100] + bytes(512) + entry[612:],
}


def last_entry(table: EventTable) -> Path:
    return max(table.log.folder.glob("*.json"))


@pytest.mark.parametrize("kind", TORN)
def test_a_torn_entry_is_set_aside(
    make_table: Make, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    entry = last_entry(append_singly(make_table(), 3))
    whole = entry.read_bytes()
    entry.write_bytes(TORN[kind](whole))
    table = make_table()
    with caplog.at_level(logging.WARNING):
        table.recover()
    assert f"{entry} was torn by a power cut" in caplog.text
    assert not entry.exists()
    assert ids_of(table) == ["e0", "e1"]
    # Nobody was told that it is stored, so it comes once more, and is no duplicate.
    assert table.append(ids("e2")).n_stored == 1
    assert ids_of(make_table()) == ["e0", "e1", "e2"]


def test_what_was_read_once_is_not_looked_at_again(make_table: Make) -> None:
    table = append_singly(make_table(), 2)
    last_entry(table).write_bytes(b"")
    table.recover()
    assert last_entry(table).exists()


def test_no_turned_bit_makes_an_entry_torn(make_table: Make) -> None:
    table = make_table()
    table.append(ids("e0"), Position("file:a", 167_090))
    whole = last_entry(table).read_bytes()
    assert not is_torn(whole)
    turned = (
        whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :]
        for place in range(len(whole))
        for bit in range(8)
    )
    assert [entry for entry in turned if is_torn(entry)] == []


@pytest.mark.parametrize("verb", ["append", "compact", "vacuum", "maintain", "recover"])
def test_a_damaged_entry_is_kept(make_table: Make, verb: str) -> None:
    entry = last_entry(append_singly(make_table(), 3))
    whole = entry.read_bytes()
    entry.write_bytes(whole.replace(b'"add"', b'"add\x07', 1))
    assert damaged_entry(entry.parent) == entry
    damaged = make_table()
    try:
        getattr(damaged, verb)(*[ids("e3")] if verb == "append" else [])
    except LakeError as error:
        assert "\n" not in str(error)
    (finding,) = make_table().check()
    assert finding.code == "log_damaged"
    assert str(entry) in finding.message
    assert "backup" in finding.way_out
    entry.write_bytes(whole)
    assert ids_of(make_table()) == ["e0", "e1", "e2"]


def test_an_action_that_no_log_has_is_told(make_table: Make) -> None:
    entry = last_entry(append_singly(make_table(), 3))
    # Readers pass over it, so the table opens, with one event less.
    entry.write_bytes(entry.read_bytes().replace(b'"add"', b'"adl"', 1))
    assert ids_of(make_table()) == ["e0", "e1"]
    assert "log_damaged" in {finding.code for finding in make_table().check(is_full=True)}


def test_events_of_an_entry_that_was_moved_away_can_be_read_in_again(make_table: Make) -> None:
    table = append_singly(make_table(), 3)
    # The ids of all three are known on the disk as well.
    table.close()
    entry = last_entry(table)
    entry.rename(entry.with_suffix(".away"))
    assert make_table().append(ids("e1", "e2")).n_stored == 1
    assert ids_of(make_table()) == ["e0", "e1", "e2"]
