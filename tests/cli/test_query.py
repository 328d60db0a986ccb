"""`footfall query` on the access log whose figures are known."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Run
from typer.testing import CliRunner

from footfall.cli.main import app

DAYS = ["--range", "2015-05-17..2015-05-20"]


@pytest.fixture(scope="module")
def log_lake(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Path:
    """A lake that has taken in the access log, made as a newcomer would."""
    root = tmp_path_factory.mktemp("log") / "lake"
    log = str(shared_data / "apache_combined_10k.log")
    for arguments in (
        ["source", "add", "web", "--mapping", "combined"],
        ["ingest", log, "--source", "web", "--quiet"],
    ):
        result = CliRunner().invoke(app, [*arguments, "--lake", str(root)])
        assert result.exit_code == 0, result.output
    return root


@pytest.fixture
def ask(log_lake: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FOOTFALL_LAKE", str(log_lake))
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


def rows(run: Run, *arguments: str) -> list[dict[str, Any]]:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_requests_of_each_day(ask: Run) -> None:
    # GoAccess counts the same: 1,632 / 2,893 / 2,896 / 2,579 of 10,000.
    found = rows(ask, "query", "web", *DAYS, "-g", "day")
    assert [(row["time"][:10], row["events"]) for row in found] == [
        ("2015-05-17", 1632),
        ("2015-05-18", 2893),
        ("2015-05-19", 2896),
        ("2015-05-20", 2579),
    ]


def test_all_is_from_the_first_day_to_the_last(ask: Run) -> None:
    assert rows(ask, "query", "web", "events", "actors", "--range", "all") == [
        # awk: 10,000 lines of 1,753 addresses.
        {"events": 10000, "actors": 1753}
    ]


def test_statuses_by_query_and_by_sql(ask: Run) -> None:
    # awk: 200 9,126, 304 445, 404 213, 301 164, 206 45, 500 3, 416 2, 403 2.
    statuses = {200: 9126, 304: 445, 404: 213, 301: 164, 206: 45, 500: 3, 416: 2, 403: 2}
    by_query = rows(ask, "query", "web", *DAYS, "--by", "properties.status")
    assert {row["properties.status"]: row["events"] for row in by_query} == statuses
    by_sql = rows(ask, "sql", "select status, count(*) as n from web group by status")
    assert {row["status"]: row["n"] for row in by_sql} == statuses


def test_the_first_paths_and_all_others(ask: Run) -> None:
    found = rows(ask, "query", "web", *DAYS, "--by", "path", "--limit", "3", "--order", "-events")
    # awk over the whole log: /favicon.ico 807, /style2.css 546, /reset.css 538; without their
    # query, 575 requests are for /.
    assert [(row["path"], row["events"]) for row in found] == [
        ("/favicon.ico", 807),
        ("/", 575),
        ("/style2.css", 546),
        ("(other)", 10000 - 807 - 575 - 546),
    ]


def test_conditions_narrow_the_events(ask: Run) -> None:
    found = rows(
        ask, "query", "web", *DAYS, "--where", "properties.status>=400", "--where", "path!~favicon"
    )
    both = rows(ask, "query", "web", *DAYS, "--where", "properties.status >= 400")
    # 404 213, 500 3, 416 2, 403 2.
    assert both == [{"events": 220}]
    assert found[0]["events"] <= 220


def test_a_comparison_stands_beside_each_metric(ask: Run) -> None:
    found = rows(
        ask, "query", "web", "--range", "2015-05-19..2015-05-20", "--compare", "previous_period"
    )
    assert found == [{"events": 2896 + 2579, "events.before": 1632 + 2893}]
    by_day = rows(
        ask, "query", "web", "--range", "2015-05-19..2015-05-20", "-g", "day",
        "--compare", "previous_period",
    )  # fmt: skip
    assert [(row["events"], row["events.before"]) for row in by_day] == [(2896, 1632), (2579, 2893)]


def test_groups_without_a_counterpart_count_as_nothing(ask: Run) -> None:
    days = ["--range", "2015-05-19..2015-05-20", "--compare", "previous_period"]
    found = rows(ask, "query", "web", *days, "--by", "properties.status")
    by_status = {row["properties.status"]: row for row in found}
    for now, day in (
        ("events", "2015-05-19..2015-05-20"),
        ("events.before", "2015-05-17..2015-05-18"),
    ):
        alone = rows(ask, "query", "web", "--range", day, "--by", "properties.status")
        expected = {row["properties.status"]: row["events"] for row in alone}
        assert {status: row[now] for status, row in by_status.items() if row[now]} == expected
    assert any(0 in (row["events"], row["events.before"]) for row in found)


def test_csv_has_the_same_rows(ask: Run) -> None:
    result = ask("query", "web", *DAYS, "-g", "day", "--csv")
    read = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["events"] for row in read] == ["1632", "2893", "2896", "2579"]
    assert read[0]["time"].startswith("2015-05-17T00:00:00")


def test_a_table_is_for_people(ask: Run) -> None:
    shown = ask("query", "web", *DAYS, "-g", "day").stdout
    assert "2015-05-18" in shown
    assert "2,893" in shown


def test_an_empty_range_says_where_the_events_are(ask: Run) -> None:
    result = ask("query", "web", "--range", "2014-01")
    assert result.exit_code == 0
    assert "lie between 2015-05-17 and 2015-05-20 (--range all)" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["query", "web", "evnts"], 2, "Did you mean 'events'?"),
        (["query", "web", "--by", "cuntry"], 2, "Did you mean 'country'"),
        (["query", "web", "--range", "lst week"], 2, "Did you mean 'this week'?"),
        (["query", "web", "-g", "fortnight"], 2, "there are minute, hour, day"),
        (["query", "web", "--compare", "yesterday"], 2, "previous_period"),
        (["query", "web", "--where", "status"], 2, "write field=value"),
        (["query", "web", "--timezone", "Mars/Base"], 2, "Mars/Base"),
        (["query", "web", "--limit", "0"], 2, "limit"),
        (["query", "wbe"], 3, "Did you mean 'web'?"),
        (["sql", "delete from web"], 2, "Only one SELECT"),
        (["sql", "select * from wbe"], 2, "wbe"),
        (["sql", "select * from read_csv('/etc/passwd')"], 2, "read_csv"),
        (["sql", "selekt 1"], 2, ""),
    ],
)
def test_what_is_wrong_is_said_with_the_way_out(
    ask: Run, arguments: list[str], code: int, message: str
) -> None:
    result = ask(*arguments)
    assert result.exit_code == code, result.output
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert result.stdout == ""


def test_sql_may_come_from_standard_input(log_lake: Path) -> None:
    result = CliRunner().invoke(
        app, ["sql", "-", "--json", "--lake", str(log_lake)], input="select count(*) as n from web"
    )
    assert json.loads(result.stdout) == [{"n": 10000}]


def test_rows_of_sql_are_limited(ask: Run) -> None:
    result = ask("sql", "select * from web", "--rows", "5", "--json")
    assert result.exit_code == 1
    assert "more than 5 rows" in result.stderr
    assert len(rows(ask, "sql", "select * from web limit 5", "--rows", "5")) == 5


def test_a_misspelt_property_is_told_beside_its_zero(ask: Run) -> None:
    result = ask("query", "web", "sum(properties.statos)", *DAYS, "--json")
    assert json.loads(result.stdout) == [{"sum(properties.statos)": 0}]
    assert "'properties.statos', which source 'web' does not declare" in result.stderr
    assert "Did you mean 'properties.status'?" in result.stderr
    assert ask("query", "web", "sum(properties.status)", *DAYS).stderr == ""
