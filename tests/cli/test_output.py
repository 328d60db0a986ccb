from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from footfall.cli.exits import show_error
from footfall.cli.output import print_rows, printable, size, text
from footfall.errors import InvalidQuery

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
        (datetime(2026, 11, 1, tzinfo=UTC), "2026-11-01 00:00:00"),
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


EVIL = "\x1b]0;owned\x07\x9b2J\u202egnp.exe\r"
SAFE = r"\u001b]0;owned\u0007\u009b2J\u202egnp.exe\u000d"


def test_what_a_sender_wrote_does_not_act_on_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row: dict[str, Any] = {"name": EVIL, "more": {"a": EVIL}, EVIL: 1}
    print_rows([row])
    table = capsys.readouterr().out
    assert table.count(SAFE) == 2
    assert table.count(SAFE.removesuffix("\\u000d")) == 3
    print_rows([row], as_json=True)
    shown = capsys.readouterr().out
    show_error(InvalidQuery(f"There is no {EVIL}"))
    told = capsys.readouterr().err
    assert SAFE in told
    for output in (table, shown, told):
        assert printable(output, keep="\n") == output
    assert json.loads(shown) == [row]


def test_times_of_a_column_have_one_form(capsys: pytest.CaptureFixture[str]) -> None:
    hours = [{"time": datetime(2026, 11, 1, hour, tzinfo=UTC)} for hour in (0, 1)]
    print_rows(hours)
    assert "2026-11-01 00:00:00" in capsys.readouterr().out
    print_rows(hours[:1])
    assert "00:00" not in capsys.readouterr().out


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.usefixtures("terminal")
def test_a_narrow_terminal_leaves_out_columns_without_values(
    capsys: pytest.CaptureFixture[str],
) -> None:
    row: dict[str, Any] = {f"nothing_{n}": None for n in range(20)} | {"name": "view", "n": 3}
    print_rows([row, row])
    shown = capsys.readouterr().out
    assert "nothing" not in shown
    assert [line.split() for line in shown.splitlines() if "view" in line] == [["view", "3"]] * 2


@pytest.mark.usefixtures("terminal")
def test_a_table_wider_than_the_terminal_becomes_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    row = {f"column_{n}": f"value {n}" for n in range(30)} | {"long": "x" * 5000}
    print_rows([row, row])
    first, second = capsys.readouterr().out.rstrip("\n").split("\n\n")
    assert first == second
    lines = first.splitlines()
    assert lines[:2] == ["column_0: value 0", "column_1: value 1"]
    assert lines[-1] == f"long: {'x' * 399}…"


@pytest.mark.usefixtures("terminal")
def test_a_long_cell_is_folded_beside_short_ones(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"path": "/" + "x" * 300, "events": 12}])
    shown = capsys.readouterr().out
    assert shown.count("x") == 300
    assert max(map(len, shown.splitlines())) <= 100


def test_numbers_that_json_has_no_word_for_are_null(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"a": float("nan"), "b": [1.5, float("inf")], "c": {"d": (float("-inf"), "NaN")}}
    print_rows([row], as_json=True)

    def refuse(word: str) -> None:
        raise AssertionError(word)

    shown = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert shown == [{"a": None, "b": [1.5, None], "c": {"d": [None, "NaN"]}}]
