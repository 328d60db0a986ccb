"""Straight into a lake folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

import footfall
from footfall.intake.carrier import Carrier
from footfall.intake.chores import adopt
from footfall.intake.journal import JOURNALS, Journal
from footfall.intake.ledger import FILE_NAME, Ledger
from footfall.lake.folder import LakeFolder
from footfall.model.source import Source
from footfall_client import Client, Problem, SettingError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "my lake"
    LakeFolder.create(root).save_source(Source("web"))
    return root


def counts(root: Path) -> Counter[str]:
    with footfall.open(root) as lake:
        rows = lake.sql("SELECT name, count(*) AS n FROM web GROUP BY name").to_dicts()
    return Counter({row["name"]: row["n"] for row in rows})


def in_journals(root: Path) -> int:
    return sum(len(list(journal.read())) for journal in Journal.leftovers(root / JOURNALS))


def url(root: Path, move: str = "") -> str:
    return root.as_uri() + (f"?move={move}" if move else "")


def test_events_are_in_the_lake_when_the_client_is_closed(root: Path) -> None:
    with Client(url(root), source="web") as client:
        for n in range(1200):
            client.capture("step", n)
        client.capture("bad", timestamp="no time")
        assert client.flush("30s")
        assert (client.stats.stored, client.stats.rejected) == (1200, 1)
        client.close("30s")
    assert counts(root) == {"step": 1200}
    with Ledger(root / FILE_NAME) as ledger:
        assert sum(entry.rejected for entry in ledger.entries()) == 1


def test_acknowledged_is_durable_and_any_other_process_moves_it(root: Path) -> None:
    client = Client(url(root, "never"), source="web")
    client.capture("x")
    assert client.flush("30s")
    assert counts(root) == {}
    # What `footfall serve` does within a minute:
    with closing(LakeFolder.open(root)) as lake, Ledger(root / FILE_NAME) as ledger:
        assert adopt(lake, Carrier(lake, ledger)).n_stored == 1
    assert counts(root) == {"x": 1}
    client.close()


def test_it_moves_by_itself_what_an_earlier_process_left(root: Path) -> None:
    code = (
        "import os, sys; from footfall_client import Client\n"
        f"client = Client({url(root, 'never')!r}, source='web'); client.capture('left')\n"
        "assert client.flush('30s'); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    assert in_journals(root) == 1
    client = Client(url(root, "1ms"), source="web", every="1ms")
    client.capture("now")
    assert client.flush("30s")
    client.close("30s")
    assert counts(root) == {"left": 1, "now": 1}
    assert in_journals(root) == 0


def test_a_script_that_just_ends_has_moved_its_event(root: Path) -> None:
    """The first move is then at the exit, when Python takes no more of some modules in."""
    code = (
        "from footfall_client import Client\n"
        f"client = Client({url(root)!r}, source='web', at_exit='60s')\n"
        "client.capture('short')"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=120
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert counts(root) == {"short": 1}
    assert in_journals(root) == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_several_processes_write_at_once(root: Path) -> None:
    code = f"""
import os, sys
from footfall_client import Client
client = Client({url(root, "never")!r}, source="web", every="1ms", at_exit="20s")
children = []
for n in range(3):
    child = os.fork()
    if not child:
        for m in range(50):
            client.capture(f"of{{n}}", m)
        sys.exit(0)
    children.append(child)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    with Client(url(root), source="web") as client:
        client.flush("30s")
        client.close("30s")
    client = Client(url(root, "1ms"), source="web", every="1ms")
    client.capture("last")
    client.flush("30s")
    client.close("30s")
    assert counts(root) == {"of0": 50, "of1": 50, "of2": 50, "last": 1}


def test_a_source_that_is_removed_later_refuses(root: Path) -> None:
    problems: list[Problem] = []
    client = Client(url(root, "never"), source="web", on_error=problems.append)
    LakeFolder.open(root).remove_source("web", with_data=True)
    client.capture("x")
    client.flush("30s")
    client.close()
    assert [problem.code for problem in problems] == ["refused"]
    assert "web" in problems[0].message


def test_sources_that_are_not_there_are_named(root: Path) -> None:
    with pytest.raises(SettingError, match="wep") as found:
        Client(url(root), source="wep")
    assert found.value.parameter == "source"
