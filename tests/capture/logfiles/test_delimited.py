from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.capture.logfiles.delimited import Delimited
from footfall.capture.logfiles.quotes import Quotes
from footfall.capture.records import line_spans
from footfall.errors import InvalidMapping
from footfall.model.source import Mapping, PropertyType, Rule, Source

RULES = {"timestamp": Rule(("t",)), "name": Rule(("n",))}
T = "2026-11-01 00:00:00"


def form(
    kind: str = "csv", properties: dict[str, PropertyType] | None = None, **options: Any
) -> Delimited:
    mapping = Mapping(kind, RULES, options=options)
    return Delimited(Source("shop", mapping=mapping, properties=properties or {}), b"k")


def parse(text: str, **options: Any) -> Any:
    opened, data = form(**options), text.encode()
    begin = opened.begin(data)
    return opened.parse(opened.records(data[begin:], 2))


def properties(text: str, **options: Any) -> list[str | None]:
    parsed = parse(text, **options)
    assert parsed.faults == []
    return parsed.table["properties"].to_pylist()


def test_cells_become_columns_and_properties() -> None:
    parsed = parse(f'n,t,x,y\nbuy,{T},"1,5",\n')
    assert parsed.table["name"].to_pylist() == ["buy"]
    assert parsed.table["properties"].to_pylist() == ['{"x":"1,5"}']


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        (f"\ufeffn;t;x\r\nbuy;{T};1\r\n", {"delimiter": ";"}, '{"x":"1"}'),
        (f"n\tt\tx\nbuy\t{T}\ta\\\tb\n", {"delimiter": "\t", "escape": "\\"}, '{"x":"a\\tb"}'),
        (f'n,t,x\nbuy,{T},"a\nb ""c"""\n', {}, '{"x":"a\\nb \\"c\\""}'),
        (f'n,t,x\nbuy,{T},5" screen\n', {}, '{"x":"5\\" screen"}'),
        (f'buy|{T}|"x|', {"kind": "delimited", "columns": ["n", "t", "x", "y"]}, '{"x":"\\"x"}'),
        (f"n,t,x,x,\nbuy,{T},1,2,3\n", {}, '{"x":"1","x_2":"2","column_5":"3"}'),
        (f"\n\nn,t,x\nbuy,{T},1\n", {}, '{"x":"1"}'),
    ],
)
def test_dialects(text: str, options: dict[str, Any], expected: str) -> None:
    assert properties(text, **options) == [expected]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        (f'n,t,x\nbuy,{T},"a \\"b\\", c"\n', {}, '{"x":"a \\"b\\", c"}'),
        (f"n;t;x\n'buy';'{T}';'a;b'\n", {}, '{"x":"a;b"}'),
        (f"n;t;x\n'buy';'{T}';'a;b'\n", {"delimiter": ";"}, '{"x":"a;b"}'),
        # What the source says stands, though the file looks otherwise.
        (f"n;t;x\nbuy;{T};'a'\n", {"quote": '"'}, '{"x":"\'a\'"}'),
        (f'n,t,x\nbuy,{T},"a\\"\n', {"escape": ""}, '{"x":"a\\\\"}'),
    ],
)
def test_the_file_tells_its_dialect(text: str, options: dict[str, Any], expected: str) -> None:
    mapping = Mapping("csv", RULES, options=options)
    opened = Delimited(Source("shop", mapping=mapping), b"k", data := text.encode())
    parsed = opened.parse(opened.records(data[opened.begin(data) :], 2))
    assert parsed.faults == []
    assert parsed.table["properties"].to_pylist() == [expected]


def test_declared_cells_are_read_as_their_type() -> None:
    declared: dict[str, PropertyType] = {"i": "int", "f": "float", "b": "bool", "d": "time"}
    text = f"n,t,i,f,b,d\na,{T},7,2.50,Yes,2026-01-02 03:04\na,{T},7.5,inf,maybe,never\n"
    assert properties(text, properties=declared) == [
        '{"i":7,"f":2.5,"b":true,"d":"2026-01-02T03:04:00+00:00"}',
        # What does not read as its type stays as it came, to be counted as a mismatch.
        '{"i":"7.5","f":"inf","b":"maybe","d":"never"}',
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("a,b,c,d", "4 cells where there are 3 columns"),
        ("a,b", "2 cells where there are 3 columns"),
        (f'a,{T},"open', "not a row: unexpected end of data"),
        (",x,y", "timestamp: 'x' is not a time"),
        (f",{T},y", "name: the record has no 'n'"),
    ],
)
def test_rows_that_are_no_event_say_why(row: str, reason: str) -> None:
    parsed = parse(f"n,t,x\na,{T},1\n{row}\na,{T},2\n")
    ((record, found, _),) = parsed.faults
    assert (record, parsed.rows.tolist()) == (1, [0, 2])
    assert reason in found


def test_header_that_comes_again_is_no_row() -> None:
    parsed = parse(f"n,t,x\na,{T},1\nn,t,x\na,{T},2\n")
    assert (parsed.faults, parsed.rows.tolist()) == ([], [0, 2])


def test_lines_of_rows_are_counted_by_line() -> None:
    opened, text = form(), f'n,t,x\na,{T},"1\n2"\na,{T},3\n'.encode()
    records = opened.records(text[opened.begin(text) :], 2)
    assert records.lines.tolist() == [2, 4]


def test_row_with_an_open_quote_waits_for_its_end() -> None:
    opened = form()
    opened.begin(b"n,t,x\n")
    data = f'a,{T},1\na,{T},"2\n3'.encode()
    assert data[: opened.cut(data, is_last=False)].decode() == f"a,{T},1\n"
    assert opened.cut(data, is_last=True) == len(data)


def test_stray_quote_does_not_swallow_the_rest() -> None:
    rows = f"a,{T},1\n" * 100_000
    opened = form()
    opened.begin(b"n,t,x\n")
    records = opened.records(f'a,{T},"oops\n{rows}'.encode(), 2)
    parsed = opened.parse(records)
    assert (len(parsed.faults), len(parsed.rows)) == (1, 100_000)


@pytest.mark.parametrize("options", [{"delimiter": ""}, {"delimiter": "::"}, {"quote": "„"}])
def test_options_that_cannot_be_are_told(options: dict[str, str]) -> None:
    (name,) = options
    with pytest.raises(InvalidMapping, match=f"Option {name}"):
        form(**options)


CELLS = st.text(st.sampled_from('ab",\n x'), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6), st.booleans())
def test_rows_are_those_that_were_written(rows: list[list[str]], is_quoted: bool) -> None:
    file = io.StringIO()
    csv.writer(
        file, lineterminator="\n", quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL
    ).writerows(rows)
    data = file.getvalue().encode()
    starts, ends, _ = line_spans(data, 1)
    found = Quotes('"', ",", "").rows(data, starts, ends, is_last=True)
    texts = [
        data[starts[first] : ends[last]].decode()
        for first, last in zip(found.first, found.last, strict=True)
    ]
    assert [next(csv.reader([text])) for text in texts] == rows
