"""A lake's folder: settings, sources, secret, tables."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.lake.conftest import batch, event, ids

from footfall.errors import Conflict, InvalidMapping, LakeNotFound, UnknownSource
from footfall.lake.folder import LakeFolder
from footfall.model.source import Field, Mapping, Source


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    return LakeFolder.create(tmp_path / "lake", random=lambda n: b"k" * n)


def test_a_new_lake_is_found_again(lake: LakeFolder) -> None:
    again = LakeFolder.open(lake.root)
    assert again.secret == b"k" * 32
    assert again.sources() == []
    assert again.settings == lake.settings


def test_the_secret_is_for_its_owner_alone(lake: LakeFolder) -> None:
    if os.name == "nt":
        pytest.skip("Windows has no such permissions")
    assert (lake.root / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_lake_is_not_made_twice(lake: LakeFolder) -> None:
    with pytest.raises(Conflict, match="already"):
        LakeFolder.create(lake.root)
    assert LakeFolder.open_or_create(lake.root).secret == lake.secret


def test_no_lake_is_told_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(LakeNotFound, match=r"no footfall.toml.*--lake"):
        LakeFolder.open(tmp_path)


def test_a_lost_secret_is_told(lake: LakeFolder) -> None:
    (lake.root / "secret.key").write_bytes(b"short")
    with pytest.raises(LakeNotFound, match="not 32 bytes"):
        LakeFolder.open(lake.root)


def test_an_unknown_source_is_told_with_near_names(lake: LakeFolder) -> None:
    with pytest.raises(UnknownSource, match="footfall source add"):
        lake.source("web")
    lake.save_source(Source("web"))
    lake.save_source(Source("shop"))
    with pytest.raises(UnknownSource, match="Did you mean 'web'") as error:
        lake.source("wep")
    assert error.value.suggestions == ["web"]
    with pytest.raises(UnknownSource, match="There are shop, web"):
        lake.table("xyz")
    with pytest.raises(UnknownSource):
        lake.source("../secret")


def test_sources_are_listed_by_name(lake: LakeFolder) -> None:
    for name in ("web", "app", "shop"):
        lake.save_source(Source(name))
    assert [source.name for source in LakeFolder.open(lake.root).sources()] == [
        "app",
        "shop",
        "web",
    ]


def test_a_definition_changed_by_hand_or_by_others_counts_at_once(lake: LakeFolder) -> None:
    lake.save_source(Source("web"))
    table = lake.table("web")
    assert lake.table("web") is table
    LakeFolder.open(lake.root).save_source(Source("web", properties={"price": "float"}))
    assert lake.table("web").source.properties == {"price": "float"}
    assert lake.table("web").append(batch(event("a", p_price=1.0))).n_stored == 1
    # The handle from before still works.
    assert table.append(ids("a", "b")).n_stored == 1


def test_a_declared_property_keeps_its_type_once_it_has_a_column(lake: LakeFolder) -> None:
    lake.save_source(Source("web", properties={"price": "float"}))
    lake.save_source(Source("web", properties={"price": "int"}))
    lake.table("web").append(ids("a"))
    for properties in ({"price": "text"}, {}):
        with pytest.raises(Conflict, match=r"'price'.*declared as int"):
            lake.save_source(Source("web", properties=properties))  # pyright: ignore
    lake.save_source(Source("web", properties={"price": "int", "qty": "int"}))


def test_a_source_goes_with_its_data_or_without(lake: LakeFolder) -> None:
    lake.save_source(Source("web"))
    lake.table("web").append(ids("a"))
    lake.remove_source("web", with_data=False)
    assert lake.sources() == []
    lake.save_source(Source("web"))
    assert lake.table("web").snapshot().n_rows == 1
    lake.close()
    lake.remove_source("web", with_data=True)
    assert not (lake.root / "tables" / "web").exists()
    assert not (lake.root / "seen" / "web").exists()
    lake.save_source(Source("web"))
    assert lake.table("web").append(ids("a")).n_stored == 1


def test_a_source_made_again_elsewhere_has_its_new_table(lake: LakeFolder) -> None:
    lake.save_source(Source("web"))
    lake.table("web").append(ids("a"))
    other = LakeFolder.open(lake.root)
    other.remove_source("web", with_data=True)
    with pytest.raises(UnknownSource):
        lake.table("web")
    other.save_source(Source("web"))
    assert lake.table("web").snapshot().n_rows == 0
    assert lake.table("web").append(ids("a")).n_stored == 1


FULL = Source(
    "web",
    description='Said "so"\nand \\ more \x7f ü',
    timezone="Europe/Berlin",
    session_gap="45m",
    sessions="given",
    properties={"price": "float", "plan.tier": "text", "ü": "bool"},
    mapping=Mapping(
        format="delimited",
        fields={
            "timestamp": Field(paths=("ts", "a.b"), format="epoch_ms"),
            "name": Field(constant="hit"),
            "actor_id": Field(paths=("ip",), hashed=True),
        },
        properties={"status": "http.status"},
        drop=("password", "x.y"),
        options={"delimiter": "|", "columns": ["a", "b"], "n": 3, "deep": {"is_on": True}},
    ),
)


def test_a_definition_round_trips(lake: LakeFolder) -> None:
    for source in (FULL, Source("plain")):
        lake.save_source(source)
        assert LakeFolder.open(lake.root).source(source.name) == source


def test_a_definition_is_short_and_for_people() -> None:
    from footfall.lake.definitions import definition_text

    source = Source(
        "web",
        properties={"price": "float"},
        mapping=Mapping(format="combined", fields={"name": Field(constant="hit")}),
    )
    assert definition_text(source) == (
        'description = ""\n'
        'timezone = "UTC"\n'
        'session_gap = "30m"\n'
        'sessions = "gap"\n'
        "\n"
        "[properties]\n"
        'price = "float"\n'
        "\n"
        "[mapping]\n"
        'format = "combined"\n'
        "\n"
        "[mapping.fields.name]\n"
        'constant = "hit"\n'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("timezone =", "not valid TOML"),
        ('timezon = "UTC"', "timezon is not known.*Did you mean 'timezone'"),
        ('timezone = "Europe/Berlln"', "Europe/Berlln"),
        ("timezone = 3", "timezone"),
        ('sessions = "never"', "sessions"),
        ('session_gap = "half an hour"', "session_gap 'half an hour'"),
        ('[properties]\nprice = "number"', "properties"),
        ('[mapping]\nfromat = "csv"', "mapping.fromat is not known"),
        ('[mapping.fields.timestanp]\npaths = ["t"]', "mapping.fields.timestanp is not known"),
        ('[mapping.fields.timestamp]\npath = ["t"]', "mapping.fields.timestamp.path is not"),
        ('[mapping.fields.timestamp]\npaths = "t"', "mapping.fields"),
        ("mapping = 1", "mapping"),
        ("name = 'other'", "name is not known"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(lake: LakeFolder, text: str, message: str) -> None:
    path = lake.root / "sources" / "web.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidMapping, match=message) as error:
        lake.source("web")
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["../footfall", "..", "", "web/../web", "a\0b", "Web"])
def test_a_name_does_not_lead_to_another_file(lake: LakeFolder, name: str) -> None:
    # `footfall.toml` beside the sources would read as the definition of one.
    lake.save_source(Source("web"))
    with pytest.raises(UnknownSource):
        lake.source(name)
    with pytest.raises(UnknownSource):
        lake.table(name)
