from __future__ import annotations

from pathlib import Path

import pytest

from footfall.capture.definition import Changes, define, redefine
from footfall.capture.mapping import (
    parse_property,
    preset_from_dict,
    read_mapping_file,
)
from footfall.errors import FileMissing, InvalidMapping
from footfall.lake.definitions import definition_text
from footfall.model.source import Mapping, Rule, Source

RULES = {"timestamp": "t", "name": "n"}


def test_a_declaration_that_means_nothing_is_told() -> None:
    with pytest.raises(InvalidMapping, match="Did you mean 'float'"):
        parse_property("price:floa")
    assert parse_property("a:b:int") == ("a:b", "int")


def test_mapping_file(tmp_path: Path) -> None:
    path = tmp_path / "erp.toml"
    path.write_text(
        """
        timezone = "Europe/Vienna"
        sessions = "given"
        [mapping]
        format = "csv"
        drop = ["secret"]
        [mapping.fields]
        name = "=order"
        actor = { paths = ["mail", "phone"], hashed = true }
        session = "visit"
        [mapping.fields.timestamp]
        path = "created"
        format = "%d.%m.%Y"
        [mapping.properties]
        price = "amount.net"
        [mapping.options]
        delimiter = ";"
        [properties]
        price = "float"
        """,
        "utf-8",
    )
    found = read_mapping_file(path)
    assert found.mapping == Mapping(
        "csv",
        {
            "timestamp": Rule(("created",), format="%d.%m.%Y"),
            "name": Rule(constant="order"),
            "distinct_id": Rule(("mail", "phone"), hashed=True),
            "session_id": Rule(("visit",)),
        },
        {"price": "amount.net"},
        ("secret",),
        {"delimiter": ";"},
    )
    assert (found.declare, found.sessions) == ({"price": "float"}, "given")
    assert define("erp", Changes(str(path))).timezone == "Europe/Vienna"
    assert define("erp", Changes(str(path), timezone="UTC")).timezone == "UTC"


def test_definition_of_a_source_is_a_mapping_file(tmp_path: Path) -> None:
    source = define("web", Changes("userale", description="tests", session_gap="1h"))
    (tmp_path / "web.toml").write_text(definition_text(source), "utf-8")
    assert define("web", Changes(str(tmp_path / "web.toml"))) == source


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"maping": {}}, "Did you mean 'mapping'"),
        ({"mapping": {"feilds": {}}}, "Did you mean 'fields'"),
        ({"mapping": {"fields": {"timestmp": "t"}}}, "Did you mean 'timestamp'"),
        ({"mapping": {"fields": {"received_at": "t"}}}, "no column 'received_at' to fill"),
        ({"mapping": {"fields": {"name": 5}}}, r"fields\.name is 5"),
        ({"mapping": {"fields": {"name": {"pth": "x"}}}}, "Did you mean 'path'"),
        ({"mapping": {"fields": RULES, "format": "cvs"}}, "Did you mean 'csv'"),
        ({"mapping": {"fields": {"name": "n"}}}, "does not say where timestamp comes from"),
        ({"mapping": {"fields": {"timestamp": "t"}}}, "does not say where name comes from"),
        ({"mapping": {"fields": {"timestamp": "=t", "name": "n"}}}, "cannot be a constant"),
        ({"mapping": {"fields": []}}, "must be a table"),
        ({"mapping": {"fields": {"name": {"hashed": "yes"}}}}, "write true or false"),
        ({"mapping": {"fields": RULES}, "session_gap": "soon"}, "is not a duration"),
        ({"mapping": {"fields": RULES}, "timezone": 5}, "at `timezone`"),
        ({"mapping": {"fields": RULES}, "properties": {"x": "floaty"}}, "Did you mean 'float'"),
        (
            {"mapping": {"fields": RULES}, "sessions": "both"},
            "sessions is 'both'; allowed are gap, given",
        ),
    ],
)
def test_mapping_files_that_are_wrong_say_where(values: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidMapping, match=message):
        preset_from_dict(values)


def test_mapping_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileMissing, match="does not exist"):
        read_mapping_file(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("fields =", "utf-8")
    with pytest.raises(InvalidMapping, match="not valid TOML"):
        read_mapping_file(tmp_path / "bad.toml")
    (tmp_path / "bad.toml").write_text("feilds = 1", "utf-8")
    with pytest.raises(InvalidMapping, match=r"bad\.toml: feilds is not known"):
        read_mapping_file(tmp_path / "bad.toml")


def test_ready_made_mapping_declares_its_properties() -> None:
    source = define("web", Changes("combined", properties=("cost:float",), timezone="Asia/Tokyo"))
    assert source.mapping.format == "combined"
    assert source.properties["status"] == "int"
    assert (source.properties["cost"], source.timezone) == ("float", "Asia/Tokyo")


def test_source_without_mapping_is_canonical() -> None:
    assert define("app", Changes()) == Source("app")
    assert define("app", Changes("canonical")) == Source("app")


def test_sessions_of_the_sender_are_used_where_they_are_named() -> None:
    rules = {**RULES, "session": "s"}
    assert define("app", Changes("json", rules)).sessions == "given"
    assert define("app", Changes("json", RULES)).sessions == "gap"


def test_change_keeps_what_is_not_named() -> None:
    before = define("app", Changes("csv", RULES, options={"columns": "t,n"}))
    after = redefine(before, Changes(rules={"timestamp": "t:epoch_s"}, description="till"))
    assert after.mapping.fields["name"] == Rule(("n",))
    assert after.mapping.fields["timestamp"].format == "epoch_s"
    assert after.mapping.options == {"columns": ["t", "n"]}
    assert after.description == "till"


def test_format_alone_may_change() -> None:
    before = define("app", Changes("csv", RULES))
    assert redefine(before, Changes("jsonlines")).mapping == Mapping(
        "jsonlines", before.mapping.fields
    )


def test_unknown_mapping_is_told_with_near_names() -> None:
    with pytest.raises(InvalidMapping, match="Did you mean 'combined'"):
        define("web", Changes("combind"))
