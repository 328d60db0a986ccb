"""The wheel brings the script along; what is installed from a checkout finds it there."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "clients" / "browser" / "footfall.js"
SAY = (
    "from footfall.server.script import make_script, tracker_file;"
    "print(tracker_file(), len(make_script().packed))"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel"]
    subprocess.run([*command, "--directory", folder], cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


def test_the_wheel_has_the_script_as_it_was_written(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("footfall/server/footfall.js") == SOURCE.read_bytes()


def test_what_is_installed_from_the_wheel_serves_its_own_script(wheel: Path) -> None:
    installed = wheel.parent / "installed"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(installed)
    place, size = said(PYTHONPATH=str(installed))
    assert Path(place) == installed / "footfall" / "server" / "footfall.js"
    assert 1000 < int(size) < 4096


def test_what_is_installed_from_a_checkout_serves_the_checkouts() -> None:
    assert Path(said()[0]) == SOURCE


def said(**environment: str) -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", SAY],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split()
