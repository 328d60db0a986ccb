"""Settings from the file and the environment, and what is said of wrong ones."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from footfall import engines
from footfall.errors import InvalidSetting
from footfall.settings import ENGINES, FILE_NAME, Settings, load_settings


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
        ("FOOTFALL_SERVER_PORT", "70000", "FOOTFALL_SERVER_PORT: Expected `int` <= 65535"),
        ("FOOTFALL_QUERY_ENGINE", "duckbd", "_ENGINE: .*'duckbd' is not known.*'duckdb'"),
        ("FOOTFALL_QUERY_THREADS", "-1", "FOOTFALL_QUERY_THREADS: Expected `int` >= 0"),
        ("FOOTFALL_QUERY_MEMORY", "500MB", "FOOTFALL_QUERY_MEMORY: .*Size '500MB'.*64MiB"),
        ("FOOTFALL_INTAKE_MOVE_EVERY", "1", "FOOTFALL_INTAKE_MOVE_EVERY: .*Duration '1'.*30m"),
    ],
)
def test_a_wrong_variable_is_named(tmp_path: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(InvalidSetting, match=message):
        load_settings(tmp_path, {name: value})


def test_a_wrong_value_in_the_file_names_the_file(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text('[server]\nport = "soon"\n')
    with pytest.raises(InvalidSetting, match=FILE_NAME):
        load_settings(tmp_path, {"FOOTFALL_SERVER_HOST": "x"})


@pytest.mark.parametrize(
    ("section", "key"),
    [
        (section.name, each.name)
        for section in fields(Settings)
        for each in fields(getattr(Settings(), section.name))
        if re.fullmatch(r"\d+[A-Za-z]+", str(each.default)) or each.name == "memory"
    ],
)
def test_every_size_and_duration_is_checked_when_it_is_read(
    tmp_path: Path, section: str, key: str
) -> None:
    (tmp_path / FILE_NAME).write_text(f'[{section}]\n{key} = "5 parsecs"\n')
    place = re.escape(f"{tmp_path / FILE_NAME}: [{section}] {key}: ")
    with pytest.raises(InvalidSetting, match=rf"^{place}.*'5 parsecs'"):
        load_settings(tmp_path, {})


def test_the_engines_that_can_be_set_are_those_there_are() -> None:
    assert engines.ENGINES == ENGINES
