from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.render.text import to_csv

ROW = {
    "time": datetime(2026, 11, 1, 9, tzinfo=UTC),
    "day": date(2026, 11, 1),
    "text": 'say "hi", you',
    "none": None,
    "yes": True,
    "ratio": 0.1,
    "n": 3,
    "tags": ["a", {"b": 1}],
}


def test_csv_has_a_header_and_quotes_what_needs_it():
    assert to_csv(list(ROW), [ROW]) == (
        "time,day,text,none,yes,ratio,n,tags\r\n"
        '2026-11-01T09:00:00+00:00,2026-11-01,"say ""hi"", you",,true,0.1,3,"[""a"",{""b"":1}]"\r\n'
    )


def test_a_column_that_a_row_lacks_is_empty():
    assert to_csv(["a", "b"], [{"a": 1}]) == "a,b\r\n1,\r\n"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_empty(value: float) -> None:
    assert to_csv(["a", "b"], [{"a": value, "b": [value]}]) == "a,b\r\n,[null]\r\n"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+49 30", "'+49 30"),
        ("-1", "'-1"),
        ("@SUM", "'@SUM"),
        ("\tx", "'\tx"),
        ("\rx", '"\'\rx"'),
        (b"=1", "'=1"),
        ("a=b", "a=b"),
        ("", '""'),
        # No text, so no formula either.
        (-1, "-1"),
        (-0.5, "-0.5"),
        (Decimal("-1.50"), "-1.50"),
        (timedelta(seconds=-2), "-2.0"),
    ],
)
def test_a_text_that_begins_like_a_formula_is_none(value: object, cell: str) -> None:
    assert to_csv(["a"], [{"a": value}]) == f"a\r\n{cell}\r\n"


def test_a_name_that_begins_like_a_formula_is_none() -> None:
    assert to_csv(["=a", "b"], []) == "'=a,b\r\n"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_csv_reads_back_as_it_was(texts):
    text = to_csv(["a"], [{"a": item} for item in texts])
    read = list(csv.reader(io.StringIO(text, newline="")))
    guarded = [f"'{item}" if item[:1] in tuple("=+-@\t\r") else item for item in texts]
    assert [row[0] if row else "" for row in read[1:]] == guarded
