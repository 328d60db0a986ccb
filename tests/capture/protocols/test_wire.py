from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footfall.capture.protocols.otlp_message import REQUEST, value_of
from footfall.capture.protocols.wire import (
    BOOLEAN,
    DOUBLE,
    MAX_DEPTH,
    SIGNED,
    TEXT,
    UNSIGNED,
    Message,
    Part,
    fields,
    read_message,
    write_bytes,
    write_number,
)
from footfall.errors import InvalidEvents

INNER = Message({1: Part("name", TEXT)})
SHAPE = {
    1: Part("text", TEXT),
    2: Part("number", SIGNED),
    3: Part("inner", INNER, is_repeated=True),
    4: Part("half", DOUBLE),
    5: Part("flag", BOOLEAN),
    6: Part("count", UNSIGNED),
}


def test_a_message_as_the_format_writes_it() -> None:
    # "testing" and 150 are the examples of the format's own documentation.
    assert read_message(b"\x0a\x07testing", SHAPE) == {"text": "testing"}
    assert read_message(b"\x10\x96\x01", SHAPE) == {"number": 150}
    # Minus one has ten bytes, a half is 0x3FE0000000000000.
    assert read_message(b"\x10" + b"\xff" * 9 + b"\x01", SHAPE) == {"number": -1}
    assert read_message(b"\x21" + b"\x00" * 6 + b"\xe0\x3f", SHAPE) == {"half": 0.5}
    assert read_message(b"\x28\x01\x1a\x03\x0a\x01a\x1a\x00", SHAPE) == {
        "flag": True,
        "inner": [{"name": "a"}, {}],
    }


def test_unknown_fields_and_other_wire_types_are_passed_over() -> None:
    unknown = write_number(99, 1) + write_bytes(98, b"x") + b"\x9d\x06abcd" + b"\x99\x06abcdefgh"
    assert read_message(unknown + write_bytes(2, b"no number"), SHAPE) == {}


@pytest.mark.parametrize(
    "data",
    [b"\x0a", b"\x0a\x05ab", b"\x10", b"\x10" + b"\xff" * 10, b"\x0b", b"\x02\x00", b"\x09abc"],
)
def test_what_is_cut_short_or_none_at_all_is_told(data: bytes) -> None:
    with pytest.raises(InvalidEvents):
        read_message(data, SHAPE)


def test_messages_inside_each_other_have_an_end() -> None:
    nested = Message()
    nested.shape = {1: Part("inner", nested)}
    data = b""
    for _ in range(MAX_DEPTH):
        data = write_bytes(1, data)
    assert "inner" in read_message(data, nested.shape)
    with pytest.raises(InvalidEvents, match="levels deep"):
        read_message(write_bytes(1, write_bytes(1, data)), nested.shape)
    value: object = {"stringValue": "x"}
    for _ in range(200):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(InvalidEvents, match="levels deep"):
        value_of(value)


@given(st.lists(st.tuples(st.integers(1, 2**28), st.integers(0, 2**64 - 1) | st.binary())))
def test_what_is_written_is_read(parts: list[tuple[int, int | bytes]]) -> None:
    data = b"".join(
        write_bytes(number, value) if isinstance(value, bytes) else write_number(number, value)
        for number, value in parts
    )
    assert [(number, value) for number, _, value in fields(data)] == parts


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        found = read_message(data, REQUEST)
    except InvalidEvents:
        return
    assert found.keys() <= {"resourceLogs"}
