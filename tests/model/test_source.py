"""Sources refuse what cannot be, and name columns so that keys stay apart."""

from __future__ import annotations

import re

import pytest

from footfall.errors import InvalidMapping
from footfall.model.source import Source, property_column


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("price", "p_price"),
        ("plan.tier", "p_plan_tier"),
        ("Unit Price-net", "p_unit_price_net"),
        ("_x9", "p__x9"),
    ],
)
def test_plain_keys_have_plain_columns(key: str, column: str) -> None:
    assert property_column(key) == column


@pytest.mark.parametrize(
    "keys",
    [
        ("ä", "ö"),
        ("Ä", "ä"),
        ("größe", "grüße"),
        ("價格", "數量"),
        ("a$", "a%"),
        ("$", "."),
        ("\u212a", "k"),
    ],
)
def test_odd_keys_have_columns_of_their_own(keys: tuple[str, str]) -> None:
    columns = Source("web", properties=dict.fromkeys(keys, "text")).property_columns()
    assert len(set(columns.values())) == 2
    assert all(re.fullmatch("p_[a-z0-9_]+", column) for column in columns.values())


def test_the_hash_of_a_key_stays_the_same() -> None:
    # Tables name their columns by it.
    assert property_column("größe") == "p_gr_e_7ca131"


def test_keys_that_share_a_column_are_refused() -> None:
    with pytest.raises(InvalidMapping, match=r"would share the column 'p_plan_tier'"):
        Source("web", properties={"plan.tier": "text", "plan_tier": "text"})


@pytest.mark.parametrize(
    ("timezone", "near"),
    [
        ("Europe/Wien", "Europe/Vienna"),
        ("Berlin", "Europe/Berlin"),
        ("europe/berln", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("Sydney", "Australia/Sydney"),
    ],
)
def test_an_unknown_zone_is_told_with_near_names(timezone: str, near: str) -> None:
    with pytest.raises(InvalidMapping, match=r"is not known.* Did you mean ") as caught:
        Source("web", timezone=timezone)
    assert near in caught.value.suggestions


def test_a_zone_like_none_is_told_without_names() -> None:
    with pytest.raises(InvalidMapping) as caught:
        Source("web", timezone="qqqqqqqq")
    assert caught.value.suggestions == []
    assert str(caught.value).endswith("such as 'Europe/Berlin'.")


@pytest.mark.parametrize("name", ["events", "main", "nul", "con", "com1", "lpt9"])
def test_names_that_mean_something_to_sql_or_windows_are_reserved(name: str) -> None:
    with pytest.raises(InvalidMapping, match=f"reserved: choose another, such as '{name}_log'"):
        Source(name)


@pytest.mark.parametrize("name", ["", "Web", "1web", "a-b", "../a", "a" * 64])
def test_names_that_no_table_can_have_are_refused(name: str) -> None:
    with pytest.raises(InvalidMapping, match="is not allowed"):
        Source(name)


def test_names_near_reserved_ones_are_free() -> None:
    assert [Source(name).name for name in ("event", "com", "com10", "nul_log")]
