"""Real files give the figures that other tools found, asked in three ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.conftest import run
from typer.testing import CliRunner

import footfall
from footfall.cli.main import app
from footfall.lake.folder import LakeFolder

Ask = Callable[..., list[dict[str, Any]]]

SOURCES = {
    "web": (("--mapping", "combined"), "apache_combined_10k.log"),
    "shop": (
        (
            *("--mapping", "csv", "--timestamp", "timestamp", "--name", "event"),
            *("--actor", "user_id", "--session", "session_id"),
        ),
        "ecom_clickstream.csv.gz",
    ),
    "ale": (("--mapping", "userale"), "userale/sample_data_multiusers.json"),
    "clinic": (
        ("--mapping", "csv", "--timestamp", "time", "--name", "handling", "--actor", "patient"),
        "patients.csv",
    ),
}
ALL = {"start": "2000-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}


@pytest.fixture(scope="module")
def lake(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> LakeFolder:
    root = tmp_path_factory.mktemp("figures") / "lake"
    for name, (rules, file) in SOURCES.items():
        _call("source", "add", name, *rules, "--lake", str(root))
        done = _call("ingest", str(shared_data / file), "-s", name, "--json", "--lake", str(root))
        counts = json.loads(done)
        assert counts["received"] == counts["stored"] > 0
        again = _call("ingest", str(shared_data / file), "-s", name, "--json", "--lake", str(root))
        assert json.loads(again)["stored"] == 0
    return LakeFolder.open(root)


def _call(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments), prog_name="footfall")
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.fixture(scope="module", params=["command line", "library", "HTTP"])
def ask(request: pytest.FixtureRequest, lake: LakeFolder) -> Iterator[Ask]:
    """Rows of a query: source, metrics, dimensions and perhaps granularity."""
    if request.param == "command line":
        yield lambda *parts, **more: _by_command(lake, *parts, **more)
    elif request.param == "library":
        with footfall.open(lake.root) as opened:
            yield lambda *parts, **more: opened.query(_query(*parts, **more)).to_dicts()
    else:
        with run(lake) as server, server.client(server.token()) as client:

            def by_http(*parts: Any, **more: Any) -> list[dict[str, Any]]:
                answer = client.post("/api/v1/query", json=_query(*parts, **more))
                assert answer.status_code == 200, answer.text
                return answer.json()["rows"]

            yield by_http


def _query(
    source: str, metrics: list[str], dimensions: list[str] | None = None, **more: Any
) -> dict[str, Any]:
    asked = {"source": source, "metrics": metrics, "time_range": ALL}
    return asked | {"dimensions": dimensions or []} | more


def _by_command(
    lake: LakeFolder,
    source: str,
    metrics: list[str],
    dimensions: list[str] | None = None,
    granularity: str | None = None,
) -> list[dict[str, Any]]:
    arguments = ["query", source, *metrics, "--range", "all", "--lake", str(lake.root), "--json"]
    for dimension in dimensions or []:
        arguments += ["--by", dimension]
    if granularity is not None:
        arguments += ["--granularity", granularity]
    return json.loads(_call(*arguments))


def counted(rows: list[dict[str, Any]], key: str, metric: str = "events") -> dict[str, int]:
    return {str(row[key]): row[metric] for row in rows}


def test_access_log(ask: Ask) -> None:
    """awk: 1,753 addresses; GoAccess 1.7: 10,000 hits, 2,747,282,740 bytes."""
    (row,) = ask("web", ["events", "actors", "sum(properties.bytes)"])
    assert (row["events"], row["actors"]) == (10_000, 1_753)
    assert row["sum(properties.bytes)"] == 2_747_282_740


def test_access_log_by_status(ask: Ask) -> None:
    """awk '{print $9}' | sort | uniq -c, where the request has no space too many."""
    found = counted(ask("web", ["events"], ["properties.status"]), "properties.status")
    assert found == {
        "200": 9_126,
        "304": 445,
        "404": 213,
        "301": 164,
        "206": 45,
        "500": 3,
        "416": 2,
        "403": 2,
    }


def test_access_log_by_path(ask: Ask) -> None:
    found = counted(ask("web", ["events"], ["path"]), "path")
    wanted = ("/favicon.ico", "/style2.css", "/reset.css")
    assert [found[path] for path in wanted] == [807, 546, 538]


def test_access_log_by_day(ask: Ask) -> None:
    """GoAccess 1.7: 1,632 / 2,893 / 2,896 / 2,579 hits on 17 to 20 May 2015."""
    rows = ask("web", ["events"], granularity="day")
    found = {str(row["time"])[:10]: row["events"] for row in rows if row["events"]}
    assert found == {
        "2015-05-17": 1_632,
        "2015-05-18": 2_893,
        "2015-05-19": 2_896,
        "2015-05-20": 2_579,
    }


def test_shop(ask: Ask) -> None:
    (row,) = ask("shop", ["events", "actors", "sessions"])
    assert (row["events"], row["actors"], row["sessions"]) == (31_106, 600, 3_605)
    found = counted(ask("shop", ["events"], ["name"]), "name")
    wanted = ["product_view", "catalog", "search", "home", "filter_results", "add_to_cart", "cart"]
    assert [found[name] for name in wanted] == [6_851, 6_521, 4_011, 2_762, 2_610, 1_346, 1_204]


def test_userale(ask: Ask) -> None:
    found = counted(ask("ale", ["events"], ["properties.logType"]), "properties.logType")
    assert found == {"raw": 87, "interval": 41, "custom": 68}
    metrics = ["events", "distinct(properties.httpSessionId)", "sessions"]
    (row,) = ask("ale", [*metrics, "distinct(properties.browserSessionId)"])
    assert list(row.values())[-4:] == [196, 9, 9, 2]


def test_patients(ask: Ask) -> None:
    (row,) = ask("clinic", ["events", "actors"])
    assert (row["events"], row["actors"]) == (5_442, 500)
    key = "properties.registration_type"
    assert counted(ask("clinic", ["events"], [key]), key) == {"start": 2_721, "complete": 2_721}
    found = counted(ask("clinic", ["events"], ["name"]), "name")
    wanted = ("Registration", "X-Ray", "Blood test", "MRI SCAN")
    assert [found[name] for name in wanted] == [1_000, 522, 474, 472]
