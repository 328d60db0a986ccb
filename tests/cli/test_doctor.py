from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run

from footfall.intake.intake import Intake
from footfall.intake.journal import Journal
from footfall.intake.ledger import Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source


def events(n_events: int) -> list[dict[str, Any]]:
    return [{"name": "view", "distinct_id": f"u{n}", "event_id": f"e{n}"} for n in range(n_events)]


@pytest.fixture
def filled(lake: LakeFolder) -> LakeFolder:
    """A lake with ten events, and one reject."""
    intake = Intake.open(lake)
    intake.append("web", [*events(10), {"distinct_id": "nameless"}])
    intake.close()
    return lake


def codes(run: Run, *arguments: str) -> list[str]:
    result = run("doctor", "--json", *arguments)
    found = [each["code"] for each in json.loads(result.stdout)]
    assert result.exit_code == (5 if found else 0)
    return found


def test_a_sound_lake_is_said_to_be(run: Run, filled: LakeFolder) -> None:
    result = run("doctor", "--full")
    assert result.exit_code == 0
    assert "All is well: 1 source, 10 events, 1 file." in result.stdout
    assert "--full" not in result.stdout
    assert "were not read; footfall doctor --full reads them" in run("doctor").stdout
    assert codes(run) == []


def test_a_file_that_is_gone_is_found(run: Run, filled: LakeFolder) -> None:
    (file,) = filled.table("web").snapshot().files
    Path(file.path).unlink()
    assert "file_missing" in codes(run)
    result = run("doctor")
    assert result.exit_code == 5
    assert "ERROR web: " in result.stdout
    assert "Restore it from a backup" in result.stdout
    for asked in (("query", "web", "--range", "all"), ("sql", "SELECT * FROM web")):
        told = run(*asked)
        assert (told.exit_code, told.stderr.startswith("Error: ")) == (1, True)
        assert "footfall doctor" in told.stderr


def test_a_flipped_byte_is_found_by_a_full_look(run: Run, filled: LakeFolder) -> None:
    (file,) = filled.table("web").snapshot().files
    content = bytearray(Path(file.path).read_bytes())
    content[len(content) // 3] ^= 0xFF
    Path(file.path).write_bytes(content)
    assert "file_damaged" in codes(run, "--full")


def test_a_journal_left_behind_is_found(run: Run, filled: LakeFolder) -> None:
    intake = Intake.open(filled)
    intake.append("web", [{"name": "moved", "distinct_id": "x"}])
    intake.mover.run_once = lambda *_: None  # type: ignore[method-assign,assignment]
    intake.append("web", [{"name": "not moved", "distinct_id": "x"}])
    intake.journal.close()
    intake.ledger.close()
    result = run("doctor", "--json")
    (found,) = json.loads(result.stdout)
    assert (found["code"], found["severity"]) == ("journal_waiting", "warning")
    assert "holds 1 request;" in found["message"]
    # Looking does not take it away: the next server moves it.
    assert (run("doctor").exit_code, run("doctor", "--strict").exit_code) == (0, 5)


def test_damaged_bytes_that_were_set_aside_are_found(run: Run, filled: LakeFolder) -> None:
    journal = Journal.open(filled.root / "journal")
    journal.close()
    kept = filled.root / "journal" / journal.id / "damaged" / "00000000000000000000.bin"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"x" * 17)
    assert codes(run) == ["journal_damaged"]
    assert str(kept) in run("doctor").stdout


def test_a_log_that_cannot_be_read_is_told_with_the_rest(run: Run, filled: LakeFolder) -> None:
    filled.save_source(Source("app"))
    for entry in (filled.table("web").root / "_delta_log").glob("*.json"):
        entry.write_bytes(b"nonsense")
    assert codes(run) == ["log_unreadable"]
    assert "1 problem found in 2 sources, 0 events, 0 files." in run("doctor").stdout


def test_a_lost_ledger_is_told_and_recounted(run: Run, filled: LakeFolder) -> None:
    (filled.root / "ledger.db").write_bytes(b"nothing that SQLite would read " * 9)
    assert codes(run) == ["ledger_unreadable"]
    for path in filled.root.glob("ledger.db*"):
        path.unlink()
    with Ledger(filled.root / "ledger.db") as ledger:
        # What the log held is gone as well, as it is ten minutes later.
        ledger.note_mended("web", filled.table("web").snapshot().version)
    assert codes(run) == ["ledger_differs"]
    result = run("doctor", "--recount")
    assert (result.exit_code, "All is well" in result.stdout) == (0, True)
    assert result.stderr.startswith("The ledger counts 10 events more for web.")
    assert "nothing to recount" in run("doctor", "--recount").stderr
