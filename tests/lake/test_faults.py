"""Errors from below, and a disk that is full."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
from deltalake.exceptions import DeltaError
from tests.lake.conftest import append_singly

from footfall.errors import LakeError, StorageFull
from footfall.lake import seen
from footfall.lake.faults import Translated
from footfall.lake.table import EventTable

Make = Callable[..., EventTable]

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    "error",
    [
        FULL,
        DeltaError("Failed to write: Generic LocalFileSystem error (os error 28)"),
        DeltaError("There is not enough space on the disk. (os error 112)"),
    ],
)
def test_want_of_space_is_told_as_such(error: Exception) -> None:
    with (
        pytest.raises(StorageFull, match=r"^T cannot be written: no space is left"),
        Translated("T cannot be written", OSError, DeltaError),
    ):
        raise error


def test_other_errors_are_told_with_their_text() -> None:
    error = OSError(errno.EIO, "Input/output error")
    with (
        pytest.raises(LakeError, match=r"T cannot be read: .*Input/output error\."),
        Translated("T cannot be read", OSError),
    ):
        raise error


def test_errors_of_other_kinds_pass() -> None:
    with pytest.raises(ValueError, match="os error 28"), Translated("T", OSError):
        raise ValueError("os error 28")


def full(*_: Any) -> None:
    raise FULL


def test_check_on_a_full_disk_is_a_finding(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_singly(make_table(), 3)
    reader = make_table()
    with monkeypatch.context() as patch:
        # The ids are not on the disk yet: whoever looks has to write them.
        patch.setattr(seen, "_MAX_IN_MEMORY", 1)
        patch.setattr(seen, "write_run", full)
        (finding,) = reader.check(is_full=True)
    assert (finding.code, finding.severity) == ("storage_full", "error")
    assert "no space is left" in finding.message
    assert make_table().check(is_full=True) == []


def test_table_that_cannot_be_closed_for_want_of_space_says_so(
    make_table: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = append_singly(make_table(), 1)
    monkeypatch.setattr(seen, "write_run", full)
    with pytest.raises(StorageFull):
        table.close()
