from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.capture.logfiles import is_by_lines, open_format
from footfall.capture.logfiles.jsonarray import JsonArray, elements
from footfall.capture.logfiles.jsonlines import JsonLines
from footfall.model.source import Mapping, Rule, Source

RULES = {"timestamp": Rule(("t",)), "name": Rule(("n",))}
GOOD = '{"t":"2026-11-01T00:00:00Z","n":"a"}'


def source(form: str = "json") -> Source:
    return Source("app", mapping=Mapping(form, RULES))


def spans(text: str, *, is_last: bool = True) -> list[str]:
    data = text.encode()
    return [data[start:end].decode() for start, end in elements(data, is_last=is_last)]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ('{"a":1}\n{"a":2}\n', True),
        ('{"a":1}', True),
        ('{"a":1, "b', True),
        ('\ufeff{"a":1}\n', True),
        ('{"a":1} x\n{"a":2}\n', True),
        ('[{"a":1}]', False),
        ('{\n  "a": 1\n}', False),
        ('{"a": {\n"b": 1}}', False),
        ('{"a": 1,\n"b": 1}', False),
    ],
)
def test_shape_of_json(head: str, expected: bool) -> None:
    assert is_by_lines(head.encode()) == expected
    form = open_format(source(), b"k", head.encode())
    assert isinstance(form, JsonLines if expected else JsonArray)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"a":1},{"b":[1,{"c":2}]}]', ['{"a":1}', '{"b":[1,{"c":2}]}']),
        ('[\n {"a":"]},"}\n,\n {"b":"\\"{"}\n]\n', ['{"a":"]},"}', '{"b":"\\"{"}']),
        ('{"a":1}\n{"a":\n2}', ['{"a":1}', '{"a":\n2}']),
        ('[1, "x,y", null, {"a":1}]', ["1", '"x,y"', "null", '{"a":1}']),
        ('[{"a":tru},{"b":1}]', ['{"a":tru}', '{"b":1}']),
        ('[{"a":1},{"b":', ['{"a":1}', '{"b":']),
        ("[]", []),
        ("[[{}],[{}]]", ["{}", "{}"]),
        ('[{"ü":"é"},{"b":1}]', ['{"ü":"é"}', '{"b":1}']),
    ],
)
def test_elements(text: str, expected: list[str]) -> None:
    assert spans(text) == expected


def test_element_that_is_not_there_yet_waits() -> None:
    assert spans('[{"a":1},{"b":', is_last=False) == ['{"a":1}']


def test_one_stray_bracket_spoils_one_element_only() -> None:
    assert spans('[{"a":1]},{"b":2},{"c":3}]')[-1] == '{"c":3}'


def test_lines_of_elements_are_counted() -> None:
    form = JsonArray(source(), b"k")
    assert form.records(b'[\n{"a":1},\n\n{"b":\n2},{"c":3}]', 1).lines.tolist() == [2, 4, 5]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=3), max_size=5), st.booleans())
def test_elements_of_any_array_are_its_elements(values: list[Any], is_indented: bool) -> None:
    text = json.dumps(values, indent=2 if is_indented else None, ensure_ascii=False)
    text = text.encode("utf-8", "replace").decode()
    assert [json.loads(item) for item in spans(text)] == json.loads(text)


@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=3), max_size=4), st.data())
def test_array_cut_anywhere_gives_the_same_elements(values: list[Any], data: st.DataObject) -> None:
    text = json.dumps(values).encode()
    form, found, rest = JsonArray(source(), b"k"), [], b""
    place = data.draw(st.integers(0, len(text)))
    for part, is_last in ((text[:place], False), (text[place:], True)):
        piece = rest + part
        end = form.cut(piece, is_last=is_last)
        found += [json.loads(item) for item in form.records(piece[:end], 1).items]
        rest = piece[end:]
    assert found == values


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON: Input data was truncated"),
        ("[1]", "JSON is an array, not an object"),
        ('"x"', "JSON is text, not an object"),
        ("null", "JSON is null, not an object"),
        ("{} {}", "not JSON"),
        ('{"n":"a\\u0000b"}', "holds the character U+0000"),
        ('{"n":"a"}', "timestamp: the record has no 't'"),
        ('{"t":"x","n":"a"}', "timestamp: 'x' is not a time of the expected form"),
        ('{"t":0}', "name: the record has no 'n'"),
        ('{"t":0,"n":"' + "a" * 257 + '"}', "name: longer than 256 characters"),
        ("[" * 100_000 + "]" * 100_000, "JSON"),
    ],
)
def test_lines_that_are_no_event_say_why(line: str, reason: str) -> None:
    form = JsonLines(source("jsonlines"), b"k")
    parsed = form.parse(form.records(f"{GOOD}\n{line}\n\n{GOOD}\r\n".encode(), 1))
    ((record, found, _),) = parsed.faults
    assert (record, parsed.rows.tolist()) == (1, [0, 2])
    assert reason in found


def test_escaped_backslash_before_u0000_is_text() -> None:
    form = JsonLines(source("jsonlines"), b"k")
    line = rb'{"t":0,"n":"a","x":"\\u0000"}'
    parsed = form.parse(form.records(line, 1))
    assert parsed.table["properties"].to_pylist() == [r'{"x":"\\u0000"}']


def test_bytes_that_are_no_text_are_replaced() -> None:
    form = JsonLines(source("jsonlines"), b"k")
    parsed = form.parse(form.records(b'{"t":0,"n":"a\xff"}\n', 1))
    assert parsed.table["name"].to_pylist() == ["a\ufffd"]
