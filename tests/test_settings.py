"""Settings from the file and the environment, and what is said of wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from footfall.errors import InvalidSetting
from footfall.settings import FILE_NAME, load_settings


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('[server]\nport = 1\nhost = "0.0.0.0"\n')
    found = load_settings(tmp_path, {"FOOTFALL_SERVER_PORT": "9000"})
    assert (found.server.port, found.server.host) == (9000, "0.0.0.0")


def test_variables_that_are_no_settings_are_left_alone(tmp_path: Path) -> None:
    names = ("FOOTFALL_LAKE", "FOOTFALL_LOG", "FOOTFALL_UPDATE_SCREENSHOTS", "FOOTFALL_PORT", "X")
    assert load_settings(tmp_path, dict.fromkeys(names, "x")) == load_settings(tmp_path, {})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("FOOTFALL_SERVER_PROT", "9", "FOOTFALL_SERVER_PROT is not known.*'FOOTFALL_SERVER_PORT'"),
        ("FOOTFALL_LAKE_COMPACT", "1s", "FOOTFALL_LAKE_COMPACT is not known.*COMPACT_EVERY"),
        ("FOOTFALL_SERVER_PORT", "soon", "^The environment's FOOTFALL_SERVER_PORT: Expected `int`"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(InvalidSetting, match=message):
        load_settings(tmp_path, {name: value})


def test_a_wrong_value_in_the_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('[server]\nport = "soon"\n')
    with pytest.raises(InvalidSetting, match=FILE_NAME):
        load_settings(tmp_path, {"FOOTFALL_SERVER_HOST": "x"})
