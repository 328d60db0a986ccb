"""The documentation tells the truth: what exists is documented, and what is documented exists."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import footfall
from footfall.capture.presets import PRESETS
from footfall.cli.main import COMMANDS
from footfall.cli.where import parse_where
from footfall.lake.folder import LakeFolder
from footfall.model.event import COLUMNS
from footfall.model.filter import OPERATORS, Not
from footfall.model.source import Source
from footfall.server.app import create_app
from footfall.server.openapi import EVENTS_PATH, describe
from footfall.server.script import SCRIPT_PATH
from footfall.server.trackers import PREFIX
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
    expected = {item.name: written(getattr(values, item.name)) for item in fields(values)}
    assert documented == expected


def written(value: object) -> str:
    """A value as TOML has it."""
    if isinstance(value, str):
        return f'"{value}"'
    return "[]" if value == () else str(value)


def test_every_column_is_documented_with_its_type() -> None:
    documented = [(row[0], row[1]) for row in table_rows(DOCS / "lake.md", "Columns")]
    assert documented == [(item.name, item.type) for item in COLUMNS]


def test_every_command_is_documented_with_its_summary() -> None:
    documented = {row[0]: row[1] for row in table_rows(DOCS / "cli.md", "Commands")}
    assert documented == {name: entry.summary for name, entry in COMMANDS.items()}


def test_what_strangers_have_to_reach_is_documented() -> None:
    rows = table_rows(DOCS / "operation.md", "Putting it on the network")
    documented = {path for row in rows for path in re.findall(r"/[\w./]+", row[0])}
    module = SCRIPT_PATH.replace(".js", ".mjs")
    embedded = {"/embed/", "/static/", "/api/v1/"}
    assert documented == {EVENTS_PATH, SCRIPT_PATH, module, PREFIX} | embedded


def test_every_route_of_the_api_is_documented(tmp_path: Path) -> None:
    described = describe(create_app(LakeFolder.create(tmp_path / "lake")).api)
    routes = {
        (method.upper(), spelled(path))
        for path, methods in described["paths"].items()
        for method in methods
    }
    assert set(requests((DOCS / "api.md").read_text("utf-8"))) == routes


def test_every_parameter_of_the_api_is_documented(tmp_path: Path) -> None:
    described = describe(create_app(LakeFolder.create(tmp_path / "lake")).api)
    lines = (DOCS / "api.md").read_text("utf-8").splitlines()
    for path, methods in described["paths"].items():
        if path == EVENTS_PATH:  # it has a chapter of its own
            continue
        for method, operation in methods.items():
            rows = [row for row in lines if (method.upper(), spelled(path)) in requests(row)]
            assert len(rows) == 1, f"{method} {path}: {len(rows)} rows"
            missing = {
                name for name in asked_for(operation) if not re.search(rf"\b{name}\b", *rows)
            }
            assert not missing, f"{method} {path}"


def requests(text: str) -> list[tuple[str, str]]:
    """Methods and paths that stand in the text, which parameters are called alike."""
    return [
        (method, re.sub(r"\b(NAME|PREFIX)\b", "{}", path))
        for method, path in re.findall(r"`(GET|POST|DELETE|PUT|PATCH) (/[^\s`?]*)", text)
    ]


def spelled(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def asked_for(operation: dict[str, Any]) -> set[str]:
    """Names of its parameters, but for those of the path, and of the fields of its body."""
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    names = {each["name"] for each in operation.get("parameters", []) if each["in"] == "query"}
    return names | set(body.get("schema", {}).get("properties", {}))


def test_everything_in_the_folder_of_a_lake_is_documented(tmp_path: Path) -> None:
    folder = LakeFolder.create(tmp_path / "lake")
    folder.add_source(Source("web"))
    create_app(folder)
    with footfall.open(tmp_path / "lake") as lake:
        lake.append("web", [{"name": "a", "distinct_id": "u", "anonymous_id": "v"}])
        lake.query(source="web", metrics=["actors"])
    found = {path.name for path in folder.root.iterdir()}
    text = (DOCS / "lake.md").read_text("utf-8")
    documented = set(re.findall(r"^    ([\w.]+)[/ ]", text.split("\n## ", 1)[0], re.MULTILINE))
    assert {name for name in found if not name.endswith(("-wal", "-shm", ".lock"))} == documented
    readme = (ROOT / "README.md").read_text("utf-8").split("## Where the data lies\n", 1)[1]
    named = set(re.findall(r"`([\w.]+)/?`", readme.split("\nCommands find it", 1)[0]))
    assert named == documented


def test_conditions_of_the_command_line_mean_something() -> None:
    rows = table_rows(DOCS / "cli.md", "Conditions")
    examples = [text.strip("` ") for row in rows for text in row[0].split("`, `")]
    forms = [parse_where([text]) for text in examples]
    used = set(re.findall(r"'operator': '(\w+)'", " ".join(str(f.to_dict()) for f in forms if f)))
    assert used == {*OPERATORS} - {"between"}
    assert any(isinstance(form, Not) for form in forms)


def test_decision_records_are_numbered_and_listed_in_order() -> None:
    names = sorted(path.stem for path in (DOCS / "adr").glob("[0-9]*.md"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))
    for name in names:
        title = (DOCS / "adr" / f"{name}.md").read_text("utf-8").splitlines()[0]
        assert title.startswith(f"# {int(name[:4])}. "), name
    listed = re.findall(r"^\d{4}-[\w-]+$", (DOCS / "adr/index.md").read_text("utf-8"), re.MULTILINE)
    assert listed == names


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
