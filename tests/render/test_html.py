from __future__ import annotations

from datetime import UTC, datetime

import pytest

from footfall.render.html import html_table, shown_value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (True, "yes"),
        (1234567, "1,234,567"),
        (0.123456, "0.1235"),
        (1234.5678, "1,234.57"),
        (float("nan"), "nan"),
        (datetime(2026, 11, 1, 9, tzinfo=UTC), "2026-11-01 09:00:00+00:00"),
        ("x" * 100, "x" * 59 + "…"),
    ],
)
def test_values_as_people_read_them(value, expected):
    assert shown_value(value) == expected


def test_only_the_first_rows_are_shown_and_the_rest_counted():
    html = html_table(["n"], ({"n": n} for n in range(50)), "events", 50)
    assert html.count("<tr>") == 21  # the head and twenty rows
    assert "30 more rows" in html
    assert "more rows" not in html_table(["n"], [{"n": 1}], "events", 1)


def test_names_and_values_are_escaped():
    html = html_table(["<a>"], [{"<a>": "<b>"}], "<c>")
    assert "&lt;a&gt;" in html
    assert "&lt;b&gt;" in html
    assert "&lt;c&gt;" in html


def test_numbers_stand_to_the_right():
    html = html_table(["n", "t"], [{"n": 1, "t": "x"}], "")
    assert 'text-align:right">1<' in html
    assert 'text-align:left">x<' in html
