"""What tells sessions apart is said once, for metrics and for the list."""

from __future__ import annotations

from footfall.model.source import Source
from footfall.query.sql.session_steps import SessionKind, latest_before


def test_the_kind_is_that_of_the_source() -> None:
    assert SessionKind.of(Source("web", session_gap="20m")) == SessionKind(False, 1_200_000_000)
    assert SessionKind.of(Source("app", sessions="given")).is_given


def test_a_piece_starts_a_session_after_a_pause_longer_than_the_gap() -> None:
    # Where nothing is before, the comparison is unknown, and the piece starts one.
    expected = "CASE WHEN f - p <= 60000000 THEN 0 ELSE 1 END"
    assert SessionKind(False, 60_000_000).starts("f", "p") == expected


def test_pieces_that_never_overlap_look_back_at_one() -> None:
    frames = [latest_before("l", "f").split("ROWS ")[1], latest_before("l", "f", reach="1")]
    assert frames[0] == "BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    assert frames[1].endswith("BETWEEN 1 PRECEDING AND 1 PRECEDING)")
