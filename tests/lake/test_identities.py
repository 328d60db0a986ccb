"""Joined ids: gathered from the table, and made anew from it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest
from tests.lakes import append_events, make_lake

from footfall.errors import InvalidIdentity
from footfall.lake.folder import LakeFolder
from footfall.lake.identities import Identities
from footfall.lake.lock import lock_path
from footfall.model.identity import LONGEST_ID, Decision, Link
from footfall.model.source import Source
from footfall.model.time import TimeRange

T1 = 1_793_872_800_000_000  # 2026-11-05 10:00 UTC, in microseconds


def login(who: str, former: str, minute: int = 0, name: str = "identify") -> dict[str, object]:
    return {
        "event_id": f"{who}-{former}-{minute}",
        "timestamp": f"2026-11-05T10:{minute:02}:00Z",
        "name": name,
        "distinct_id": who,
        "anonymous_id": former,
    }


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    return make_lake(tmp_path / "lake", (Source("web"), [login("anna", "v1")]))


def ids(lake: LakeFolder) -> Identities:
    return lake.table("web").identities


def another(lake: LakeFolder) -> Identities:
    """As another process would see them."""
    table = LakeFolder.open(lake.root).table("web")
    return Identities(ids(lake).folder, table.log, lock_path(lake.root, "web-ids"))


def test_actors_and_their_ids(lake: LakeFolder) -> None:
    append_events(lake, "web", [login("anna", "v2", 1)])
    assert ids(lake).actors() == {"v1": "anna", "v2": "anna"}
    assert ids(lake).ids(["anna", "ben"]) == ["anna", "ben", "v1", "v2"]
    assert [ids(lake).actor(each) for each in ("v1", "anna", "x")] == ["anna", "anna", "x"]
    assert ids(lake).links(["v2"]) == [Link("v2", "anna", T1 + 60_000_000)]


def test_there_is_no_file_where_nothing_is_joined(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake", (Source("web"), [{"timestamp": "2026-11-05T10:00:00Z"}]))
    assert ids(lake).file() is None
    assert not ids(lake).folder.exists()


def test_another_process_reads_only_what_came_since(lake: LakeFolder) -> None:
    assert ids(lake).actors() == {"v1": "anna"}
    append_events(lake, "web", [login("ben", "v3", 1)])
    assert another(lake).actors() == {"v1": "anna", "v3": "ben"}


@pytest.mark.parametrize("damage", ["gone", "broken"])
def test_a_lost_or_broken_cache_is_made_anew(lake: LakeFolder, damage: str) -> None:
    assert ids(lake).actors() == {"v1": "anna"}
    if damage == "gone":
        shutil.rmtree(ids(lake).folder)
    else:
        (ids(lake).folder / "links.parquet").write_bytes(b"PAR1 not")
    assert another(lake).actors() == {"v1": "anna"}


def test_the_same_file_serves_until_something_changes(lake: LakeFolder) -> None:
    before = ids(lake).file()
    append_events(lake, "web", [login("anna", "v1", 5)])
    assert ids(lake).file() == before
    append_events(lake, "web", [login("anna", "v2", 6)])
    assert ids(lake).file() != before


def test_maps_go_an_hour_after_they_were_made(lake: LakeFolder) -> None:
    first = ids(lake).file()
    assert first is not None
    made_at = datetime.fromtimestamp(first.stat().st_mtime, UTC)
    for minutes, left in ((59, True), (61, False)):
        append_events(lake, "web", [login("anna", f"w{minutes}", minutes - 20)])
        now = made_at + timedelta(minutes=minutes)
        table, lock = lake.table("web"), lock_path(lake.root, "web-ids")
        Identities(ids(lake).folder, table.log, lock, lambda now=now: now).file()
        assert first.exists() is left


def test_a_late_event_that_was_earlier_takes_the_device(lake: LakeFolder) -> None:
    append_events(lake, "web", [login("ben", "v5", 30)])
    assert ids(lake).actors()["v5"] == "ben"
    append_events(lake, "web", [login("carl", "v5", 20)])
    assert ids(lake).actors()["v5"] == "carl"


def test_erased_events_join_nothing(lake: LakeFolder) -> None:
    append_events(lake, "web", [login("ben", "v3", 1)])
    assert ids(lake).actors() == {"v1": "anna", "v3": "ben"}
    lake.table("web").erase(pc.field("distinct_id") == "ben")
    assert all(b"v3" not in path.read_bytes() for path in ids(lake).folder.iterdir())
    assert ids(lake).actors() == another(lake).actors() == {"v1": "anna"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_only_the_owner_reads_who_is_who(lake: LakeFolder) -> None:
    ids(lake).decide(Decision("v9", "anna", T1))
    ids(lake).file()
    found = {
        path.name.partition("-")[0]: path.stat().st_mode for path in ids(lake).folder.iterdir()
    }
    assert {name: mode & 0o777 for name, mode in found.items()} == dict.fromkeys(
        ("actors", "decisions.json", "links.parquet"), 0o600
    )


def test_compaction_changes_nothing(lake: LakeFolder) -> None:
    append_events(lake, "web", [login("ben", "v3", 1)])
    before = ids(lake).file()
    lake.table("web").compact(is_forced=True)
    assert ids(lake).file() == before
    shutil.rmtree(ids(lake).folder)
    assert another(lake).actors() == {"v1": "anna", "v3": "ben"}


def test_decisions_are_kept_and_shared(lake: LakeFolder) -> None:
    ids(lake).decide(Decision("v1", None, T1 + 1, "eve"))
    assert another(lake).decisions() == [Decision("v1", None, T1 + 1, "eve")]
    assert another(lake).actors() == {}
    assert another(lake).revoke("v1") == 1
    assert ids(lake).actors() == {"v1": "anna"}


def test_decisions_need_no_events(tmp_path: Path) -> None:
    lake = make_lake(tmp_path / "lake", (Source("web"), []))
    ids(lake).decide(Decision("old", "new", 5))
    assert ids(lake).actors() == {"old": "new"}


def test_events_without_a_known_side_are_passed_over(lake: LakeFolder) -> None:
    odd = {**login("anna", "v9", 2), "distinct_id": None, "actor_id": "v9"}
    append_events(lake, "web", [odd, login("same", "same", 3)])
    assert ids(lake).actors() == {"v1": "anna"}


def test_ids_that_are_too_long_are_kept_and_join_nothing(lake: LakeFolder) -> None:
    # Characters count, not bytes.
    fitting, longer = "é" * LONGEST_ID, "é" * (LONGEST_ID + 1)
    append_events(lake, "web", [login("anna", fitting, 1), login("anna", longer, 2)])
    append_events(lake, "web", [login(longer, "v2", 3)])
    assert ids(lake).actors() == another(lake).actors() == {"v1": "anna", fitting: "anna"}
    assert ids(lake).links([longer]) == []
    assert ids(lake).show(longer).ids == (longer,)
    for decide in (
        lambda: ids(lake).merge(longer, "anna"),
        lambda: ids(lake).merge("anna", longer),
        lambda: ids(lake).split(longer),
    ):
        with pytest.raises(InvalidIdentity, match="has 257 characters: an id of more than 256"):
            decide()


def test_one_answer_has_one_state_of_who_is_who(lake: LakeFolder) -> None:
    before = lake.table("web").snapshot()
    assert before.identities is not None
    seen = before.identities.file()
    ids(lake).merge("anna", "zoe")
    after = lake.table("web").snapshot()
    assert after.identities is not None
    assert after.identities.ids(["zoe"]) == ["anna", "v1", "zoe"]
    # Also where it is cut down to a range, as each part of an answer does.
    part = before.prune(
        TimeRange(datetime(2026, 11, 5, tzinfo=UTC), datetime(2026, 11, 6, tzinfo=UTC))
    )
    assert part.identities is not None
    assert part.identities.file() == seen
    assert part.identities.ids(["zoe"]) == ["zoe"]
    assert part.identities.ids(["anna"]) == ["anna", "v1"]


def test_a_state_that_is_gone_is_taken_anew(lake: LakeFolder) -> None:
    standing = lake.table("web").snapshot().identities
    assert standing is not None
    seen = standing.file()
    assert seen is not None
    ids(lake).merge("anna", "zoe")
    seen.unlink()
    assert standing.ids(["zoe"]) == ["anna", "v1", "zoe"]
