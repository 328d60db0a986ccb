from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from footfall.cli.output import print_rows, size, text

ROWS: list[dict[str, Any]] = [
    {"name": "a[red]b", "events": 1234567, "at": datetime(2026, 11, 1, 12, 30, tzinfo=UTC)},
    {"name": 'comma, "quote"', "events": None, "at": None},
]


def test_a_table_shows_numbers_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS)
    shown = capsys.readouterr().out
    # What looks like markup is data.
    assert "a[red]b" in shown
    assert "1,234,567" in shown
    assert "2026-11-01 12:30:00" in shown


def test_a_table_is_not_cut_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"path": "/" + "x" * 300}])
    assert "/" + "x" * 300 in capsys.readouterr().out


def test_json_is_a_list_of_objects(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, as_json=True)
    assert json.loads(capsys.readouterr().out) == [
        {"name": "a[red]b", "events": 1234567, "at": "2026-11-01T12:30:00+00:00"},
        {"name": 'comma, "quote"', "events": None, "at": None},
    ]


def test_csv_reads_back(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows(ROWS, as_csv=True)
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["name", "events", "at"],
        ["a[red]b", "1234567", "2026-11-01T12:30:00+00:00"],
        ['comma, "quote"', "", ""],
    ]


def test_csv_is_that_of_a_result(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"path": "=cmd|' /C calc'!A0", "is_bot": True, "n": -1}], as_csv=True)
    assert capsys.readouterr().out == "path,is_bot,n\r\n'=cmd|' /C calc'!A0,true,-1\r\n"


def test_no_rows_are_still_valid_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], ["a", "b"], as_json=True)
    assert json.loads(capsys.readouterr().out) == []
    print_rows([], ["a", "b"], as_csv=True)
    assert capsys.readouterr().out == "a,b\r\n"
    print_rows([], empty="There is nothing.")
    assert capsys.readouterr().out == "There is nothing.\n"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (-1500, "-1,500"),
        (0.25, "0.25"),
        (1234.5, "1,234.5"),
        (2.0, "2"),
        (1 / 3, "0.3333"),
        (False, "no"),
        (None, "-"),
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01"),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_cells(value: object, shown: str) -> None:
    assert text(value) == shown


@pytest.mark.parametrize(
    ("n_bytes", "shown"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (5 * 2**20, "5.0 MiB"),
        (2**50, "1024.0 TiB"),
    ],
)
def test_sizes(n_bytes: int, shown: str) -> None:
    assert size(n_bytes) == shown
