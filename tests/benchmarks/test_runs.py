"""Every benchmark runs to its end at a tiny size and fills its tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.__main__ import main
from benchmarks.options import Options
from benchmarks.queries import run as queries
from benchmarks.report import Report
from tests.conftest import component_missing

from benchmarks import day, footprint, intake, logs

pytestmark = pytest.mark.slow


@pytest.fixture
def options(tmp_path: Path) -> Options:
    return Options(
        work=tmp_path,
        events=3_000,
        lines=3_000,
        seconds=0.3,
        connections=4,
        repeats=1,
        commits=120,
        commit_events=20,
        starts=1,
        own_load=True,
    )


def test_intake(options: Options) -> None:
    single, batches = intake.run(options)
    for report, events in ((single, 1), (batches, 100)):
        assert [row[0] for row in report.rows] == [
            "Footfall, durable", "answers at once, keeps nothing", "append and sync, 4 a group",
        ]  # fmt: skip
        for row in report.rows:
            assert _number(row[2]) == pytest.approx(_number(row[1]) * events)
            assert _number(row[1]) > 0
            assert row[5] == 0
    assert not any(options.work.glob("*-lake"))


def test_logs(options: Options) -> None:
    (report,) = logs.run(options)
    assert report.rows[0][0] == "footfall ingest"
    assert _number(report.rows[0][1]) > 0
    assert _number(report.rows[0][3]) > 20


def test_queries_agree_on_all_sides(options: Options) -> None:
    if len(queries.sides()) < 2:
        component_missing("chdb is not installed, so one peer is not there")
    times, sizes = queries.run(options)
    assert len(times.rows) == 13
    assert {row[0]: row[-1] for row in times.rows if row[-1] != "yes"} == {}
    per_event = {str(row[0]): _number(row[1]) for row in sizes.rows}
    assert 20 < per_event["Footfall, table"] < per_event["Footfall, whole lake"]


def test_footprint(options: Options, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_IDLE_SECONDS", "_SETTLE_SECONDS", "_TRICKLE_SECONDS"):
        monkeypatch.setattr(footprint, name, 1)
    (report,) = footprint.run(options)
    facts = {str(what): _number(value) for what, value in report.rows}
    assert facts["footfall --help, ms"] > 10
    assert facts["footfall serve to ready, s"] > 0.05
    assert facts["memory idle, MB"] > 20


def test_day(options: Options) -> None:
    (report,) = day.run(options)
    assert len(report.rows) == 10
    for row in report.rows[:2]:
        assert all(_number(cell) > 0 for cell in row[1:])


def test_chosen_benchmarks_are_printed_and_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def found(options: Options) -> list[Report]:
        report = Report("Found", ["what", "value"])
        report.add("commits", options.commits)
        return [report]

    monkeypatch.setattr("benchmarks.day.run", found)
    monkeypatch.setattr("benchmarks.__main__.PAGE", tmp_path / "page.md")
    assert main(["day", "--work", str(tmp_path / "work"), "--commits", "77"]) == 0
    assert "== Found" in capsys.readouterr().out
    assert not (tmp_path / "page.md").exists()
    assert main(["day", "--work", str(tmp_path / "work"), "--commits", "77", "--write"]) == 0
    assert "| commits | 77 |" in (tmp_path / "page.md").read_text("utf-8")


def test_a_failing_benchmark_is_told_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(options: Options) -> list[Report]:
        raise RuntimeError("why it failed")

    monkeypatch.setattr("benchmarks.day.run", fail)
    monkeypatch.setattr("benchmarks.__main__.PAGE", tmp_path / "page.md")
    assert main(["day", "--work", str(tmp_path / "work"), "--write"]) == 1
    assert "why it failed" in capsys.readouterr().err
    assert not (tmp_path / "page.md").exists()


def _number(cell: object) -> float:
    assert isinstance(cell, int | float), cell
    return float(cell)
