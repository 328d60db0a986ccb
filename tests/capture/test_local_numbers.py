"""Decimal commas, and words among numbers, from the file to its events."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.capture.conftest import Ingest, events, write

from footfall.capture.definition import Changes, define
from footfall.capture.infer import Inferred, infer
from footfall.capture.numbers import with_point
from footfall.errors import InvalidMapping
from footfall.lake.folder import LakeFolder


def inferred(*columns: str, delimiter: str = ";") -> Inferred:
    """A file with these columns, each a name and its values parted by blanks."""
    cells = [column.split() for column in columns]
    days = [f"2026-11-{day:02}" for day in range(1, len(cells[0]))]
    rows = zip(["time", *days], ["event", *("buy" for _ in days)], *cells, strict=True)
    return infer("\n".join(map(delimiter.join, rows)).encode(), "sample")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("12,50", "12.50"), ("-0,5", "-0.5"), ("+1.234,5", "+1234.5"), ("1.234.567", "1234567"),
        ("1.234", "1234"), ("7", "7"), (" 7,5 ", "7.5"),
    ],
)  # fmt: skip
def test_a_decimal_comma_becomes_a_point(text: str, plain: str) -> None:
    assert with_point(text) == plain


@pytest.mark.parametrize(
    "text", ["12.50", "1.23,4", "007,5", "1,2,3", ",5", "5,", "1,5e3", "n/a", ""]
)
def test_what_has_no_decimal_comma_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no decimal comma"):
        with_point(text)


def test_decimal_commas_are_told_and_read() -> None:
    found = inferred("amount 12,50 8 1.234,5", "n 1 2 3")
    assert found.preset.declare == {"amount": "float", "n": "int"}
    assert found.preset.mapping.options == {"delimiter": ";", "decimal": ","}
    assert found.warnings == (
        "amount: looks like numbers with decimal commas; they are read so (--option decimal=,).",
    )
    assert [row["properties"] for row in found.samples] == [
        '{"amount":12.5,"n":1}',
        '{"amount":8.0,"n":2}',
        '{"amount":1234.5,"n":3}',
    ]
    assert found.to_dict()["warnings"] == list(found.warnings)


@pytest.mark.parametrize("values", ["1,234 5,678", "1,5 x", "1,2,3 4,5", "007,5 1,5"])
def test_what_may_be_no_decimal_comma_stays_text(values: str) -> None:
    found = inferred(f"amount {values}")
    assert found.preset.declare == {"amount": "text"}
    assert "decimal" not in found.preset.mapping.options


def test_commas_and_points_in_one_file_are_told() -> None:
    found = inferred("amount 1,5 2,5", "rate 0.1 0.2")
    assert found.preset.declare == {"amount": "text", "rate": "float"}
    assert found.preset.mapping.options == {"delimiter": ";"}
    assert "amount: looks like numbers with decimal commas, but other" in found.warnings[0]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ("1 2.5 n/a 4", "1 of 4 values is 'n/a'"),
        ("1 n/a - 4", "2 of 4 values are 'n/a', '-'"),
        ("1 2 3 4", None),
        ("1 n/a n/a n/a", None),
        # Parts of a house number, and a postal code, are texts.
        ("1 2 3b 4", None),
        ("1 2 03 4", None),
    ],
)
def test_words_among_numbers_are_told(values: str, told: str | None) -> None:
    found = inferred(f"amount {values}")
    if told is None:
        assert found.warnings == ()
    else:
        assert found.preset.declare == {"amount": "text"}
        (warning,) = found.warnings
        assert warning == (
            f"amount: is text, because {told}; with --property amount:float the others are numbers."
        )


def test_numbers_with_commas_are_stored(lake: LakeFolder, ingest: Ingest, tmp_path: Path) -> None:
    changes = Changes(
        mapping="csv",
        rules={"timestamp": "t", "name": "=sale", "latitude": "lat"},
        properties=("amount:float", "n:int", "note:text"),
        options={"decimal": ","},
    )
    lake.add_source(define("sales", changes))
    lines = ["t;lat;amount;n;note", "2026-11-01T00:00:00Z;48,2;12,50;1.000;1,5"]
    lines.append("2026-11-01T00:00:01Z;-3,5;12.50;2;x")
    ingest(write(tmp_path / "sales.csv", lines), "sales")
    rows = events(lake, "sales")
    assert [row["latitude"] for row in rows] == [48.2, -3.5]
    assert [row["p_amount"] for row in rows] == [12.5, None]
    assert [row["p_n"] for row in rows] == [1000, 2]
    assert [row["p_note"] for row in rows] == ["1,5", "x"]
    assert rows[1]["properties"] == '{"amount":"12.50"}'


def test_another_mark_is_refused() -> None:
    rules = {"timestamp": "t", "name": "=sale"}
    with pytest.raises(InvalidMapping, match="Option decimal is ';'") as wrong:
        define("shop", Changes(mapping="csv", rules=rules, options={"decimal": ";"}))
    assert wrong.value.parameter == "options.decimal"
