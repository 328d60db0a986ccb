from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from footfall.render.text import to_csv, to_json_lines

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


def test_json_lines_are_one_object_each():
    lines = to_json_lines([ROW, {"n": 4}]).splitlines()
    assert json.loads(lines[0])["time"] == "2026-11-01T09:00:00Z"
    assert json.loads(lines[1]) == {"n": 4}
    assert to_json_lines([]) == ""


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))))
def test_csv_reads_back_as_it_was(texts):
    text = to_csv(["a"], [{"a": item} for item in texts])
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert [row[0] if row else "" for row in read[1:]] == texts
