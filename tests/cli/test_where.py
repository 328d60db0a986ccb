from __future__ import annotations

from typing import Any

import pytest

from footfall.cli.where import parse_where
from footfall.errors import InvalidQuery


def condition(field: str, operator: str, *value: Any) -> dict[str, Any]:
    form: dict[str, Any] = {"field": field, "operator": operator}
    return {**form, "value": value[0]} if value else form


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("country=DE", condition("country", "is", "DE")),
        ("country != DE", condition("country", "is_not", "DE")),
        ("path~docs", condition("path", "contains", "docs")),
        ("path !~ docs", {"not": condition("path", "contains", "docs")}),
        ("path^=/docs/", condition("path", "starts_with", "/docs/")),
        (r"path=~^/p/\d+$", condition("path", "matches", r"^/p/\d+$")),
        ("properties.price>10", condition("properties.price", "gt", 10)),
        ("properties.price >= 9.5", condition("properties.price", "gte", 9.5)),
        ("properties.price<-1", condition("properties.price", "lt", -1)),
        ("properties.price<=1e3", condition("properties.price", "lte", 1000.0)),
        ("country in DE, AT", condition("country", "in", ["DE", "AT"])),
        ("country not in DE", condition("country", "not_in", ["DE"])),
        ("referrer is set", condition("referrer", "is_set")),
        ("referrer IS NOT SET", condition("referrer", "is_not_set")),
        ("is_bot=false", condition("is_bot", "is", False)),
        # A column of text stays text however its value looks.
        ("browser_version=126", condition("browser_version", "is", "126")),
        ('properties.zip="01067"', condition("properties.zip", "is", "01067")),
        # What follows the first sign belongs to the value.
        ("url~a=b&c>d", condition("url", "contains", "a=b&c>d")),
        ("title=not in stock", condition("title", "is", "not in stock")),
        ("title=is set", condition("title", "is", "is set")),
        ("title=", condition("title", "is", "")),
    ],
)
def test_each_way_to_write_a_condition(text: str, expected: dict[str, Any]) -> None:
    found = parse_where([text])
    assert found is not None
    assert found.to_dict() == expected


def test_declared_types_tell_a_text_from_a_number() -> None:
    found = parse_where(["properties.sku=100"], {"sku": "text"})
    assert found is not None
    assert found.to_dict() == condition("properties.sku", "is", "100")
    found = parse_where(["properties.sku=100"])
    assert found is not None
    assert found.to_dict() == condition("properties.sku", "is", 100)


def test_several_conditions_must_all_hold() -> None:
    found = parse_where(["country=DE", "device=mobile"])
    assert found is not None
    assert found.to_dict() == {
        "and": [condition("country", "is", "DE"), condition("device", "is", "mobile")]
    }
    assert parse_where([]) is None


def test_a_declared_property_is_what_was_meant() -> None:
    with pytest.raises(InvalidQuery) as caught:
        parse_where(["status=404"], {"status": "int"})
    assert caught.value.message.startswith("--where 'status=404': there is no field 'status'")
    assert caught.value.message.endswith("Did you mean 'properties.status'?")
    with pytest.raises(InvalidQuery) as caught:
        parse_where(["status=404"])
    assert "Did you mean" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("country", "is not a condition: write field=value"),
        ("=DE", "is not a condition"),
        ("cuntry=DE", "there is no field 'cuntry'.*Did you mean 'country'"),
    ],
)
def test_what_is_no_condition_is_told_how_to_be_one(text: str, message: str) -> None:
    with pytest.raises(InvalidQuery, match=message) as caught:
        parse_where([text])
    assert caught.value.parameter == "where"
