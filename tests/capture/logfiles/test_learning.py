from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from tests.capture.conftest import NOW, events
from tests.capture.logfiles.samples import LEARNING, form_of, parse, rows

from footfall.capture.collector import Collector
from footfall.capture.definition import Changes, define

AGENT = "Mozilla/5.0 (X11; Linux)"
EXERCISE = "3 | 01/03/2024 08:05:00 | anna | 192.0.2.7 | network | dns | lab7"


def read(*lines: str) -> list[dict[str, Any]]:
    parsed = parse("learning", "\n".join(lines) + "\n")
    assert parsed.faults == []
    return rows(parsed)


def test_a_day_of_one_person() -> None:
    found = read(*LEARNING.splitlines())
    assert [row["name"] for row in found] == [
        "session.start",
        "exercise.start",
        "error",
        "exercise.end",
        "session.end",
    ]
    assert [row.get("distinct_id") for row in found] == ["anna", "anna", None, "anna", "anna"]
    assert found[1] == {
        "timestamp": datetime(2024, 3, 1, 8, 5, tzinfo=UTC),
        "name": "exercise.start",
        "distinct_id": "anna",
        "user_agent": AGENT,
        "p_kind": 3,
        "p_simulation": "network",
        "p_exercise": "dns-basics",
        "p_exercise_host": "lab7",
        "p_container": "c0ffee123456",
    }
    # The error has no date: it happened at the start of the exercise, or after it.
    assert found[2] == {
        "timestamp": datetime(2024, 3, 1, 8, 5, tzinfo=UTC),
        "name": "error",
        "p_kind": 5,
        "p_message": "the container did not answer",
    }
    assert not [row for row in found if "192.0.2.7" in str(row)]


@pytest.mark.parametrize(
    ("rest", "container", "agent"),
    [
        ("", None, None),
        (f" | {AGENT}", None, AGENT),
        (" | c0ffee", "c0ffee", None),
        (f" | c0ffee | {AGENT}", "c0ffee", AGENT),
        (" | c0ffee | -", "c0ffee", None),
        (" | - | curl/8", None, "curl/8"),
        (" | c0ffee | a | b", "c0ffee", "a | b"),
    ],
)
def test_container_and_agent_may_be_missing(
    rest: str, container: str | None, agent: str | None
) -> None:
    (row,) = read(EXERCISE + rest)
    assert (row.get("p_container"), row.get("user_agent")) == (container, agent)


def test_dates_are_local() -> None:
    parsed = parse("learning", EXERCISE + "\n", timezone="Europe/Athens")
    assert rows(parsed)[0]["timestamp"] == datetime(2024, 3, 1, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("7 | x", "does not begin with a kind from 1 to 6"),
        ("hello", "does not begin with a kind"),
        ("5 | broken", "an error has no date, and no line before it has one"),
        ("1 | 31/02/2024 08:00:00 | anna | 192.0.2.7", "is not a date such as 31/12/2024"),
        ("1 |  | anna | 192.0.2.7", "the line has no date"),
        ("1 | 01/03/2024 08:00:00 | anna", "3 cells where kind 1 has 4 or more"),
        ("3 | 01/03/2024 08:00:00 | anna | ip | sim", "5 cells where kind 3 has 7 or more"),
        ("2 | 01/03/2024 08:00:00 | - | 192.0.2.7", "names no user"),
    ],
)
def test_lines_that_are_no_entries_say_why(line: str, reason: str) -> None:
    ((_, found, _),) = parse("learning", line + "\n").faults
    assert reason in found


def test_an_error_knows_the_time_across_chunks() -> None:
    form = form_of("learning")
    first, second = b"x\n" + LEARNING.splitlines()[0].encode() + b"\n7 | ?\n", b"6 | later\n"
    form.records(first, 1)
    form.records(second, 4)
    # Out of order, as the last line is when it is taken back, each has the time before it.
    parsed = form.parse(form.records(second, 4))
    assert rows(parsed)[0]["timestamp"] == datetime(2024, 3, 1, 8, tzinfo=UTC)
    ((_, reason, _),) = form.parse(form.records(b"5 | x\n", 1)).faults
    assert "no line before it" in reason


def test_a_file_that_grows_in_the_middle_of_a_line(lake: Any, ledger: Any, tmp_path: Any) -> None:
    lake.save_source(define("lab", Changes("learning")))
    path = tmp_path / "lab.log"
    whole = ("6 | before all\n" + LEARNING).encode()
    # 4 cuts, among them one within the date of an end and one within an error.
    for end in (20, 60, len(whole) - 150, whole.index(b"did not"), len(whole)):
        path.write_bytes(whole[:end])
        Collector(lake, "lab", ledger, clock=lambda: NOW, piece_size=200).ingest([path])
    found = [(row["name"], row["timestamp"].isoformat()[11:19]) for row in events(lake, "lab")]
    assert sorted(found) == [
        ("error", "08:05:00"),
        ("exercise.end", "08:35:30"),
        ("exercise.start", "08:05:00"),
        ("session.end", "09:00:00"),
        ("session.start", "08:00:00"),
    ]
    (reject,) = ledger.rejects("lab")
    assert (reject.line, reject.raw) == (1, b"6 | before all")
    again = Collector(lake, "lab", ledger, clock=lambda: NOW).ingest([path])
    assert again.received == 0
