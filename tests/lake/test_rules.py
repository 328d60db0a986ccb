"""Short forms of rules, on a command line and in a definition."""

from __future__ import annotations

import pytest

from footfall.errors import InvalidMapping
from footfall.lake.rules import column_name, parse_rule
from footfall.model.source import Rule


@pytest.mark.parametrize(
    ("text", "is_time", "expected"),
    [
        ("user.id", False, Rule(("user.id",))),
        ("a, b", False, Rule(("a", "b"))),
        ("=page view", False, Rule(constant="page view")),
        ("=", False, Rule(constant="")),
        ("a:b", False, Rule(("a:b",))),
        ("ts", True, Rule(("ts",))),
        ("ts:", True, Rule(("ts:",))),
        ("ts,t:epoch_ms", True, Rule(("ts", "t"), format="epoch_ms")),
        ("ts:auto", True, Rule(("ts",), format="auto")),
        ("ts:%d.%m.%Y %H:%M", True, Rule(("ts",), format="%d.%m.%Y %H:%M")),
    ],
)
def test_short_forms(text: str, is_time: bool, expected: Rule) -> None:
    assert parse_rule(text, is_time=is_time) == expected


def test_short_forms_that_mean_nothing_are_told() -> None:
    with pytest.raises(InvalidMapping, match="names nothing"):
        parse_rule(" , ")
    with pytest.raises(InvalidMapping, match="Did you mean 'epoch_ms'"):
        parse_rule("t:epoch_m", is_time=True)


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
