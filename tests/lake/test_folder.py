"""A lake's folder: settings, sources, secret, tables."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from tests.lake.conftest import batch, event, ids

from footfall.errors import Conflict, InvalidMapping, LakeNotFound, UnknownSource
from footfall.lake.check import check_definitions
from footfall.lake.definitions import source_from_values
from footfall.lake.folder import LakeFolder
from footfall.model.source import Mapping, PropertyType, Rule, Source


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
    with pytest.raises(LakeNotFound, match=r"no footfall.toml.*source add NAME") as told:
        LakeFolder.open(tmp_path)
    # Whoever calls it knows how the folder was given; not everybody has options.
    assert "--lake" not in str(told.value)


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


@pytest.mark.parametrize("was_used", [True, False])
def test_a_source_with_a_broken_definition_can_go(lake: LakeFolder, was_used: bool) -> None:
    lake.add_source(Source("web"))
    lake.table("web").append(batch(event("e1")))
    (lake.root / "sources" / "web.toml").write_text("timezone =", "utf-8")
    opened = lake if was_used else LakeFolder.open(lake.root)
    opened.remove_source("web", with_data=True)
    assert not (lake.root / "tables" / "web").exists()
    assert (opened.sources(), opened.broken_sources()) == ([], [])
    with pytest.raises(UnknownSource):
        opened.remove_source("web", with_data=True)


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
            "timestamp": Rule(paths=("ts", "a.b"), format="epoch_ms"),
            "name": Rule(constant="hit"),
            "actor_id": Rule(paths=("ip",), hashed=True),
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
        mapping=Mapping(format="combined", fields={"name": Rule(constant="hit")}),
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
        ('[mapping.fields.timestanp]\npaths = ["t"]', "'timestanp'.*Did you mean 'timestamp'"),
        ('[mapping.fields.received_at]\npaths = ["t"]', "no column 'received_at' to fill"),
        ('[mapping.fields.timestamp]\npath = ["t"]', r"timestamp\.path is \['t'\]; write a text"),
        ('[mapping.fields.timestamp]\npaths = "t"', r"timestamp\.paths is 't'; write a list"),
        ('[mapping.fields.name]\npath = "a"\npaths = ["b"]', "both path and paths"),
        ('[mapping.fields.name]\npth = "a"', r"fields\.name\.pth is not known.*mean 'path'"),
        ('[mapping.fields.name]\nhashed = "yes"', "hashed is 'yes'; write true or false"),
        ("[mapping.fields]\nname = 5", r"mapping\.fields\.name is 5; write a path"),
        ('[mapping.fields]\ntime = "t:epoch_m"', "Did you mean 'epoch_ms'"),
        ('[mapping.fields.time]\npath = "t"\nformat = "is"', "Did you mean 'iso'"),
        ('[mapping.fields]\nactor = "a"\ndistinct_id = "b"', "two rules for distinct_id"),
        ("[mapping]\nfields = 3", r"mapping\.fields is 3; it must be a table"),
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


def test_rules_may_have_their_short_form_in_a_definition(lake: LakeFolder) -> None:
    text = """
        [mapping]
        format = "csv"
        [mapping.fields]
        time = "created:%d.%m.%Y"
        name = "=order"
        session = "visit, shop"
        country = { constant = 5 }
        actor = { path = "mail", hashed = true }
    """
    (lake.root / "sources" / "erp.toml").write_text(text, "utf-8")
    expected = {
        "timestamp": Rule(("created",), format="%d.%m.%Y"),
        "name": Rule(constant="order"),
        "session_id": Rule(("visit", "shop")),
        "country": Rule(constant="5"),
        "distinct_id": Rule(("mail",), hashed=True),
    }
    assert lake.source("erp") == Source("erp", mapping=Mapping("csv", expected))
    # Written again, it has the long form, which is read as the same.
    lake.save_source(lake.source("erp"))
    assert LakeFolder.open(lake.root).source("erp").mapping.fields == expected


def test_a_mapping_file_has_its_own_format_where_it_names_none() -> None:
    rules = {"fields": {"name": "n"}}
    assert source_from_values("a", {"mapping": rules}).mapping.format == "canonical"
    assert source_from_values("a", {"mapping": rules}, file_format="json").mapping == Mapping(
        "json", {"name": Rule(("n",))}
    )
    assert source_from_values("a", {}, file_format="json").mapping.format == "json"


BROKEN = {"odd": "timezone = 3", "torn": "timezone =", "Upper": "", "binary": "\0"}


def test_a_broken_definition_stops_no_other_source(lake: LakeFolder) -> None:
    lake.save_source(Source("web"))
    lake.save_source(Source("shop"))
    for name, text in BROKEN.items():
        (lake.root / "sources" / f"{name}.toml").write_text(text, "utf-8")
    (lake.root / "sources" / "folder.toml").mkdir()
    assert [source.name for source in lake.sources()] == ["shop", "web"]
    broken = dict(lake.broken_sources())
    assert sorted(broken) == sorted([*BROKEN, "folder"])
    assert "odd.toml: " in broken["odd"].message
    with pytest.raises(InvalidMapping, match=r"torn\.toml is not valid TOML"):
        lake.source("torn")
    assert lake.table("web").append(ids("a")).n_stored == 1
    findings = check_definitions(lake)
    assert [name for name, _ in findings] == sorted(broken)
    assert {(finding.code, finding.severity) for _, finding in findings} == {
        ("definition_broken", "error")
    }
    (lake.root / "sources" / "torn.toml").write_text("", "utf-8")
    assert "torn" not in dict(lake.broken_sources())


def test_a_source_is_added_once(lake: LakeFolder) -> None:
    lake.add_source(Source("web", description="first"))
    with pytest.raises(Conflict, match=r"'web' already.*footfall source set web"):
        LakeFolder.open(lake.root).add_source(Source("web"))
    assert lake.source("web").description == "first"
    # One that cannot be read is there, too.
    (lake.root / "sources" / "torn.toml").write_text("timezone =", "utf-8")
    with pytest.raises(Conflict):
        lake.add_source(Source("torn"))


def test_of_many_that_add_a_source_at_once_one_succeeds(lake: LakeFolder) -> None:
    gate, won = threading.Barrier(8), list[int]()

    def add(number: int) -> None:
        # A handle each, as processes have.
        other = LakeFolder.open(lake.root)
        gate.wait()
        try:
            other.add_source(Source("web", description=str(number)))
        except Conflict:
            return
        won.append(number)

    threads = [threading.Thread(target=add, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert lake.source("web").description == str(won[0])


def test_of_changes_made_at_once_none_is_lost(lake: LakeFolder) -> None:
    lake.add_source(Source("web"))
    gate = threading.Barrier(8)

    def declare(number: int) -> None:
        # A handle each, as processes have.
        other = LakeFolder.open(lake.root)
        added: dict[str, PropertyType] = {f"k{number}": "int"}
        gate.wait()
        other.change_source("web", lambda source: source.declare(**added))

    threads = [threading.Thread(target=declare, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lake.source("web").properties == {f"k{number}": "int" for number in range(8)}


def test_a_change_gives_the_source_as_it_is_then(lake: LakeFolder) -> None:
    lake.add_source(Source("web"))
    changed = lake.change_source("web", lambda source: source.declare(price="float"))
    assert changed == lake.source("web") == Source("web", properties={"price": "float"})
    with pytest.raises(UnknownSource, match="'wbe'"):
        lake.change_source("wbe", lambda source: source)


def test_an_unknown_source_does_not_tell_where_the_lake_is(lake: LakeFolder) -> None:
    with pytest.raises(UnknownSource) as caught:
        lake.source("nix")
    assert str(lake.root) not in str(caught.value)


@pytest.mark.parametrize("name", ["../footfall", "..", "", "web/../web", "a\0b", "Web"])
def test_a_name_does_not_lead_to_another_file(lake: LakeFolder, name: str) -> None:
    # `footfall.toml` beside the sources would read as the definition of one.
    lake.save_source(Source("web"))
    with pytest.raises(UnknownSource):
        lake.source(name)
    with pytest.raises(UnknownSource):
        lake.table(name)
