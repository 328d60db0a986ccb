"""People are taken out of a table with what was decided about them, and nobody else is."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pytest
from tests.lake.test_identities import T1, another, ids, login
from tests.lakes import append_events, make_lake

from footfall.lake.folder import LakeFolder
from footfall.lake.identities import Identities
from footfall.model.identity import Decision
from footfall.model.source import Source

BEN = pc.field("distinct_id") == "ben"


@pytest.fixture
def lake(tmp_path: Path) -> LakeFolder:
    return make_lake(tmp_path / "lake", (Source("web"), [login("anna", "v1")]))


def is_named(lake: LakeFolder, text: bytes) -> bool:
    """Whether a file about who is who still has this text."""
    return any(text in path.read_bytes() for path in ids(lake).folder.iterdir())


@pytest.mark.parametrize(
    ("decision", "is_kept"),
    [
        (Decision("elder", "ben", T1), False),
        (Decision("ben", "anna", T1), False),
        (Decision("ben", None, T1), False),
        (Decision("v1", None, T1), True),
        (Decision("carl", "anna", T1), True),
    ],
)
def test_decisions_about_erased_ids_go_with_them(
    lake: LakeFolder, decision: Decision, is_kept: bool
) -> None:
    append_events(lake, "web", [login("ben", "v3", 1), login("carl", "v4", 2)])
    ids(lake).decide(decision)
    ids(lake).file()
    lake.table("web").erase(BEN)
    assert ids(lake).decisions() == ([decision] if is_kept else [])
    kept = set(ids(lake).actors().items()) | set(another(lake).actors().items())
    assert not {"ben", "v3", "elder"} & {each for pair in kept for each in pair}
    assert not is_named(lake, b"elder")


def test_an_id_that_others_events_still_name_keeps_its_decisions(lake: LakeFolder) -> None:
    append_events(lake, "web", [login("ben", "v3", 1), login("carl", "ben", 2)])
    ids(lake).decide(Decision("ben", None, T1))
    lake.table("web").erase(BEN)
    assert len(ids(lake).decisions()) == 1


@pytest.mark.parametrize("decision", [Decision("v9", "carl", T1), Decision("v9", None, T1)])
def test_decisions_about_ids_that_had_no_events_stay(lake: LakeFolder, decision: Decision) -> None:
    append_events(lake, "web", [login("ben", "v3", 1), login("carl", "v4", 2)])
    ids(lake).decide(decision)
    ids(lake).decide(Decision("v3", None, T1))
    lake.table("web").erase(BEN)
    assert ids(lake).decisions() == [decision]


def test_all_ids_go_of_whom_no_event_is_left(lake: LakeFolder) -> None:
    append_events(lake, "web", [login("ben", "v3", 1)])
    chain = [Decision("elder", "ben", T1), Decision("eldest", "elder", T1 + 1)]
    for decision in chain:
        ids(lake).decide(decision)
    lake.table("web").erase(BEN)
    assert ids(lake).decisions() == []
    assert not is_named(lake, b"eldest")


def test_who_has_other_events_keeps_the_other_ids(lake: LakeFolder) -> None:
    append_events(lake, "web", [login("ben", "v3", 1), login("carl", "v4", 2)])
    decisions = [Decision("v9", "carl", T1), Decision("ben", "carl", T1 + 1)]
    for decision in decisions:
        ids(lake).decide(decision)
    # All of them are one actor; carl's own events stay, and so does v9, which never had any.
    lake.table("web").erase(BEN)
    assert ids(lake).decisions() == decisions[:1]
    assert ids(lake).actors() == {"v1": "anna", "v4": "carl", "v9": "carl"}


def test_a_plain_deletion_leaves_decisions_alone(lake: LakeFolder) -> None:
    append_events(lake, "web", [login("ben", "v3", 1)])
    ids(lake).decide(Decision("elder", "ben", T1))
    lake.table("web").delete(BEN)
    assert len(ids(lake).decisions()) == 1
    assert "v3" not in ids(lake).actors()


def test_an_erasure_that_was_killed_ends_when_it_is_asked_for_again(
    lake: LakeFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    append_events(lake, "web", [login("ben", "v3", 1)])
    ids(lake).decide(Decision("elder", "ben", T1))
    with monkeypatch.context() as patch:
        patch.setattr(Identities, "forget", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            lake.table("web").erase(BEN)
    assert len(ids(lake).decisions()) == 1
    # Nothing of ben is in the table any more, so only what was noted tells whom it concerned.
    assert LakeFolder.open(lake.root).table("web").erase(BEN).n_rows == 0
    assert ids(lake).decisions() == []
    assert not is_named(lake, b"ben")
