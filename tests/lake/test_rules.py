"""Short forms of rules, on a command line and in a definition."""

from __future__ import annotations

import pytest

from footfall.errors import InvalidMapping
from footfall.lake.rules import column_name, parse_field
from footfall.model.source import Field


@pytest.mark.parametrize(
    ("text", "is_time", "expected"),
    [
        ("user.id", False, Field(("user.id",))),
        ("a, b", False, Field(("a", "b"))),
        ("=page view", False, Field(constant="page view")),
        ("=", False, Field(constant="")),
        ("a:b", False, Field(("a:b",))),
        ("ts", True, Field(("ts",))),
        ("ts:", True, Field(("ts:",))),
        ("ts,t:epoch_ms", True, Field(("ts", "t"), format="epoch_ms")),
        ("ts:auto", True, Field(("ts",), format="auto")),
        ("ts:%d.%m.%Y %H:%M", True, Field(("ts",), format="%d.%m.%Y %H:%M")),
    ],
)
def test_short_forms(text: str, is_time: bool, expected: Field) -> None:
    assert parse_field(text, is_time=is_time) == expected


def test_short_forms_that_mean_nothing_are_told() -> None:
    with pytest.raises(InvalidMapping, match="names nothing"):
        parse_field(" , ")
    with pytest.raises(InvalidMapping, match="Did you mean 'epoch_ms'"):
        parse_field("t:epoch_m", is_time=True)


def test_columns_go_by_their_name_or_an_alias() -> None:
    assert [column_name(name) for name in ("actor", "session", "time", "country")] == [
        "distinct_id",
        "session_id",
        "timestamp",
        "country",
    ]
    for own in ("received_at", "properties"):
        with pytest.raises(InvalidMapping, match=f"no column '{own}' to fill"):
            column_name(own)
