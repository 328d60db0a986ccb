from __future__ import annotations

import pytest

from footfall.capture.dialect import CsvDialect, sniff


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
    found = sniff(lines, width)
    assert (found and found.delimiter) == expected


@pytest.mark.parametrize(
    ("lines", "quote", "escape"),
    [
        (["t,n", "1,a"], '"', ""),
        (["t,n", '1,"a ""b"" c"'], '"', ""),
        (["t,n", r'1,"a \"b\" c"'], '"', "\\"),
        # Within quotes that are doubled, or at a cell's end, it is a character of its own.
        (["t,n", r'1,"{""a"":""x\""y""}"'], '"', ""),
        (["t,n", r'1,"C:\Temp\"'], '"', ""),
        (["t,n", r"1,C:\Temp"], '"', ""),
        # Read without the escape, these rows would have three cells.
        (["t,n", r"1,a\,b", r"2,c\,d"], '"', "\\"),
        (["t,n", "1,'a,b'", "2,'c'"], "'", ""),
        (["t,n", r"1,'it\'s'", "2,'c'"], "'", "\\"),
        (["t,n", "1,'it''s'", "2,'c'"], "'", ""),
        # No quotes: one is not closed, one cell of many, beside the usual ones.
        (["t,n", "1,'tis", "2,x"], '"', ""),
        (["t,n", "1,'a'", "2,b", "3,c"], '"', ""),
        (["t,n", "1,'a'", '2,"b"'], '"', ""),
    ],
)
def test_quotes_and_escapes(lines: list[str], quote: str, escape: str) -> None:
    assert sniff(lines) == CsvDialect(",", quote, escape)


def test_a_delimiter_that_is_known_is_not_questioned() -> None:
    lines = ["a,b;c", r'"x \"y\"",2;3']
    assert sniff(lines, None, [";"]) == CsvDialect(";")
    assert sniff(["only", r'"x \"y\" z"'], None, [","]) == CsvDialect(",", '"', "\\")
