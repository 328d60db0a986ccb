from __future__ import annotations

import base64
import gzip

import pytest

from footfall.capture.protocols import content
from footfall.errors import InvalidEvents, TooLarge

PAIR = b'{"a": 1}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b'{"a": "\\ud83d"}', {"a": "\ufffd"}),
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
    ],
)
def test_small_faults_do_not_cost_the_whole(text: bytes, expected: object) -> None:
    assert content.read_json(text) == expected


@pytest.mark.parametrize(
    "body",
    [
        PAIR,
        base64.b64encode(PAIR),
        base64.urlsafe_b64encode(PAIR).rstrip(b"="),
        base64.b64encode(gzip.compress(PAIR)),
        b"data=" + base64.b64encode(PAIR).replace(b"=", b"%3D"),
        b"data=%7B%22a%22%3A+1%7D&verbose=1",
        b"data=%257B%2522a%2522%253A1%257D",
    ],
)
def test_json_is_found_however_it_is_packed(body: bytes) -> None:
    assert content.read_json(content.data_of(body)) == {"a": 1}


def test_what_is_packed_inside_has_a_limit() -> None:
    bomb = base64.b64encode(gzip.compress(b"[" + b" " * (content.MAX_UNPACKED + 1)))
    with pytest.raises(TooLarge):
        content.data_of(bomb)
    with pytest.raises(InvalidEvents):
        content.data_of(base64.b64encode(gzip.compress(PAIR)[:-9]))


def test_forms_have_a_limit() -> None:
    with pytest.raises(InvalidEvents):
        content.read_form("&".join(f"a{n}=1" for n in range(content.MAX_PARAMETERS + 1)))


@pytest.mark.parametrize(
    ("value", "expected"), [(1, 1.0), ("2.5", 2.5), (True, None), ("x", None), ("inf", None),
                            ("nan", None), (10**400, None), ([], None)],
)  # fmt: skip
def test_numbers(value: object, expected: float | None) -> None:
    assert content.number_of(value) == expected
