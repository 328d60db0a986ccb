"""One install, everywhere: what the installed metadata says of our dependencies."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]

# Compiled, each published as wheels for Linux, macOS and Windows (`make wheels` resolves them).
COMPILED = {
    "arro3-core", "deltalake", "duckdb", "greenlet", "httptools", "iptocc", "markupsafe",
    "maxminddb", "msgspec", "numpy", "psutil", "pyarrow", "pydantic-core", "sqlalchemy",
    "ua-parser-rs", "wrapt", "zstandard",
}  # fmt: skip
# Left out on Windows by a marker, with a way on: uvicorn's own loop takes the place of uvloop.
NOT_ON_WINDOWS = {"uvloop"}


def closure(name: str) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    waiting = [(name, "")]
    while waiting:
        item, extra = waiting.pop()
        dist = distribution(item)
        found[item] = dist
        for text in dist.requires or []:
            requirement = Requirement(text)
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            key = re.sub(r"[-_.]+", "-", requirement.name).lower()
            if key not in found:
                waiting.extend((key, chosen) for chosen in (requirement.extras or {""}))
    del found[name]
    return found


def is_universal(dist: Distribution) -> bool:
    wheel = dist.read_text("WHEEL")
    assert wheel is not None, f"{dist.name} was not installed from a wheel"
    return all(tag.endswith("-none-any") for tag in re.findall(r"^Tag: (\S+)", wheel, re.M))


def test_every_dependency_is_universal_or_known_to_have_wheels_everywhere() -> None:
    compiled = {name for name, dist in closure("footfall").items() if not is_universal(dist)}
    assert compiled - COMPILED - NOT_ON_WINDOWS == set()


def test_what_windows_lacks_is_left_out_there_by_a_marker() -> None:
    for text in distribution("footfall").requires or []:
        requirement = Requirement(text)
        if requirement.name in NOT_ON_WINDOWS:
            assert requirement.marker is not None
            assert not requirement.marker.evaluate({"sys_platform": "win32", "extra": ""})


def test_constraints_pin_every_dependency_and_name_no_host() -> None:
    text = (ROOT / "constraints.txt").read_text()
    pinned = {line.split("==")[0] for line in text.splitlines() if "==" in line}
    assert set(closure("footfall")) <= pinned
    assert "://" not in text


def test_help_imports_nothing_heavy() -> None:
    heavy = {"pyarrow", "duckdb", "deltalake", "numpy", "fastapi", "sqlalchemy", "pandas", "polars"}
    code = "import sys, footfall, footfall.cli.main; print(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy & set(run.stdout.split()) == set()


@pytest.mark.parametrize("pattern", [r"://[^/ ]*(pypi|pythonhosted|npmjs|crates)", r"--index-url"])
def test_no_package_host_is_named(pattern: str) -> None:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    for name in filter(None, names):
        path = ROOT / name
        if path.suffix in {".png", ".gz"} or path == Path(__file__) or not path.is_file():
            continue
        assert not re.search(pattern, path.read_text("utf-8", "replace")), name
