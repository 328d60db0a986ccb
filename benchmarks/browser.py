"""What a page has to load: the size of the browser tracker beside other trackers' scripts."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.options import Options
from benchmarks.report import Report
from footfall.server.script import make_script, tracker_file

# npm packages, and the file of each that a page loads.
PEERS: Final = {
    "@plausible-analytics/tracker": "plausible.js",
    "@snowplow/browser-tracker": "dist/index.umd.min.js",
    "mixpanel-browser": "dist/mixpanel.min.js",
    "posthog-js": "dist/array.js",
}
_BROTLI: Final = (
    "process.stdout.write(String(require('zlib').brotliCompressSync("
    "require('fs').readFileSync(process.argv[1])).length))"
)


def run(options: Options) -> list[Report]:
    """Bytes as written, as served, and packed; peers where npm is at hand to bring them."""
    report = Report("Browser bundle, bytes", ["script", "source", "served", "gzip", "brotli"])
    folder = options.work / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    served = folder / "footfall.js"
    served.write_bytes(make_script().plain)
    source = tracker_file().stat().st_size
    report.add("Footfall", source, *_sizes(served))
    for package, path in _install(folder).items():
        name = f"{package} {_version(folder, package)}"
        report.add(name, None, *_sizes(path))
    report.notes.append(
        "Peers as npm has them (Umami's script is not there), without what they load later."
    )
    return [report]


def _install(folder: Path) -> dict[str, Path]:
    npm = shutil.which("npm")
    if npm is None:
        return {}
    command = [npm, "install", "--silent", "--no-save", "--ignore-scripts", "--prefix", folder]
    subprocess.run([*command, *PEERS], check=True, capture_output=True)
    return {name: folder / "node_modules" / name / path for name, path in PEERS.items()}


def _version(folder: Path, package: str) -> str:
    text = (folder / "node_modules" / package / "package.json").read_text("utf-8")
    return str(json.loads(text)["version"])


def _sizes(path: Path) -> tuple[int, int, int | None]:
    body = path.read_bytes()
    return len(body), len(gzip.compress(body, 9)), _brotli(path)


def _brotli(path: Path) -> int | None:
    node = shutil.which("node")
    if node is None:
        return None
    done = subprocess.run([node, "-e", _BROTLI, path], capture_output=True, text=True, check=True)
    return int(done.stdout)
