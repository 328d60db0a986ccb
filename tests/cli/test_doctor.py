from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run

from footfall.cli.checks import check_lake
from footfall.intake.intake import Intake
from footfall.intake.journal import Journal
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.ledger import Entry
from footfall.model.time import utc_now


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
    assert codes(run) == []


def test_a_file_that_is_gone_is_found(run: Run, filled: LakeFolder) -> None:
    (file,) = filled.table("web").snapshot().files
    Path(file.path).unlink()
    assert "file_missing" in codes(run)
    result = run("doctor")
    assert result.exit_code == 5
    assert "ERROR web: " in result.stdout
    assert "Restore it from a backup" in result.stdout


def test_a_flipped_byte_is_found_by_a_full_look(run: Run, filled: LakeFolder) -> None:
    (file,) = filled.table("web").snapshot().files
    content = bytearray(Path(file.path).read_bytes())
    content[len(content) // 3] ^= 0xFF
    Path(file.path).write_bytes(content)
    assert "file_damaged" in codes(run, "--full")


def test_a_ledger_that_counts_otherwise_is_found(filled: LakeFolder) -> None:
    ledger = Ledger(filled.root / FILE_NAME)
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    ledger.add([Entry("web", hour, "http", received=3, stored=3)], "other", 1)
    pauses: list[float] = []
    found = list(
        check_lake(filled, ledger, is_full=False, progress=lambda _: None, sleep=pauses.append)
    )
    ledger.close()
    assert [each.finding.code for each in found] == ["ledger_differs"]
    assert "counts 13 events stored for 'web'; its table has 10" in found[0].finding.message
    # The table may be a moment ahead, so it is looked at again before it is called wrong.
    assert len(pauses) == 2


def test_a_ledger_that_does_not_add_up_is_found(filled: LakeFolder) -> None:
    ledger = Ledger(filled.root / FILE_NAME)
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    ledger.add([Entry("web", hour, "http", received=2, rejected=1)], "other", 1)
    found = list(
        check_lake(filled, ledger, is_full=False, progress=lambda _: None, sleep=lambda _: None)
    )
    ledger.close()
    assert [each.finding.code for each in found] == ["ledger_unbalanced"]


def test_a_ledger_that_catches_up_is_sound(filled: LakeFolder) -> None:
    ledger = Ledger(filled.root / FILE_NAME)
    hour = utc_now().replace(minute=0, second=0, microsecond=0)
    ledger.add([Entry("web", hour, "http", received=1, stored=1)], "other", 1)
    late = Intake.open(filled)

    def catch_up(_: float) -> None:
        late.append("web", [{"name": "late", "distinct_id": "x"}])
        ledger.add([Entry("web", hour, "http", received=-1, stored=-1)], "other", 2)

    found = list(check_lake(filled, ledger, is_full=False, progress=lambda _: None, sleep=catch_up))
    late.close()
    ledger.close()
    assert found == []


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
    assert run("doctor").exit_code == 5


def test_damaged_bytes_that_were_set_aside_are_found(run: Run, filled: LakeFolder) -> None:
    journal = Journal.open(filled.root / "journal")
    journal.close()
    kept = filled.root / "journal" / journal.id / "damaged" / "00000000000000000000.bin"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"x" * 17)
    assert codes(run) == ["journal_damaged"]
    assert str(kept) in run("doctor").stdout
