"""Servers' logs from a file to a number, as their operators would do it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from tests.capture.logfiles.samples import IIS, IIS_HEADER, LEARNING, LINES
from tests.cli.conftest import Run

_PARTS = {
    "cloudfront": ":31\t",
    "iis": ":22 ",
    "alb": "23:00.1",
    "s3": ":38 +",
    "nginx_error": ":56 ",
    "learning": "05:00 ",
}
HEADER_2 = "#Fields: date time c-ip cs-uri-stem sc-status\n"


def variants(name: str) -> tuple[str, list[str]]:
    """Three different lines of one log, and its header."""
    header, line = LINES[name]
    # The first digit of a second in each: the lines differ, and so do their times.
    part = _PARTS[name]
    if name == "cloudfront":
        return header, [
            line.replace(part, part.replace("3", digit, 1)).replace("SOX4", f"SOX{digit}")
            for digit in "123"
        ]
    old = next(character for character in part if character.isdigit())
    return header, [line.replace(part, part.replace(old, digit, 1), 1) for digit in "012"]


@pytest.mark.parametrize("name", LINES)
def test_a_log_from_file_to_number(run: Run, tmp_path: Path, name: str) -> None:
    header, lines = variants(name)
    path = tmp_path / "x.log.gz"
    path.write_bytes(gzip.compress((header + "\n".join([*lines[:2], "broken"]) + "\n").encode()))
    assert run("source", "add", "logs", "--mapping", name).exit_code == 0
    done = json.loads(run("ingest", str(path), "-s", "logs", "--json").stdout)
    assert (done["received"], done["stored"], done["rejected"]) == (3, 2, 1)
    assert "broken" in run("rejects", "--source", "logs").stdout
    # Unpacked and grown by a line, it adds that line alone.
    plain = tmp_path / "x.log"
    plain.write_text(header + "\n".join([*lines[:2], "broken", lines[2]]) + "\n", "utf-8")
    assert json.loads(run("ingest", str(plain), "-s", "logs", "--json").stdout)["stored"] == 1
    found = run("query", "logs", "events", "actors", "--range", "all", "--json")
    (row,) = json.loads(found.stdout)
    assert (row["events"], row["actors"]) == (3, 1)


def test_a_header_that_changes_between_two_readings(run: Run, tmp_path: Path) -> None:
    run("source", "add", "logs", "--mapping", "iis")
    path = tmp_path / "u_ex.log"
    first = IIS_HEADER + IIS + "\n"
    second = first + HEADER_2 + "2019-04-12 00:00:30 203.0.113.9 /b 404\n"
    # The second reading ends within the new header, the third within a line.
    for end in (len(first), len(first) + 20, len(second) - 10, len(second)):
        path.write_bytes(second.encode()[:end])
        assert run("ingest", str(path), "-s", "logs").exit_code == 0
    by = ("--by", "path", "--by", "properties.status", "--by", "properties.method")
    found = json.loads(run("query", "logs", *by, "--range", "all", "--json").stdout)
    assert sorted(tuple(row.values()) for row in found) == [
        ("/b", 404, None, 1),
        ("/home/index.htm", 200, "GET", 1),
    ]
    assert run("rejects", "--source", "logs", "--json").stdout.strip() in ("[]", "")


def test_exercises_by_name(run: Run, tmp_path: Path) -> None:
    run("source", "add", "lab", "--mapping", "learning", "--timezone", "Europe/Athens")
    path = tmp_path / "lab.log"
    path.write_text(LEARNING, "utf-8")
    assert run("ingest", str(path), "-s", "lab").exit_code == 0
    done = run("query", "lab", "events", "--by", "name", "--range", "all", "--json")
    assert {row["name"]: row["events"] for row in json.loads(done.stdout)} == {
        "session.start": 1,
        "exercise.start": 1,
        "error": 1,
        "exercise.end": 1,
        "session.end": 1,
    }
