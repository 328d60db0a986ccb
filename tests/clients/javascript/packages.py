"""Clients from npm, at the versions of `package.json`, and bundles of them for pages.

Everything goes to `.venv/npm-…`, named after what it is made of: nothing of it is committed,
and it is made once.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.conftest import component_missing

HERE: Final = Path(__file__).parent
QUIETLY: Final = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
GLOBAL: Final = "client"
"""What a bundle's exports are called in a page."""

BUNDLES: Final[Mapping[str, str]] = {
    "amplitude": "@amplitude/analytics-browser",
    "countly": "countly-sdk-web",
    "matomo": "@jonkoops/matomo-tracker",
    "mixpanel": "mixpanel-browser",
    "plausible": "@plausible-analytics/tracker",
    "plausible-old": "plausible-tracker",
    "posthog": "posthog-js",
    "posthog-old": "posthog-js-1-130",
    "rudderstack": "@rudderstack/analytics-js/bundled",
    "segment": "@segment/analytics-next",
    "snowplow": "@snowplow/browser-tracker",
}
"""Scripts for pages, and the package that each of them holds."""


def installed() -> Path:
    """Folder with `node_modules` and `bundles`; skips the test where there is no Node."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        component_missing("no npm on the PATH: Debian's package is called npm")
    folder = Path(sys.prefix) / f"npm-{_version()}"
    if not folder.is_dir():
        making = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.rmtree(making, ignore_errors=True)
        _install(str(npm), making)
        _bundle(str(node), making)
        _publish(making, folder)
    return folder


def _version() -> str:
    parts = [(HERE / name).read_bytes() for name in ("package.json", "package-lock.json")]
    parts += [json.dumps(dict(BUNDLES)).encode(), Path(__file__).read_bytes()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _install(npm: str, folder: Path) -> None:
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    # None of the packages needs what it would run when it is installed.
    _run([npm, "install", "--no-save", *QUIETLY], folder)


def _bundle(node: str, folder: Path) -> None:
    """Every client as one script that a page can load, as their users' own builds make it."""
    entries = folder / "entries"
    entries.mkdir()
    for name, package in BUNDLES.items():
        text = f'export * from "{package}"; import * as all from "{package}";'
        (entries / f"{name}.js").write_text(f"{text} export default all.default ?? all;\n")
    esbuild = folder / "node_modules" / "esbuild" / "bin" / "esbuild"
    how = ["--bundle", "--format=iife", f"--global-name={GLOBAL}", "--platform=browser"]
    files = [entries / f"{name}.js" for name in BUNDLES]
    _run([node, esbuild, *how, "--log-level=error", "--outdir=bundles", *files], folder)


def _publish(making: Path, folder: Path) -> None:
    try:
        making.rename(folder)
    except OSError:
        # Another process was quicker.
        shutil.rmtree(making)
    for other in folder.parent.glob("npm-????????????"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def _run(command: list[str | Path], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, check=False, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{command[:3]} failed: {done.stderr[-4000:]}"
