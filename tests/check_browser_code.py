"""Type-check the browser's modules by their JSDoc types, where Node is at hand.

TypeScript comes from npm into `.venv/typescript`; nothing of it is committed. Without Node it
says so and passes, except where `CI=true` promises that everything is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODULES = [
    ROOT / "src" / "footfall" / "server" / "web" / "static" / "js",
    ROOT / "clients" / "browser",
]
TYPESCRIPT = ROOT / ".venv" / "typescript"
VERSION = "5.9.3"
FLAGS = [
    *("--allowJs", "--checkJs", "--noEmit", "--strict"),
    *("--target", "es2024", "--lib", "es2024,dom,dom.iterable"),
    *("--module", "esnext", "--moduleResolution", "bundler"),
]


def main() -> int:
    """Exit code: 0 when the modules are sound, or when there is no Node to tell."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        print("browser code: not checked, Node is not installed")
        return int(os.environ.get("CI") == "true")
    compiler = TYPESCRIPT / "node_modules" / "typescript" / "lib" / "tsc.js"
    if not compiler.exists():
        subprocess.run(
            [
                npm,
                "install",
                "--silent",
                "--no-save",
                "--prefix",
                TYPESCRIPT,
                f"typescript@{VERSION}",
            ],
            check=True,
        )
    files = sorted(path for folder in MODULES for path in folder.rglob("*.js"))
    code = subprocess.run([node, compiler, *FLAGS, *files], check=False).returncode
    print(f"browser code: {len(files)} modules checked" if code == 0 else "browser code: see above")
    return code


if __name__ == "__main__":
    sys.exit(main())
