"""The documentation tells the truth: what exists is documented, and what is documented exists."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from footfall.capture.presets import PRESETS
from footfall.cli.main import COMMANDS
from footfall.model.event import COLUMNS
from footfall.model.filter import OPERATORS
from footfall.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"


def table_rows(path: Path, heading: str) -> list[list[str]]:
    section = path.read_text("utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("section", [item.name for item in fields(Settings)])
def test_every_setting_is_documented_with_its_default(section: str) -> None:
    documented = {row[0]: row[1] for row in table_rows(DOCS / "settings.md", f"`[{section}]`")}
    values = getattr(Settings(), section)
    expected = {
        item.name: f'"{value}"'
        if isinstance(value := getattr(values, item.name), str)
        else str(value)
        for item in fields(values)
    }
    assert documented == expected


def test_every_column_is_documented_with_its_type() -> None:
    documented = [(row[0], row[1]) for row in table_rows(DOCS / "lake.md", "Columns")]
    assert documented == [(item.name, item.type) for item in COLUMNS]


def test_every_command_is_documented_with_its_summary() -> None:
    documented = {row[0]: row[1] for row in table_rows(DOCS / "cli.md", "Commands")}
    assert documented == {name: entry.summary for name, entry in COMMANDS.items()}


@pytest.mark.parametrize(
    ("document", "heading", "names"),
    [
        ("query.md", "Filters", OPERATORS),
        ("sources.md", "Ready-made mappings", PRESETS),
    ],
)
def test_every_name_is_documented(document: str, heading: str, names: object) -> None:
    text = " ".join(row[0] for row in table_rows(DOCS / document, heading))
    documented = set(re.findall(r"[a-z0-9_]+", text))
    assert set(names) <= documented


def test_links_between_documents_lead_somewhere() -> None:
    for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", path.read_text("utf-8")):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
