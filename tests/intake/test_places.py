from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.intake.mmdb import mmdb

from footfall.errors import InvalidSetting
from footfall.intake.places import NOWHERE, Place, Places, kept_address, read_address

VIENNA = {
    "country": {"iso_code": "AT"},
    "subdivisions": [{"iso_code": "9", "names": {"en": "Vienna"}}],
    "city": {"names": {"de": "Wien", "en": "Vienna"}},
    "location": {"latitude": 48.2, "longitude": 16.4},
}


@pytest.fixture
def city_file(tmp_path: Path) -> str:
    path = tmp_path / "city.mmdb"
    path.write_bytes(mmdb({"81.10.0.0/16": VIENNA, "8.8.8.0/24": {"country": {"iso_code": "US"}}}))
    return str(path)


def test_countries_come_along() -> None:
    assert Places().each(["8.8.8.8", "91.0.0.1", "2a02:8108::1"]) == [
        Place("US"),
        Place("DE"),
        Place("DE"),
    ]


@pytest.mark.parametrize("address", ["", "10.0.0.1", "127.0.0.1", "::1", "testclient", "fe80::1%e"])
def test_private_and_unknown_addresses_are_nowhere(address: str) -> None:
    assert Places().of(address) == NOWHERE


def test_a_file_of_one_s_own_knows_cities(city_file: str) -> None:
    places = Places(city_file)
    assert places.of("81.10.200.1") == Place("AT", "Vienna", "Vienna", 48.2, 16.4)
    assert places.of("8.8.8.8") == Place("US")
    assert places.of("91.0.0.1") == NOWHERE
    assert places.of("2a02:8108::1") == NOWHERE


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"not a database")
    for path in (broken, tmp_path / "missing.mmdb"):
        with pytest.raises(InvalidSetting, match=r"\[intake\] places"):
            Places(str(path))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7:8080", "203.0.113.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        (" 203.0.113.7 ", "203.0.113.7"),
        ("unix:", None),
    ],
)
def test_addresses_as_they_are_written(text: str, address: str | None) -> None:
    assert (str(read_address(text)) if address else read_address(text)) == address


def test_what_a_source_keeps() -> None:
    assert kept_address("203.0.113.77", "drop", b"k") == ""
    assert kept_address("203.0.113.77", "truncated", b"k") == "203.0.113.0"
    assert kept_address("2001:db8:1:2:3::4", "truncated", b"k") == "2001:db8:1::"
    keyed = kept_address("203.0.113.77", "keyed", b"k")
    assert keyed == kept_address("::ffff:203.0.113.77", "keyed", b"k")
    assert keyed != kept_address("203.0.113.77", "keyed", b"other")
    assert keyed.startswith("a_")
    assert len(keyed) == 22


@given(st.text())
def test_any_text_is_an_address_or_nowhere(text: str) -> None:
    assert isinstance(Places().of(text), Place)
