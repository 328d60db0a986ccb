from __future__ import annotations

from pathlib import Path

from footfall.cli.common import find_lake


def test_the_lake_is_looked_for_in_the_order_that_help_says(tmp_path: Path) -> None:
    given, named = tmp_path / "given", tmp_path / "named"
    above, folder = tmp_path / "above", tmp_path / "above" / "b" / "c"
    folder.mkdir(parents=True)
    environment = {"FOOTFALL_LAKE": str(named)}
    assert find_lake(given, environment, folder) == given
    assert find_lake(None, environment, folder) == named
    assert find_lake(None, {}, folder) == folder / "footfall"
    (above / "footfall.toml").touch()
    assert find_lake(None, {}, folder) == above
    (folder / "footfall.toml").touch()
    assert find_lake(None, {}, folder) == folder


def test_an_empty_variable_is_as_good_as_none(tmp_path: Path) -> None:
    assert find_lake(None, {"FOOTFALL_LAKE": ""}, tmp_path) == tmp_path / "footfall"
