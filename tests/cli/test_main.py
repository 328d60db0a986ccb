from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from tests.cli.conftest import Run

from footfall import __version__
from footfall.cli.main import COMMANDS, load_command
from footfall.lake.folder import LakeFolder

_HEAVY = ("alembic", "deltalake", "duckdb", "fastapi", "numpy", "pyarrow", "rich", "sqlalchemy")


def test_help_lists_every_command_with_its_line(run: Run) -> None:
    result = run("--help")
    assert result.exit_code == 0
    for name, entry in COMMANDS.items():
        assert f"  {name} " in result.output
        assert entry.summary in result.output


def test_the_command_alone_shows_the_help(run: Run) -> None:
    assert run().output == run("--help").output
    assert run().exit_code == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_list_is_the_commands_own(name: str) -> None:
    help_text = load_command(name).help
    assert help_text is not None
    assert help_text.splitlines()[0] == COMMANDS[name].summary


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_examples(run: Run, name: str) -> None:
    command = load_command(name)
    children = getattr(command, "commands", {})
    calls = [[name, child] for child in children] or [[name]]
    for call in calls:
        result = run(*call, "--help")
        assert result.exit_code == 0
        examples = result.output.partition("Examples:\n")[2].splitlines()
        assert any(f"footfall {' '.join(call)}" in line for line in examples), call


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from footfall.cli.main import app\n"
        "result = CliRunner().invoke(app, ['--help'])\n"
        "assert result.exit_code == 0\n"
        f"print(sorted(set({_HEAVY}) & set(sys.modules)))\n"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("querry", "No such command 'querry'. Did you mean 'query'?"),
        ("sorce", "Did you mean 'source' or 'sources'?"),
        ("zzz", "No such command 'zzz'. There are demo, serve, ingest,"),
    ],
)
def test_a_mistyped_command_is_told_what_was_meant(run: Run, typed: str, message: str) -> None:
    result = run(typed)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_the_version_is_told(run: Run) -> None:
    assert run("--version").stdout == f"footfall {__version__}\n"


def test_a_missing_lake_ends_with_3_and_the_way_out(run: Run, tmp_path: Path) -> None:
    result = run("sources", "--lake", str(tmp_path / "none"))
    assert result.exit_code == 3
    assert "Give the lake's folder with --lake or FOOTFALL_LAKE" in result.stderr
    assert result.stdout == ""
    assert not (tmp_path / "none").exists()


def test_an_unknown_source_ends_with_3_and_near_names(run: Run) -> None:
    result = run("sources", "wbe")
    assert result.exit_code == 3
    assert "Did you mean 'web'?" in result.stderr


def test_an_unknown_option_ends_with_2(run: Run) -> None:
    assert run("sources", "--nope").exit_code == 2


def test_the_lake_may_be_named_before_or_behind_the_command(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = LakeFolder.create(tmp_path / "other")
    before = run("--lake", str(other.root), "sources", "--json")
    behind = run("sources", "--json", "--lake", str(other.root))
    assert before.stdout.strip() == behind.stdout.strip() == "[]"
    # The one behind the command is nearer, so it wins.
    both = run("--lake", str(tmp_path / "none"), "sources", "--json", "--lake", str(other.root))
    assert both.exit_code == 0


def test_interrupting_ends_with_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("footfall.lake.folder.LakeFolder.open", interrupt)
    assert run("sources").exit_code == 130


def test_command_modules_have_an_app() -> None:
    for name in COMMANDS:
        assert isinstance(load_command(name), typer.core.TyperCommand | typer.core.TyperGroup)
