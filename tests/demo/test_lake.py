"""The demo lake: made once, completed when it was left half made, never over other data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from footfall.demo.generator import Generator
from footfall.demo.lake import FILE_NAME, STREAM, make_demo
from footfall.demo.recipe import DEMO_SOURCE, Recipe
from footfall.errors import Conflict
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder
from footfall.lake.parquet import is_clustered

NOW = datetime(2026, 11, 22, 10, 17, 5, tzinfo=UTC)
RECIPE = Recipe(n_events=4_000, n_days=14, now=NOW)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo") / "lake"
    make_demo(root, RECIPE)
    return root


def n_generated(recipe: Recipe) -> int:
    return sum(batch.num_rows for batch in Generator(recipe).batches())


def test_lake_holds_the_events_of_the_recipe(root: Path) -> None:
    lake = LakeFolder.open(root)
    assert [source.name for source in lake.sources()] == ["shop"]
    assert lake.source("shop") == DEMO_SOURCE
    snapshot = lake.table("shop").snapshot()
    assert snapshot.n_rows == n_generated(RECIPE)
    days = {file.day for file in snapshot.files}
    assert max(days) == NOW.date()
    assert 14 <= len(days) <= 15


def test_days_lie_in_one_clustered_file_each(root: Path) -> None:
    files = LakeFolder.open(root).table("shop").snapshot().files
    assert len({file.day for file in files}) == len(files)
    assert all(is_clustered(file.key) for file in files if file.day < NOW.date())


def test_ledger_balances(root: Path) -> None:
    with Ledger(root / "ledger.db") as ledger:
        entries = ledger.entries("shop")
        total = ledger.balance()["shop"]
    assert all(entry.is_balanced for entry in entries)
    assert len(entries) > 200
    assert total.stored == total.received == n_generated(RECIPE)


def test_second_run_finds_the_first(root: Path) -> None:
    version = LakeFolder.open(root).table("shop").snapshot().version
    again = make_demo(root, Recipe(n_events=9_000, n_days=20, seed=3))
    assert not again.is_new
    assert again.recipe == RECIPE
    assert again.n_events == n_generated(RECIPE)
    assert again.lake.table("shop").snapshot().version == version


def test_half_made_lake_is_completed_by_its_own_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("footfall.demo.lake.BATCH_EVENTS", 1_000)

    def give_up(what: str, share: float) -> None:
        if share > 0.3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_demo(tmp_path / "lake", RECIPE, give_up)
    table = LakeFolder.open(tmp_path / "lake").table("shop")
    assert 0 < table.snapshot().n_rows < n_generated(RECIPE)
    assert table.position(STREAM) == 1

    made = make_demo(tmp_path / "lake", Recipe(n_events=9_000, now=NOW))
    assert made.is_new
    assert made.recipe == RECIPE
    assert made.lake.table("shop").snapshot().n_rows == made.n_events
    with Ledger(tmp_path / "lake" / "ledger.db") as ledger:
        assert ledger.balance()["shop"].stored == made.n_events


def test_progress_rises_to_the_end(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    make_demo(tmp_path / "lake", RECIPE, lambda what, share: heard.append((what, share)))
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert heard[0] == ("events", 0.0)
    assert heard[-1] == ("done", 1.0)


def test_other_lakes_and_folders_are_left_alone(tmp_path: Path) -> None:
    LakeFolder.create(tmp_path / "mine")
    (tmp_path / "papers").mkdir()
    (tmp_path / "papers" / "letter.txt").write_text("dear")
    for name in ("mine", "papers"):
        with pytest.raises(Conflict, match="not a demo lake"):
            make_demo(tmp_path / name, RECIPE)
    assert [path.name for path in (tmp_path / "papers").iterdir()] == ["letter.txt"]


def test_a_note_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    with pytest.raises(Conflict, match=r"demo\.json cannot be read"):
        make_demo(tmp_path, RECIPE)
