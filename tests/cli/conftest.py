"""The command line as a function."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from footfall.cli.main import app
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source

Run = Callable[..., Result]


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    """A lake with one source, `web`, that has no events."""
    made = LakeFolder.create(tmp_path / "lake")
    made.save_source(Source("web", properties={"price": "float"}))
    return made


@pytest.fixture
def run(lake: LakeFolder, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `footfall` with these arguments on the lake."""
    monkeypatch.setenv("FOOTFALL_LAKE", str(lake.root))
    runner = CliRunner()

    def run(*arguments: str, **options: object) -> Result:
        return runner.invoke(app, list(arguments), prog_name="footfall", **options)

    return run
