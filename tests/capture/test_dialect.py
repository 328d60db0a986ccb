from __future__ import annotations

import pytest

from footfall.capture.dialect import sniff


@pytest.mark.parametrize(
    ("lines", "width", "expected"),
    [
        ([], None, None),
        (["one", "two"], None, None),
        (["t,n", "1,a"], None, ","),
        (["t;n", "1,5;a", "2,5;b"], None, ";"),
        (["t\tn\tu", "1\ta,b\tx"], None, "\t"),
        (["t|n", "1|a"], None, "|"),
        # Three cells in four lines of five is enough, in three of five is not.
        (["a;b;c", "1;2;3", "1;2;3", "1;2;3", "1;2"], None, ";"),
        (["a;b;c", "1;2;3", "1;2;3", "1;2", "1"], None, None),
        # A comma parts as evenly, but the source has two columns.
        (["1,2,3;x", "4,5,6;y"], 2, ";"),
        (["1,2,3;x", "4,5,6;y"], None, ","),
        (['"a,b";c', '"d,e";f'], None, ";"),
    ],
)
def test_delimiters(lines: list[str], width: int | None, expected: str | None) -> None:
    assert sniff(lines, width) == expected
